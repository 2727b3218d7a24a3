import { type Results, ratio, summary } from './results.ts';

/** Everything measured, for a terminal: the median, half the width of what the middle half lie in, and the ratio to the product. */
export function table(results: Results): string {
  const names = Object.keys(results.candidates);
  const cell = (figure: string, name: string) => {
    const { median, spread } = summary(results, name, figure);
    const times = ratio(results, name, 'product', figure);
    return `${+median.toPrecision(3)} ±${Math.round((100 * spread) / median)}% (${+times.toPrecision(2)})`;
  };
  const figures = Object.keys(results.candidates.product?.pinned ?? {});
  const rows = figures.map((figure) => row(figure, ...names.map((name) => cell(figure, name))));
  return ['\nmedian ± spread (ratio to the product)', row('', ...names), ...rows].join('\n');
}

function row(name: string, ...cells: readonly string[]): string {
  return name.padEnd(28) + cells.map((cell) => cell.padStart(22)).join('');
}
