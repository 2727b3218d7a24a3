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
  pinned?: Summaries;
  unpinned: Summaries;
}

export type Summaries = Partial<Record<FigureName, Summary>>;

/** All cold starts of one candidate in one mode, figure by figure. */
export function summarizeAll(samples: readonly Figures[]): Summaries {
  const names = new Set(samples.flatMap((sample) => Object.keys(sample) as FigureName[]));
  return Object.fromEntries(
    [...names].map((name) => {
      const values = samples.map((sample) => sample[name]).filter((value) => value !== undefined);
      return [name, summarize(values)];
    }),
  );
}

/** A candidate's median, if it was measured. */
export function median(
  results: Results,
  candidate: string,
  mode: Mode,
  figure: FigureName,
): number | undefined {
  return results.candidates[candidate]?.[mode]?.[figure]?.median;
}
