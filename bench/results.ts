/** What a run of the bench found, as `results.json` holds it. */
import type { Mode } from './affinity.ts';
import type { FigureName, Figures } from './measure.ts';
import { type Summary, summarize } from './statistics.ts';

export interface Results {
  /** What it ran on. */
  machine: Record<string, string | number>;
  rounds: number;
  candidates: Record<string, Measured>;
}

export interface Measured {
  'file MB': number;
  'zip MB': number;
  pinned?: Samples;
  unpinned: Samples;
}

/** One value for each round that measured the figure: the same rounds for every candidate. */
export type Samples = Partial<Record<FigureName, number[]>>;

/** All cold starts of one candidate in one mode, figure by figure. */
export function collect(rounds: readonly Figures[]): Samples {
  const names = new Set(rounds.flatMap((figures) => Object.keys(figures) as FigureName[]));
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      rounds.map((figures) => figures[name]).filter((value) => value !== undefined),
    ]),
  );
}

/** Which Node.js D ran on. */
export function nodeName({ machine }: Results): string {
  return `Node.js ${/\d+/.exec(String(machine.node))?.[0]}`;
}

/** One candidate's figure over the rounds, if it was measured. */
export function summary(
  results: Results,
  candidate: string,
  mode: Mode,
  figure: FigureName,
): Summary | undefined {
  const samples = results.candidates[candidate]?.[mode]?.[figure];
  return samples && summarize(samples);
}

/**
 * How many times the figure of `to` that of `of` is: the median of the rounds' ratios. A machine that is shared is now
 * fast, now slow; within a round both meet nearly the same one.
 */
export function ratio(
  results: Results,
  of: string,
  to: string,
  mode: Mode,
  figure: FigureName,
): number | undefined {
  const parts = results.candidates[of]?.[mode]?.[figure];
  const wholes = results.candidates[to]?.[mode]?.[figure];
  if (!parts || !wholes || wholes.includes(0)) return undefined;
  return summarize(parts.map((part, round) => part / (wholes[round] ?? Number.NaN))).median;
}
