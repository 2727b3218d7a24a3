/** One cold start of one candidate, and the webhooks after it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FunctionProcess } from '../tests/support/function-process.ts';
import { RuntimeApi } from '../tests/support/runtime-api.ts';
import type { Candidate } from './candidates.ts';
import type { Stage } from './stage.ts';
import { summarize } from './statistics.ts';
import { SIZES, type Size } from './webhooks.ts';

/** By name, with its unit in it. CPU is user and system time of all threads; latency ends with the answer. */
export type Figures = Partial<Record<FigureName, number>>;
export type FigureName =
  | 'init wall ms'
  | 'init CPU ms'
  | 'init connections'
  | 'init secret calls'
  | 'first request latency ms'
  | 'first request CPU µs'
  | 'first request connections'
  | `${Size} CPU µs`
  | `${Size} latency µs`
  | 'peak MiB after init'
  | 'peak MiB after 1 to 100 KB'
  | 'peak MiB after 1 MB';

/** How many webhooks of each size. */
export type Load = Record<Size | 'warm-up', number>;

/** How long a process that has answered may still be busy with its next poll, or with its garbage. */
const SETTLE_MS = 25;

/** @param load - only the cold start and one request, if left out */
export async function measure(candidate: Candidate, stage: Stage, load?: Load): Promise<Figures> {
  const runtime = await RuntimeApi.start();
  const figures: Figures = {};
  let [connections, secretCalls] = [stage.connections, stage.secretCalls];
  const began = performance.now();
  const { binary, name } = candidate;
  const { env } = stage;
  const fn = await FunctionProcess.start({ suite: `bench-${name}`, runtime, env, binary, quiet: true });
  try {
    figures['init wall ms'] = performance.now() - began;
    figures['init CPU ms'] = fn.cpuMs();
    figures['init connections'] = stage.connections - connections;
    figures['init secret calls'] = stage.secretCalls - secretCalls;
    figures['peak MiB after init'] = fn.memory().peak / 2 ** 20;

    // No pause before it: the request that an environment is started for is there already.
    connections = stage.connections;
    const first = await send(runtime, fn, stage.events['1 KB'], 1);
    figures['first request latency ms'] = first.latencyMs;
    figures['first request CPU µs'] = first.cpuMs * 1_000;
    figures['first request connections'] = stage.connections - connections;
    if (!load) return figures;

    await send(runtime, fn, stage.events['1 KB'], load['warm-up']);
    for (const size of Object.keys(SIZES) as Size[]) {
      const { cpuMs, latencyMs } = await send(runtime, fn, stage.events[size], load[size]);
      figures[`${size} CPU µs`] = cpuMs * 1_000;
      figures[`${size} latency µs`] = latencyMs * 1_000;
      const peak = fn.memory().peak / 2 ** 20;
      if (size === '100 KB') figures['peak MiB after 1 to 100 KB'] = peak;
      if (size === '1 MB') figures['peak MiB after 1 MB'] = peak;
    }
    return figures;
  } finally {
    await fn.stop();
    await runtime.stop();
  }
}

/** Sends the same event `count` times, one after the other: CPU per webhook, and the median latency. */
export async function send(runtime: RuntimeApi, fn: FunctionProcess, event: string, count: number) {
  const latencies: number[] = [];
  const before = fn.cpuMs();
  for (let sent = 0; sent < count; sent += 1) {
    const { response, error, durationMs } = await runtime.invoke(event);
    const status = response && JSON.parse(response.toString()).statusCode;
    if (status !== 200) throw new Error(`answered ${status ?? JSON.stringify(error)}, not 200`);
    latencies.push(durationMs);
  }
  await sleep(SETTLE_MS);
  return { cpuMs: (fn.cpuMs() - before) / count, latencyMs: summarize(latencies).median };
}
