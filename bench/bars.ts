/**
 * What the product has to reach, in ratios of one run: absolute times are the machine's.
 *
 * Whole jobs are compared on one CPU. What is compared with A is not: A has a thread a CPU, and would have one.
 */
import type { Mode } from './affinity.ts';
import { A, D, FLOOR } from './candidates.ts';
import type { FigureName } from './measure.ts';
import { type Results, ratio, summary } from './results.ts';

export interface Bar {
  name: string;
  /** The most that is allowed. */
  limit: number;
  /** What counts. */
  mode: Mode;
  /** What was measured; undefined where a candidate is missing. */
  value(results: Results, mode: Mode): number | undefined;
}

export const BARS: readonly Bar[] = [
  relative('init CPU, both connections opened, in A', 2.9, 'unpinned', 'init CPU ms', 'product', A),
  relative('init CPU, in D', 1 / 25, 'pinned', 'init CPU ms', 'product', D),
  absolute('connections opened by the first request', 0, 'first request connections'),
  absolute('Secrets Manager calls at cold start', 1, 'init secret calls'),
  relative('first request CPU, in D', 1 / 20, 'pinned', 'first request CPU µs', 'product', D),
  relative('1 KB verify only, in A', 0.5, 'unpinned', '1 KB CPU µs', 'verify-only', A),
  relative('100 KB verify only, in A', 1.5, 'unpinned', '100 KB CPU µs', 'verify-only', A),
  relative('1 MB verify only, in A', 1.8, 'unpinned', '1 MB CPU µs', 'verify-only', A),
  relative('1 KB whole job, in D', 1 / 10, 'pinned', '1 KB CPU µs', 'product', D),
  relative('1 KB whole job, in the floor', 2.1, 'pinned', '1 KB CPU µs', 'product', FLOOR),
  relative('100 KB whole job, in D', 1 / 4, 'pinned', '100 KB CPU µs', 'product', D),
  relative('peak memory after init, in A', 2.5, 'unpinned', 'peak MiB after init', 'product', A),
  absolute('peak memory at 1 to 100 KB, MiB', 12, 'peak MiB after 1 to 100 KB'),
];

function relative(name: string, limit: number, mode: Mode, figure: FigureName, of: string, to: string): Bar {
  return { name, limit, mode, value: (results, mode) => ratio(results, of, to, mode, figure) };
}

function absolute(name: string, limit: number, figure: FigureName): Bar {
  const value: Bar['value'] = (results, mode) => summary(results, 'product', mode, figure)?.median;
  return { name, limit, mode: 'unpinned', value };
}
