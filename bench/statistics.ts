/** A figure over the rounds: what half of them lie between, and the middle. */
export interface Summary {
  median: number;
  low: number;
  high: number;
}

export function summarize(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  const quantile = (q: number) => {
    const at = (sorted.length - 1) * q;
    const [low = 0, high = low] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
    return low + (high - low) * (at % 1);
  };
  return { median: quantile(0.5), low: quantile(0.25), high: quantile(0.75) };
}
