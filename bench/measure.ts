/** One cold start of one candidate, and the webhooks after it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FunctionProcess } from '../tests/support/function-process.ts';
import { RuntimeApi } from '../tests/support/runtime-api.ts';
import type { Candidate } from './candidates.ts';
import type { Stage } from './stage.ts';
import { SIZES, type Size } from './webhooks.ts';

/** How many webhooks of each size. */
const LOAD: Record<Size, number> = { '1 KB': 400, '10 KB': 200, '100 KB': 60, '1 MB': 12 };
const WARM_UP = 150;
/** How long a process that has answered may still be busy with its next poll, or with its garbage. */
const SETTLE_MS = 25;
/** Under valgrind a webhook takes seconds. */
const TIMEOUT_MS = 60_000;

/** A candidate's process that has ended its init phase. */
export type Running = Awaited<ReturnType<typeof start>>;

/** @param runner - a program, with its arguments, that the candidate is run with */
export async function start({ name, binary }: Candidate, { env, events }: Stage, runner?: readonly string[]) {
  const runtime = await RuntimeApi.start();
  const suite = `bench-${name}`;
  const fn = await FunctionProcess.start({ suite, runtime, env, binary, runner, quiet: true });
  /** Sends one webhook; the milliseconds from its hand-over to its answer. */
  async function timed(size: Size): Promise<number> {
    const { response, error, durationMs } = await runtime.invoke(events[size], { timeoutMs: TIMEOUT_MS });
    const status = response && JSON.parse(response.toString()).statusCode;
    if (status !== 200) throw new Error(`${name} answered ${status ?? JSON.stringify(error)}, not 200`);
    return durationMs;
  }
  return {
    fn,
    timed,
    /** Sends `count` webhooks one after the other; the CPU of all threads per webhook, in µs. */
    async send(size: Size, count: number): Promise<number> {
      const before = fn.cpuMs();
      for (let sent = 0; sent < count; sent += 1) await timed(size);
      await sleep(SETTLE_MS);
      return ((fn.cpuMs() - before) / count) * 1_000;
    },
    async stop(signal?: NodeJS.Signals): Promise<void> {
      await fn.stop(signal);
      await runtime.stop();
    },
  };
}

/** Figures by name, with the unit in it. */
export async function measure(candidate: Candidate, stage: Stage): Promise<Record<string, number>> {
  const { fn, send, stop } = await start(candidate, stage);
  const peakMiB = () => fn.memory().peak / 2 ** 20;
  try {
    const figures: Record<string, number> = { 'init CPU ms': fn.cpuMs(), 'peak MiB after init': peakMiB() };
    // No pause before it: the request that an environment is started for is there already.
    figures['first request CPU µs'] = await send('1 KB', 1);
    await send('1 KB', WARM_UP);
    for (const size of SIZES) {
      figures[`${size} CPU µs`] = await send(size, LOAD[size]);
      if (size === '100 KB') figures['peak MiB after 1 to 100 KB'] = peakMiB();
    }
    figures['peak MiB after 1 MB'] = peakMiB();
    return figures;
  } finally {
    await stop();
  }
}
