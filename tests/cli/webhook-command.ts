import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { root } from '../../dev/common/root.ts';

export interface CommandResult {
  status: number;
  stdout: string;
  /** Standard output and standard error. */
  output: string;
}

/** Runs `npm run webhook -- ARGS` as a person would, but for npm itself. */
export async function webhookCommand(args: string[], { stdin = '', env = {} } = {}): Promise<CommandResult> {
  const { PATH, HOME } = process.env;
  const command = spawn(process.execPath, ['dev/run.mjs', 'cli/webhook.ts', ...args], {
    cwd: root,
    env: { PATH, HOME, ...env },
  });
  command.stdin.end(stdin);
  const [stdout, stderr, status] = await Promise.all([
    text(command.stdout),
    text(command.stderr),
    new Promise<number>((resolve) => command.once('close', (code) => resolve(code ?? -1))),
  ]);
  return { status, stdout, output: stdout + stderr };
}
