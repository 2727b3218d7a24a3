/**
 * A million webhooks through as many processes as there are CPUs, one request at a time each: what a core does, how long
 * an answer takes, and whether anything grows. Then a flood of forgeries: what it costs at Secrets Manager. And then
 * webhooks that are traced, each under an id of its own, because that does grow: see docs/reliability.md.
 */
import { cpus } from 'node:os';
import { signWebhook } from '../cli/signing.ts';
import type { Note } from '../dev/common/progress.ts';
import { AwsStub } from '../tests/support/aws-stub.ts';
import { httpApiEvent } from '../tests/support/http-api-event.ts';
import { newTraceId } from '../tests/support/runtime-api.ts';
import { forbid } from '../tests/support/test-logs.ts';
import { binaryToStress } from './binary.ts';
import { Lambda } from './lambda.ts';
import { count, type Extent, grouped, type Row } from './part.ts';
import { forge, payload } from './webhooks.ts';

const SECRET = 'the-shared-secret-of-the-load-test'.padEnd(64, 'x');
/** The function's defaults (function/src/secret/cache.rs). */
const TTL_SECONDS = 300;
const COOLDOWN_SECONDS = 5;
/** Memory and files are looked at so often, at even distances. */
const SAMPLES = 80;
/** What glibc keeps of each new value of `_X_AMZN_TRACE_ID`, which lambda_runtime sets for each request. */
const MOST_BYTES_PER_TRACE_ID = 250;
const ONE_TRACE_ID = newTraceId();

/** `noiseBytes` of growth are pages that an allocator had not touched before, or has not given back yet. */
const EXTENT = {
  brief: { webhooks: 12_000, forged: 2_000, traced: 8_000, noiseBytes: 1024 * 1024 },
  full: { webhooks: 1_000_000, forged: 100_000, traced: 100_000, noiseBytes: 512 * 1024 },
} as const;

/** What arrives: nine in ten of 1 KB, the others of 10 KB, one in a hundred of 100 KB. */
const EVENTS = Array.from({ length: 100 }, (_, i) => {
  const filler = 'x'.repeat(i === 0 ? 100_000 : i < 10 ? 10_000 : 1_000);
  return JSON.stringify(httpApiEvent(signWebhook('form', payload('form', `w-${i}`, filler), SECRET)));
});
const FORGED_EVENTS = [0, 1, 2].map((way) =>
  JSON.stringify(httpApiEvent(forge('form', payload('form', 'w-1', 'x'.repeat(1_000)), SECRET, way))),
);

interface Sample {
  rss: number;
  files: number;
}

export async function load(extent: Extent, note: Note): Promise<Row[]> {
  const { webhooks, forged, traced, noiseBytes } = EXTENT[extent];
  const binary = await binaryToStress(note);
  const environments = cpus().length;
  const aws = await AwsStub.start();
  forbid(SECRET);
  let published = 0;
  aws.eventBridge.accept = () => {
    published += 1;
  };
  const { arn } = aws.secretsManager.create('webhook-secret', SECRET);
  const env = { ...aws.env, WEBHOOK_SECRET_ARN: arn, EVENT_BUS_NAME: 'genesys-webhook' };
  const lambda = new Lambda({ suite: 'stress-load', binary, env, concurrency: environments, quiet: true });
  try {
    await lambda.warm(environments);
    const cpuBefore = lambda.cpuMs;
    const samples: Sample[][] = [];
    const look = () =>
      samples.push(lambda.processes.map((fn) => ({ rss: fn.memory().rss, files: fn.openFiles() })));
    const run = await drive(lambda, EVENTS, webhooks, ONE_TRACE_ID, (done) => {
      note(`${grouped(done)} of ${grouped(webhooks)} webhooks`);
      look();
    });
    const cpu = lambda.cpuMs - cpuBefore;
    const onBus = published;
    const calls = sum(aws.secretsManager.calls);
    const flood = await drive(lambda, FORGED_EVENTS, forged, ONE_TRACE_ID, () => note('forged webhooks'));
    const callsOfFlood = sum(aws.secretsManager.calls) - calls;
    // Small forged requests, because the memory that large ones take and give back would hide 144 bytes each.
    const before = residentBytes(lambda);
    await drive(lambda, FORGED_EVENTS, traced, undefined, () => note('traced webhooks'));
    const perTraceId = (residentBytes(lambda) - before) / traced;
    const { rss, files } = growth(samples);
    return [
      { what: 'webhooks answered with 200', figure: grouped(run.of(200)), holds: run.of(200) === webhooks },
      { what: 'events on the bus', figure: grouped(onBus), holds: onBus === webhooks },
      count('processes', environments),
      {
        what: 'throughput, stubs on the same CPUs',
        figure: `${perSecond(webhooks, run.ms)} webhooks a second`,
      },
      {
        what: 'throughput of one core of the function',
        figure: `${perSecond(webhooks, cpu)} webhooks a second`,
      },
      { what: 'latency, p50 / p90 / p99 / p99.9 / longest', figure: run.percentiles(50, 90, 99, 99.9, 100) },
      {
        what: 'memory at its peak, of the largest process',
        figure: `${(lambda.peakBytes / 2 ** 20).toFixed(1)} MiB`,
      },
      {
        what: 'growth of memory from the 2nd quarter to the last',
        figure: `${(rss / 1024).toFixed(0)} KiB a process`,
        holds: rss <= noiseBytes,
      },
      {
        what: 'growth of memory by a webhook with a trace id of its own',
        figure: `${perTraceId.toFixed(0)} bytes`,
        holds: perTraceId <= MOST_BYTES_PER_TRACE_ID,
      },
      {
        // One: the connection to Secrets Manager, idle for most of a TTL, comes and goes.
        what: 'growth of open files in the same time',
        figure: `${files.toFixed(1)} a process`,
        holds: files <= 1,
      },
      boundedCalls(
        'calls of Secrets Manager for them',
        calls,
        environments * (1 + 2 * Math.ceil(run.ms / 1000 / TTL_SECONDS)),
      ),
      { what: 'forged webhooks refused', figure: grouped(flood.of(401)), holds: flood.of(401) === forged },
      boundedCalls(
        'calls of Secrets Manager for those',
        callsOfFlood,
        environments * (2 + Math.ceil(flood.ms / 1000 / COOLDOWN_SECONDS)),
      ),
    ];
  } finally {
    await lambda.stop();
    await aws.stop();
  }
}

/** Keeps every environment busy until so many requests have been answered. */
async function drive(
  lambda: Lambda,
  events: readonly string[],
  total: number,
  traceId: string | undefined,
  sample: (done: number) => void,
) {
  const durations = new Float64Array(total);
  const statuses: Record<number, number> = {};
  let next = 0;
  const start = performance.now();
  const client = async () => {
    while (next < total) {
      const request = next++;
      if (request % Math.ceil(total / SAMPLES) === 0) sample(request);
      const { status, durationMs } = await lambda.invoke(events[request % events.length], traceId);
      durations[request] = durationMs;
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(lambda.processes.map(client));
  const ms = performance.now() - start;
  sample(total);
  durations.sort();
  const percentile = (p: number) => (durations[Math.ceil((p / 100) * total) - 1] ?? Number.NaN).toFixed(1);
  return {
    ms,
    of: (status: number) => statuses[status] ?? 0,
    percentiles: (...wanted: readonly number[]) => `${wanted.map(percentile).join(' / ')} ms`,
  };
}

/**
 * Of the mean process, between the most of the second quarter and the most of the last. What the largest webhooks take is
 * given back after a while, so that any other figure would depend on when the samples were taken.
 */
function growth(samples: readonly Sample[][]): Sample {
  const quarter = Math.floor(samples.length / 4);
  const processes = samples[0]?.length ?? 0;
  const most = (of: keyof Sample, from: readonly Sample[][]) =>
    Array.from({ length: processes }, (_, process) =>
      Math.max(...from.map((sample) => sample[process]?.[of] ?? Number.NaN)),
    ).reduce((total, value) => total + value, 0) / processes;
  const grown = (of: keyof Sample) =>
    most(of, samples.slice(-quarter)) - most(of, samples.slice(quarter, 2 * quarter));
  return { rss: grown('rss'), files: grown('files') };
}

function boundedCalls(what: string, calls: number, most: number): Row {
  return { what, figure: `${calls} (at most ${most} by TTL and cooldown)`, holds: calls <= most };
}

function residentBytes(lambda: Lambda): number {
  return lambda.processes.reduce((total, fn) => total + fn.memory().rss, 0);
}

function sum(calls: Record<string, number>): number {
  return Object.values(calls).reduce((total, number) => total + number, 0);
}

function perSecond(webhooks: number, ms: number): string {
  return grouped(Math.round((webhooks / ms) * 1000));
}
