import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Puts this process, which is the stubs, and all that it starts from then on, on one CPU (Linux). */
export function pin(): void {
  const [, cpu = '0'] = /^Cpus_allowed_list:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  const { error, status, stderr } = spawnSync('taskset', ['-acp', cpu, String(process.pid)]);
  if (status !== 0) throw new Error(`taskset (of util-linux) failed: ${error?.message ?? stderr}`);
}
