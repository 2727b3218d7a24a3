/** The CDK CLI that package-lock.json pins. */
import { spawnSync } from 'node:child_process';
import { root } from './root.ts';

const CLI = `${root}/node_modules/aws-cdk/bin/cdk`;

/** The words of a command line that runs it. */
export function cdkCommand(...args: readonly string[]): [string, string[]] {
  return [process.execPath, [CLI, ...args]];
}

/** Runs it on this process's terminal. Resolves to its exit status. */
export function cdk(...args: readonly string[]): number {
  const [command, words] = cdkCommand(...args);
  return spawnSync(command, words, { cwd: root, stdio: 'inherit' }).status ?? 1;
}
