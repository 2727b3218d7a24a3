/** Which CPUs run what (Linux, `taskset` of util-linux). */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Everything on one CPU, or all on all of them. */
export type Mode = 'pinned' | 'unpinned';

const allowed = cpuList();

/** Why nothing can be pinned here, or undefined. */
export function cannotPin(): string | undefined {
  if (spawnSync('taskset', ['-V']).status !== 0) return 'taskset is not there (package util-linux)';
}

/** Puts this process, which is the stubs, where the mode has it; what it starts from then on inherits that. */
export function place(mode: Mode): void {
  taskset(mode === 'pinned' ? allowed.slice(0, 1) : allowed);
}

function taskset(cpus: readonly number[]): void {
  const { status, stderr } = spawnSync('taskset', ['-acp', cpus.join(','), String(process.pid)]);
  if (status !== 0) throw new Error(`taskset failed: ${stderr}`);
}

function cpuList(): number[] {
  const list = /^Cpus_allowed_list:\s+(.+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return list.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}
