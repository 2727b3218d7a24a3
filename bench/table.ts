/** Results for a terminal. */
import type { Mode } from './affinity.ts';
import { BARS } from './bars.ts';
import { A, D } from './candidates.ts';
import type { Comparison } from './compare.ts';
import type { Instructions } from './instructions.ts';
import type { FigureName } from './measure.ts';
import { type Results, ratio, summary } from './results.ts';
import { type Summary, summarize } from './statistics.ts';
import { SIZES, type Size } from './webhooks.ts';

const NAME_WIDTH = 28;
const COLUMN_WIDTH = 15;

/** Everything measured in one mode: the median and half the width of the middle half, then the ratios to A and D. */
export function table(results: Results, mode: Mode): string {
  const names = Object.keys(results.candidates).filter((name) => results.candidates[name]?.[mode]);
  const figures = Object.keys(results.candidates.product?.[mode] ?? {}) as FigureName[];
  const title = `${mode === 'pinned' ? 'pinned to one CPU' : 'unpinned'}: median ± spread, ratio to A (${A}) and to D (${D})`;
  const rows = figures.flatMap((figure) => [
    row(
      figure,
      names.map((name) => value(summary(results, name, mode, figure))),
    ),
    row(
      '',
      names.map((name) => ratios(results, name, mode, figure)),
    ),
  ]);
  return [`\n${title}`, row('', names), ...rows].join('\n');
}

/** File and zip sizes, with their ratio to A and to D. */
export function sizeTable(results: Results): string {
  const names = Object.keys(results.candidates);
  const size = (name: string, key: 'file MB' | 'zip MB') => results.candidates[name]?.[key] ?? Number.NaN;
  const rows = (['file MB', 'zip MB'] as const).flatMap((key) => [
    row(
      key,
      names.map((name) => size(name, key).toFixed(2)),
    ),
    row(
      '',
      names.map((name) => toAandD((other) => size(name, key) / size(other, key))),
    ),
  ]);
  return [`\nsizes on this machine`, row('', names), ...rows].join('\n');
}

/** Instruction counts with their ratio to A. */
export function instructionTable(counted: Record<string, Instructions>): string {
  const base = counted[A];
  const cell = (count: number, of: number | undefined) =>
    `${count.toFixed(2)}${of ? ` (${(count / of).toPrecision(3)}A)` : ''}`;
  const rows = Object.entries(counted).map(([name, { init, webhook }]) =>
    row(name, [cell(init, base?.init), cell(webhook, base?.webhook)]),
  );
  return ['\nmillions of instructions', row('', ['init', '1 KB webhook']), ...rows].join('\n');
}

/** CPU per webhook relative to the first candidate: the median of the rounds, and half the width of the middle half. */
export function comparisonTable(comparison: Comparison): string {
  const names = Object.keys(comparison);
  const cell = (name: string, size: Size) => {
    const { median, low, high } = summarize(comparison[name]?.[size] ?? []);
    return `${median.toFixed(3)} ±${((high - low) / 2).toFixed(3)}`;
  };
  const sizes = Object.keys(SIZES) as Size[];
  const rows = sizes.map((size) =>
    row(
      size,
      names.map((name) => cell(name, size)),
    ),
  );
  return [
    '\nCPU per webhook relative to the first candidate, pinned to one CPU',
    row('', names),
    ...rows,
  ].join('\n');
}

/** Which bars hold, and what the other mode has. */
export function barTable(results: Results): string {
  const lines = BARS.map(({ name, limit, mode, value }) => {
    const measured = value(results, mode);
    if (measured === undefined) return `  – ${name.padEnd(42)} not measured`;
    const mark = measured <= limit ? '✓' : '✗';
    const other = mode === 'pinned' ? 'unpinned' : 'pinned';
    const beside = value(results, other)?.toPrecision(3) ?? 'not measured';
    return `  ${mark} ${name.padEnd(42)} ${measured.toPrecision(3).padStart(6)} ≤ ${String(+limit.toPrecision(3)).padEnd(4)} ${mode} (${other} ${beside})`;
  });
  return ['\nbars', ...lines].join('\n');
}

function value(measured: Summary | undefined): string {
  if (!measured) return '';
  const { median, low, high } = measured;
  const spread = median === 0 ? 0 : ((high - low) / 2 / median) * 100;
  return `${round(median)}${spread >= 0.5 ? ` ±${spread.toFixed(0)}%` : ''}`;
}

function ratios(results: Results, name: string, mode: Mode, figure: FigureName): string {
  return toAandD((other) => ratio(results, name, other, mode, figure));
}

function toAandD(times: (other: string) => number | undefined): string {
  const to = (letter: string, other: string) => {
    const ratio = times(other);
    return ratio === undefined || Number.isNaN(ratio) ? '' : `${ratio.toPrecision(2)}${letter}`;
  };
  return [to('A', A), to('D', D)].filter(Boolean).join(' ');
}

function round(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(+value.toPrecision(3));
}

function row(name: string, cells: readonly string[]): string {
  return name.padEnd(NAME_WIDTH) + cells.map((cell) => cell.padStart(COLUMN_WIDTH)).join('');
}
