/** What a run of the bench found, as `results.json` holds it. */
export interface Results {
  /** What it ran on. */
  machine: Record<string, string | number>;
  rounds: number;
  candidates: Record<string, { pinned: Samples }>;
}

/** By figure, one value for each round that measured it: the same rounds for every candidate. */
export type Samples = Record<string, number[]>;

export interface Summary {
  median: number;
  /** Half the width of what the middle half of the values lie in. */
  spread: number;
}

export function summarize(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  const quantile = (q: number) => {
    const at = (sorted.length - 1) * q;
    const [low = 0, high = low] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
    return low + (high - low) * (at % 1);
  };
  return { median: quantile(0.5), spread: (quantile(0.75) - quantile(0.25)) / 2 };
}

/** One candidate's figure over the rounds. */
export function summary(results: Results, candidate: string, figure: string): Summary {
  return summarize(samples(results, candidate, figure));
}

/**
 * How many times the figure of `to` that of `of` is: the median of the rounds' ratios. A machine that is shared is now
 * fast, now slow; within a round both meet nearly the same one.
 */
export function ratio(results: Results, of: string, to: string, figure: string): number {
  const wholes = samples(results, to, figure);
  const ratios = samples(results, of, figure).map((part, round) => part / (wholes[round] ?? Number.NaN));
  return summarize(ratios).median;
}

function samples({ candidates }: Results, candidate: string, figure: string): number[] {
  const values = candidates[candidate]?.pinned[figure];
  if (!values) throw new Error(`the results have no ${figure} of ${candidate}`);
  return values;
}
