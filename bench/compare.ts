/** Builds of one program beside each other, told apart where they differ by two hundredths: what an idea buys. */
import type { Note } from '../dev/common/progress.ts';
import { FunctionProcess } from '../tests/support/function-process.ts';
import { RuntimeApi } from '../tests/support/runtime-api.ts';
import type { Candidate } from './candidates.ts';
import { send } from './measure.ts';
import type { Stage } from './stage.ts';
import { summarize } from './statistics.ts';
import type { Size } from './webhooks.ts';

/** CPU per webhook relative to the first candidate, by candidate and size: one value a round. */
export type Comparison = Record<string, Record<Size, number[]>>;

/** A process of each a round: two of one build may differ by three hundredths for as long as they live. */
const ROUNDS = 16;
/** Batches are so short that a machine which is now fast, now slow is the same for all. */
const LOAD: Record<Size, { batches: number; webhooks: number }> = {
  '1 KB': { batches: 14, webhooks: 20 },
  '10 KB': { batches: 10, webhooks: 15 },
  '100 KB': { batches: 10, webhooks: 6 },
  '1 MB': { batches: 6, webhooks: 2 },
};
const WARM_UP = 40;

interface Running {
  name: string;
  runtime: RuntimeApi;
  fn: FunctionProcess;
}

export async function compare(
  candidates: readonly Candidate[],
  stage: Stage,
  note: Note,
): Promise<Comparison> {
  const comparison: Comparison = Object.fromEntries(
    candidates.map(({ name }) => [name, { '1 KB': [], '10 KB': [], '100 KB': [], '1 MB': [] }]),
  );
  for (let round = 0; round < ROUNDS; round += 1) {
    const running: Running[] = [];
    try {
      for (const candidate of candidates) running.push(await start(candidate, stage));
      for (const size of Object.keys(LOAD) as Size[]) {
        note(`round ${round + 1} of ${ROUNDS}: ${size}`);
        for (const [name, ratio] of await compareAt(size, running, stage))
          comparison[name]?.[size].push(ratio);
      }
    } finally {
      for (const { fn, runtime } of running) {
        await fn.stop();
        await runtime.stop();
      }
    }
  }
  return comparison;
}

async function start({ binary, name }: Candidate, { env }: Stage): Promise<Running> {
  const runtime = await RuntimeApi.start();
  const fn = await FunctionProcess.start({ suite: `bench-${name}`, runtime, env, binary, quiet: true });
  return { name, runtime, fn };
}

async function compareAt(
  size: Size,
  running: readonly Running[],
  stage: Stage,
): Promise<[name: string, ratio: number][]> {
  const { batches, webhooks } = LOAD[size];
  const event = stage.events[size];
  for (const { runtime, fn } of running) await send(runtime, fn, event, WARM_UP);
  const cpu = new Map(running.map(({ name }) => [name, [] as number[]]));
  for (let batch = 0; batch < batches; batch += 1) {
    // Always in this order: whoever came after itself would find its code in the caches.
    for (const { name, runtime, fn } of running)
      cpu.get(name)?.push((await send(runtime, fn, event, webhooks)).cpuMs);
  }
  const [first = []] = cpu.values();
  return [...cpu].map(([name, own]) => [
    name,
    summarize(own.map((ms, batch) => ms / (first[batch] ?? Number.NaN))).median,
  ]);
}
