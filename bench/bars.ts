/** The most that the product may take. */
import { type Results, ratio, summary } from './results.ts';

/** Relative to another candidate, because absolute times are the machine's; without one, in the figure's own unit. */
const BARS: readonly { figure: string; relativeTo?: string; limit: number }[] = [
  { figure: 'init CPU ms', relativeTo: 'node', limit: 0.04 },
  { figure: 'first request CPU µs', relativeTo: 'node', limit: 0.05 },
  { figure: '1 KB CPU µs', relativeTo: 'node', limit: 0.1 },
  { figure: '1 KB CPU µs', relativeTo: 'floor', limit: 2.1 },
  { figure: '100 KB CPU µs', relativeTo: 'node', limit: 0.25 },
  { figure: 'peak MiB after 1 to 100 KB', limit: 12 },
];

/** The table of bench/README.md. */
export function barTable(results: Results): string {
  const rows = BARS.map(({ figure, relativeTo, limit }) => {
    const measured = relativeTo
      ? ratio(results, 'product', relativeTo, figure)
      : summary(results, 'product', figure).median;
    const mark = measured <= limit ? '✓' : 'missed';
    return `| ${figure} | ${relativeTo ?? ''} | ${limit} | ${+measured.toPrecision(3)} | ${mark} |`;
  });
  return ['| figure | relative to | at most | measured | |', '|---|---|---|---|---|', ...rows].join('\n');
}
