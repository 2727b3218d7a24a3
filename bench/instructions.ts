/**
 * Instructions instead of time: the same on a busy machine as on an idle one (`valgrind --tool=callgrind`), so that a
 * test can tell when something expensive has come back.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../dev/common/command.ts';
import type { Note } from '../dev/common/progress.ts';
import { FunctionProcess } from '../tests/support/function-process.ts';
import { RuntimeApi } from '../tests/support/runtime-api.ts';
import { A, type Candidate } from './candidates.ts';
import { Stage } from './stage.ts';

/** In millions. */
export interface Instructions {
  /** From the start of the process to its first poll. */
  init: number;
  /** One webhook of 1 KB, past the first ones. */
  webhook: number;
}

/** What was counted when it was last found good, by candidate; `npm run bench -- --count --update` writes it. */
export const BASELINE_FILE = join(import.meta.dirname, 'instructions.json');
/** Wide, so that a new compiler passes and an accident does not. */
export const MARGIN = 2;
/** The bar for a cold start in A's, with the platform's root certificates. */
export const MOST_INIT_IN_A = 50;

const CALLGRIND = ['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null'];
const FIRST_WEBHOOKS = 3;
const COUNTED_WEBHOOKS = 20;
const SETTLE_MS = 300;

export function baseline(): Record<string, Instructions> {
  return JSON.parse(readFileSync(BASELINE_FILE, 'utf8'));
}

/** Whether a candidate takes much more than it did; one that the baseline does not know never does. */
export function hasRisen(name: string, counted: Record<string, Instructions>): boolean {
  const [before, now] = [baseline()[name], counted[name]];
  if (!before || !now) return false;
  return now.init > before.init * MARGIN || now.webhook > before.webhook * MARGIN;
}

/** A cold start of the product in A's, where both were counted. */
export function initInA({ product, [A]: a }: Record<string, Instructions>): number | undefined {
  return product && a && product.init / a.init;
}

/** Why nothing can be counted here, or undefined. */
export function cannotCount(): string | undefined {
  if (process.arch !== 'x64') return `the baseline is for x64, and this is ${process.arch}`;
  const missing = ['valgrind', 'cc'].filter((program) => spawnSync(program, ['--version']).status !== 0);
  if (missing.length > 0) return `${missing.join(' and ')} not found: install the packages valgrind and gcc`;
}

/** Counts by candidate, one after the other. */
export async function countInstructions(
  candidates: readonly Candidate[],
  note: Note = () => {},
): Promise<Record<string, Instructions>> {
  const stage = await Stage.start();
  const folder = mkdtempSync(join(tmpdir(), 'bench-count-'));
  const slowClock = join(folder, 'slow-clock.so');
  try {
    await run('cc', ['-shared', '-fPIC', '-O2', '-o', slowClock, join(import.meta.dirname, 'slow-clock.c')]);
    const counted: Record<string, Instructions> = {};
    for (const { name, binary } of candidates) {
      note(name);
      const lives: number[] = [];
      for (const webhooks of [0, FIRST_WEBHOOKS, FIRST_WEBHOOKS + COUNTED_WEBHOOKS])
        lives.push(await countLife(binary, stage, slowClock, webhooks));
      const [init = 0, first = 0, all = 0] = lives;
      counted[name] = { init: init / 1e6, webhook: (all - first) / COUNTED_WEBHOOKS / 1e6 };
    }
    return counted;
  } finally {
    rmSync(folder, { recursive: true });
    await stage.stop();
  }
}

/** Instructions of a whole life: a cold start and so many webhooks. */
async function countLife(binary: string, stage: Stage, slowClock: string, webhooks: number): Promise<number> {
  const runtime = await RuntimeApi.start();
  const env = { ...stage.env, LD_PRELOAD: slowClock };
  const fn = await FunctionProcess.start({
    suite: 'bench-count',
    runtime,
    env,
    binary,
    runner: CALLGRIND,
    quiet: true,
  });
  try {
    for (let sent = 0; sent < webhooks; sent += 1) {
      const { response, error } = await runtime.invoke(stage.events['1 KB'], { timeoutMs: 60_000 });
      if (JSON.parse(response?.toString() ?? '{}').statusCode !== 200)
        throw new Error(`not answered with 200 under valgrind: ${response ?? JSON.stringify(error)}`);
    }
    await sleep(SETTLE_MS);
  } finally {
    await fn.stop('SIGTERM');
    await runtime.stop();
  }
  const total = /Collected : (\d+)/.exec(fn.stderr)?.[1];
  if (!total) throw new Error(`valgrind counted nothing: ${fn.stderr.slice(-500)}`);
  return Number(total);
}
