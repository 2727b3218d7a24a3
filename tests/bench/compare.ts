/** Builds of one program beside each other, told apart where they differ by a hundredth: what an idea buys. */
import type { Note } from '../../tools/setup/progress.ts';
import { FunctionProcess } from '../support/function-process.ts';
import { RuntimeApi } from '../support/runtime-api.ts';
import type { Candidate } from './candidates.ts';
import { send } from './measure.ts';
import type { Stage } from './stage.ts';
import { summarize } from './statistics.ts';
import type { Size } from './webhooks.ts';

/** CPU per webhook in that of the first candidate, by candidate and size: one value a generation. */
export type Comparison = Record<string, Record<Size, number[]>>;

/** Processes of each: two of one build may differ by three hundredths for as long as they live. */
const GENERATIONS = 16;
/** Batches are so short that a machine which is now fast, now slow is the same for all. */
const LOAD: Record<Size, { batches: number; webhooks: number }> = {
  '1 KB': { batches: 14, webhooks: 20 },
  '10 KB': { batches: 10, webhooks: 15 },
  '100 KB': { batches: 10, webhooks: 6 },
  '1 MB': { batches: 6, webhooks: 2 },
};
const WARM_UP = 40;

interface Living {
  name: string;
  runtime: RuntimeApi;
  fn: FunctionProcess;
}

/** The first candidate is what the others are compared with. */
export async function compare(
  candidates: readonly Candidate[],
  stage: Stage,
  note: Note,
): Promise<Comparison> {
  const comparison: Comparison = Object.fromEntries(
    candidates.map(({ name }) => [name, { '1 KB': [], '10 KB': [], '100 KB': [], '1 MB': [] }]),
  );
  for (let generation = 0; generation < GENERATIONS; generation += 1) {
    const living = await Promise.all(candidates.map((candidate) => start(candidate, stage)));
    for (const size of Object.keys(LOAD) as Size[]) {
      note(`generation ${generation + 1} of ${GENERATIONS}: ${size}`);
      for (const [name, ratio] of await compareAt(size, living, stage)) comparison[name]?.[size].push(ratio);
    }
    for (const { fn, runtime } of living) {
      await fn.stop();
      await runtime.stop();
    }
  }
  return comparison;
}

async function start({ binary, name }: Candidate, { env }: Stage): Promise<Living> {
  const runtime = await RuntimeApi.start();
  const fn = await FunctionProcess.start({ suite: `bench-${name}`, runtime, env, binary, quiet: true });
  return { name, runtime, fn };
}

async function compareAt(
  size: Size,
  living: readonly Living[],
  stage: Stage,
): Promise<[name: string, ratio: number][]> {
  const { batches, webhooks } = LOAD[size];
  const event = stage.events[size];
  for (const { runtime, fn } of living) await send(runtime, fn, event, WARM_UP);
  const cpu = new Map(living.map(({ name }) => [name, [] as number[]]));
  for (let batch = 0; batch < batches; batch += 1) {
    // Always in this order: whoever came after itself would find its code in the caches.
    for (const { name, runtime, fn } of living)
      cpu.get(name)?.push((await send(runtime, fn, event, webhooks)).cpuMs);
  }
  const [first = []] = cpu.values();
  return [...cpu].map(([name, own]) => [
    name,
    summarize(own.map((ms, batch) => ms / (first[batch] ?? Number.NaN))).median,
  ]);
}
