/** Runs one command to its end and keeps what it printed. It ends, with all that it started, when this process does. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { createInterface } from 'node:readline';

const LINES_SHOWN_ON_FAILURE = 25;

export interface CommandOptions {
  readonly cwd?: string;
  /** @default - this process's environment */
  readonly env?: NodeJS.ProcessEnv;
  /** Called with each line of standard output and standard error as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface Execution {
  /** The exit status, or the signal that ended it. */
  readonly status: number | string | null;
  /** Lines of standard output. */
  readonly stdout: readonly string[];
  /** Lines of standard output and standard error, as they came. */
  readonly lines: readonly string[];
}

/** @throws where the command can't be started. */
export async function execute(
  command: string,
  args: readonly string[],
  { cwd, env, onLine }: CommandOptions = {},
): Promise<Execution> {
  exitOnSignals();
  // A process group of its own, to be ended as a whole.
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const endGroup = () => {
    try {
      if (child.pid) process.kill(-child.pid, 'SIGTERM');
    } catch {
      // it has just ended by itself
    }
  };
  process.once('exit', endGroup);
  const stdout: string[] = [];
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (stream === child.stdout) stdout.push(line);
      lines.push(line);
      onLine?.(line);
    });
  }
  const status = await new Promise<number | string | null>((resolve, reject) => {
    child.once('error', ({ message }) => reject(new Error(`cannot run ${command}: ${message}`)));
    child.once('close', (code, signal) => resolve(code ?? signal));
  }).finally(() => process.off('exit', endGroup));
  return { status, stdout, lines };
}

/**
 * Resolves to the standard output.
 *
 * @throws an error that ends with the last lines the command printed, where it can't be started or fails.
 */
export async function run(
  command: string,
  args: readonly string[],
  options?: CommandOptions,
): Promise<string> {
  const { status, stdout, lines } = await execute(command, args, options);
  if (status !== 0) {
    const lastLines = lines.slice(-LINES_SHOWN_ON_FAILURE).join('\n');
    throw new Error(`${command} ${args[0] ?? ''} failed (${status}):\n${lastLines}`);
  }
  return stdout.join('\n');
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
let exitsOnSignals = false;

/** Lets a signal end this process the ordinary way, so that what it runs ends too. */
export function exitOnSignals(): void {
  if (exitsOnSignals) return;
  exitsOnSignals = true;
  for (const signal of SIGNALS) process.once(signal, () => process.exit(128 + constants.signals[signal]));
}
