/**
 * Instructions instead of time: the same on a busy machine as on an idle one (`valgrind --tool=callgrind`), so that a
 * test can tell when something expensive has come back.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../dev/common/command.ts';
import type { Note } from '../dev/common/progress.ts';
import { temporaryFolder } from '../tests/support/temporary-folder.ts';
import type { Candidate } from './candidates.ts';
import { start } from './measure.ts';
import type { Stage } from './stage.ts';

/** In millions. */
export interface Instructions {
  /** From the start of the process to its first poll. */
  init: number;
  /** One webhook of 1 KB, past the first ones. */
  webhook: number;
}

/** What was counted when it was last found good, by candidate; `npm run bench -- --count --update` writes it. */
export const BASELINE_FILE = join(import.meta.dirname, 'instructions.json');
/** The product with cargo's dev profile, which the tests have built anyway. */
export const DEV_BUILD = 'product, dev build';
/** Wide, so that a new compiler passes and an accident does not. */
export const MARGIN = 2;

const CALLGRIND = ['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null'];
const FIRST_WEBHOOKS = 3;
const COUNTED_WEBHOOKS = 20;
const SETTLE_MS = 300;

export function baseline(): Record<string, Instructions> {
  return JSON.parse(readFileSync(BASELINE_FILE, 'utf8'));
}

/** Those that take much more than the baseline says. */
export function risen(counted: Record<string, Instructions>): string[] {
  const before = baseline();
  return Object.keys(counted).filter((name) => {
    const [now, then] = [counted[name], before[name]];
    return !now || !then || now.init > then.init * MARGIN || now.webhook > then.webhook * MARGIN;
  });
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
  { env, events }: Stage,
  note: Note = () => {},
): Promise<Record<string, Instructions>> {
  const slowClock = `${temporaryFolder()}/slow-clock.so`;
  await run('cc', ['-shared', '-fPIC', '-O2', '-o', slowClock, join(import.meta.dirname, 'slow-clock.c')]);
  const stage = { env: { ...env, LD_PRELOAD: slowClock }, events };
  const counted: Record<string, Instructions> = {};
  for (const candidate of candidates) {
    note(candidate.name);
    const init = await countLife(candidate, stage, 0);
    const first = await countLife(candidate, stage, FIRST_WEBHOOKS);
    const all = await countLife(candidate, stage, FIRST_WEBHOOKS + COUNTED_WEBHOOKS);
    counted[candidate.name] = { init, webhook: (all - first) / COUNTED_WEBHOOKS };
  }
  return counted;
}

/** Millions of instructions of a whole life: a cold start and so many webhooks. */
async function countLife(candidate: Candidate, stage: Stage, webhooks: number): Promise<number> {
  const { fn, send, stop } = await start(candidate, stage, CALLGRIND);
  try {
    if (webhooks > 0) await send('1 KB', webhooks);
    await sleep(SETTLE_MS);
  } finally {
    await stop('SIGTERM');
  }
  const total = /Collected : (\d+)/.exec(fn.stderr)?.[1];
  if (!total) throw new Error(`valgrind counted nothing: ${fn.stderr.slice(-500)}`);
  return Number(total) / 1e6;
}
