/** Two builds beside each other, told apart where they differ by two hundredths: what an idea buys. */
import type { Note } from '../dev/common/progress.ts';
import type { Candidate } from './candidates.ts';
import { type Running, start } from './measure.ts';
import { summarize } from './results.ts';
import type { Stage } from './stage.ts';
import { SIZES, type Size } from './webhooks.ts';

/** A process of each a round: two of one build may differ by three hundredths for as long as they live. */
const ROUNDS = 16;
/** Batches are so short that a machine which is now fast, now slow is the same for both. */
const LOAD: Record<Size, { batches: number; webhooks: number }> = {
  '1 KB': { batches: 14, webhooks: 20 },
  '10 KB': { batches: 10, webhooks: 15 },
  '100 KB': { batches: 10, webhooks: 6 },
  '1 MB': { batches: 6, webhooks: 2 },
};
const WARM_UP = 40;

/** The other's CPU per webhook relative to ours, by size. */
export async function compare(ours: Candidate, other: Candidate, stage: Stage, note: Note) {
  const ratios: Record<Size, number[]> = { '1 KB': [], '10 KB': [], '100 KB': [], '1 MB': [] };
  for (let round = 1; round <= ROUNDS; round += 1) {
    const running = [await start(ours, stage), await start(other, stage)] as const;
    for (const size of SIZES) {
      note(`round ${round} of ${ROUNDS}: ${size}`);
      ratios[size].push(await compareAt(size, ...running));
    }
    for (const { stop } of running) await stop();
  }
  return Object.fromEntries(SIZES.map((size) => [size, summarize(ratios[size])]));
}

async function compareAt(size: Size, ours: Running, other: Running): Promise<number> {
  const { batches, webhooks } = LOAD[size];
  for (const { send } of [ours, other]) await send(size, WARM_UP);
  const ratios: number[] = [];
  for (let batch = 0; batch < batches; batch += 1) {
    // Always in this order: whoever came after itself would find its code in the caches.
    const own = await ours.send(size, webhooks);
    ratios.push((await other.send(size, webhooks)) / own);
  }
  return summarize(ratios).median;
}
