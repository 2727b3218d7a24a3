/** How long a webhook takes by the memory that the function has: wall time under the share of a CPU that Lambda gives it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Note } from '../dev/common/progress.ts';
import type { Candidate } from './candidates.ts';
import { CpuQuota } from './cpu-quota.ts';
import { start } from './measure.ts';
import type { Results, Samples } from './results.ts';
import type { Stage } from './stage.ts';
import type { Size } from './webhooks.ts';

export const MEMORIES = [128, 256, 512];
const MEASURED: readonly Size[] = ['1 KB', '10 KB', '100 KB'];
/** Of each size, in each round. Their p99 needs some hundreds in all. */
const WEBHOOKS = 40;
const WARM_UP = 10;
const ROUNDS = 5;
/** Not 5 a second: 200 ms is a multiple of the quota's period, and every webhook would meet the same moment of it. */
const INTERVAL_MS = 1_000 / 4.9;

/** AWS Lambda pricing, arm64, US East, first tier: per GB-second and per million requests. */
const [GB_SECOND, MILLION_REQUESTS] = [0.000_013_333_4, 0.2];

export interface MemoryResults {
  readonly machine: Results['machine'];
  /** Milliseconds from hand-over to answer, by candidate and by memory and size. */
  readonly candidates: Record<string, Samples>;
}

export async function measureMemory(candidates: readonly Candidate[], stage: Stage, note: Note) {
  const found = candidates.map((candidate) => ({ candidate, samples: {} as Samples }));
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const memory of MEMORIES) {
      for (const { candidate, samples } of found) {
        note(`round ${round} of ${ROUNDS}: ${candidate.name} with ${memory} MB`);
        await measure(candidate, memory, stage, (size, ms) => {
          const key = keyOf(memory, size);
          samples[key] = [...(samples[key] ?? []), ms];
        });
      }
    }
  }
  return Object.fromEntries(found.map(({ candidate, samples }) => [candidate.name, samples]));
}

const keyOf = (memory: number, size: Size) => `${size} at ${memory} MB`;

async function measure(
  candidate: Candidate,
  memory: number,
  stage: Stage,
  keep: (size: Size, ms: number) => void,
): Promise<void> {
  // Lambda does not limit the init phase.
  const { fn, timed, stop } = await start(candidate, stage);
  const quota = new CpuQuota(memory);
  try {
    quota.add(fn.pid);
    for (const size of MEASURED) {
      for (let sent = -WARM_UP; sent < WEBHOOKS; sent += 1) {
        const [ms] = await Promise.all([timed(size), sleep(INTERVAL_MS)]);
        if (sent >= 0) keep(size, ms);
      }
    }
  } finally {
    await stop();
    quota.remove();
  }
}

/** The table of docs/performance.md: median and p99, and what Lambda bills of a million webhooks of 1 KB. */
export function memoryTable({ candidates }: MemoryResults): string {
  const rows = MEMORIES.map((memory) => {
    const cells = MEASURED.map((size) => {
      const of = (name: string, q: number) => quantile(candidates[name]?.[keyOf(memory, size)] ?? [], q);
      const times = of('node', 0.5) / of('product', 0.5);
      const [median, p99, node] = [of('product', 0.5), of('product', 0.99), times].map(
        (x) => +x.toPrecision(2),
      );
      return `${median} / ${p99} ms (node: ${node} times)`;
    });
    return `| ${memory} MB | ${cells.join(' | ')} | $${price(memory).toFixed(2)} |`;
  });
  return [
    `| memory | ${MEASURED.join(' | ')} | a million, each billed ${BILLED_MS} ms |`,
    `|---|${MEASURED.map(() => '---|').join('')}---|`,
    ...rows,
  ].join('\n');
}

/** As docs/operations.md assumes it: most of it is the wait for EventBridge. */
const BILLED_MS = 50;

function price(memory: number): number {
  return MILLION_REQUESTS + 1e6 * (BILLED_MS / 1_000) * (memory / 1_024) * GB_SECOND;
}

function quantile(values: readonly number[], q: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * q)] ?? Number.NaN;
}
