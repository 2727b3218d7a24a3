/** Which CPUs run what (Linux, `taskset` of util-linux). */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The function under measurement has one CPU to itself and the stubs have the rest, or all share all. */
export type Mode = 'pinned' | 'unpinned';

const allowed = cpuList();
const [first = 0, ...rest] = allowed;

/** Why nothing can be pinned here, or undefined. */
export function cannotPin(): string | undefined {
  if (rest.length === 0) return 'there is one CPU only';
  if (spawnSync('taskset', ['-V']).status !== 0) return 'taskset is not there (package util-linux)';
}

/** Puts this process, which is the stubs, where the mode has them. */
export function place(mode: Mode): void {
  taskset('-acp', mode === 'pinned' ? rest : allowed);
}

/** Runs `start`, which spawns a process, so that the process is where the mode has the function from its first instruction. */
export function spawning<T>(mode: Mode, start: () => T): T {
  if (mode === 'unpinned') return start();
  // A child inherits the CPUs of the thread that spawns it.
  taskset('-cp', [first]);
  try {
    return start();
  } finally {
    taskset('-cp', rest);
  }
}

function taskset(flags: string, cpus: readonly number[]): void {
  const { status, stderr } = spawnSync('taskset', [flags, cpus.join(','), String(process.pid)]);
  if (status !== 0) throw new Error(`taskset failed: ${stderr}`);
}

function cpuList(): number[] {
  const list = /^Cpus_allowed_list:\s+(.+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return list.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}
