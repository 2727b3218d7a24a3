import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { ALLOCATOR, DEFAULT_MEMORY_MIB } from '../../cdk/memory.ts';
import type { Binary } from '../../contract/binaries.ts';
import { TARGET } from '../../dev/build.ts';
import type { RuntimeApi } from './runtime-api.ts';
import { keepLog } from './test-logs.ts';

const LOG_LIMIT_MS = 5_000;
/** For example qemu, for the arm64 build. */
const OWN_RUNNER = process.env.GENESYS_WEBHOOK_RUNNER?.split(' ').filter(Boolean) ?? [];

/** One line of the function's log: JSON by contract, except what is written before logging is set up. */
export type LogLine = Record<string, unknown>;

export interface FunctionOptions {
  /** Names the log file. */
  suite: string;
  runtime: RuntimeApi;
  /** The whole environment but for what Lambda itself sets, and the allocator's options, which the stack always does. */
  env: Record<string, string>;
  /** @default `GENESYS_WEBHOOK_BIN`, or the debug build */
  binary?: string;
  /** What it is run with: a program and its arguments. @default `GENESYS_WEBHOOK_RUNNER`, split at spaces */
  runner?: readonly string[];
  /** Standard output goes nowhere: for a million log lines, or to measure. @default false */
  quiet?: boolean;
  /** Called with each line of its log. */
  onLog?: (line: LogLine) => void;
}

/** The real binary in an environment like Lambda's: nothing of this process's own environment reaches it. */
export class FunctionProcess {
  /** Parsed lines of standard output; a line that is not JSON is `{ text }`. */
  readonly logs: LogLine[] = [];
  /** Standard output, line by line, as it came. */
  readonly lines: string[] = [];
  /** Standard error, as it came. */
  stderr = '';
  readonly #child: ChildProcess;
  readonly #exit: Promise<number | null>;
  readonly #read = new EventEmitter().setMaxListeners(0);

  private constructor(options: FunctionOptions) {
    const { suite, runtime, env, binary = functionBinary(), runner, quiet, onLog } = options;
    const [command = binary, ...args] = [...(runner ?? OWN_RUNNER), binary];
    const output = quiet ? 'ignore' : 'pipe';
    this.#child = spawn(command, args, {
      env: { ...lambdaEnv(runtime), ...env },
      stdio: ['ignore', output, 'pipe'],
    });
    this.#exit = once(this.#child, 'close').then(([code]) => code);
    const { stdout, stderr } = this.#child;
    if (stdout)
      createInterface({ input: stdout }).on('line', (line) => {
        keepLog(suite, `${line}\n`);
        this.lines.push(line);
        const parsed = parseLine(line);
        this.logs.push(parsed);
        onLog?.(parsed);
        this.#read.emit('line');
      });
    stderr?.setEncoding('utf8').on('data', (text: string) => {
      keepLog(suite, text);
      this.stderr += text;
    });
  }

  /** Starts the function without waiting for its first poll. */
  static spawn(options: FunctionOptions): FunctionProcess {
    return new FunctionProcess(options);
  }

  /** Starts the function and resolves at its next poll, the end of its init phase. @throws when it exits before */
  static async start(options: FunctionOptions): Promise<FunctionProcess> {
    const polled = options.runtime.polled(options.runtime.polls + 1);
    const started = new FunctionProcess(options);
    const code = await Promise.race([polled, started.exited()]);
    if (code !== undefined)
      throw new Error(`the function exited with ${code} in its init phase: see its log`);
    return started;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The exit status, once its output has been read to the end; null when a signal ended it. */
  exited(): Promise<number | null> {
    return this.#exit;
  }

  async stop(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#child.kill(signal);
    await this.#exit;
  }

  /** The latest log line that fits, waiting for it if need be: it may still be in the pipe. */
  async logLine(fits: (line: LogLine) => boolean): Promise<LogLine> {
    const signal = AbortSignal.timeout(LOG_LIMIT_MS);
    for (;;) {
      const line = this.logs.findLast(fits);
      if (line) return line;
      await once(this.#read, 'line', { signal }).catch(() => {
        throw new Error('no such log line came');
      });
    }
  }

  /** CPU time of all its threads so far, in milliseconds (`/proc/PID/task/*​/schedstat`, nanoseconds). */
  cpuMs(): number {
    const tasks = readdirSync(`/proc/${this.pid}/task`);
    const nanoseconds = tasks.map((task) => Number(this.#proc(`task/${task}/schedstat`).split(' ')[0]));
    return nanoseconds.reduce((sum, ns) => sum + ns, 0) / 1e6;
  }

  /** Resident memory now and at its peak, in bytes. */
  memory(): { rss: number; peak: number } {
    const kib = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(this.#proc('status'))?.[1]);
    return { rss: kib('VmRSS') * 1024, peak: kib('VmHWM') * 1024 };
  }

  openFiles(): number {
    return readdirSync(`/proc/${this.pid}/fd`).length;
  }

  #proc(file: string): string {
    return readFileSync(`/proc/${this.pid}/${file}`, 'utf8');
  }
}

/** The binary under test. */
export function functionBinary(): string {
  return built('genesys-webhook', process.env.GENESYS_WEBHOOK_BIN);
}

/** That of the rotation function. */
export function rotationBinary(): string {
  return built('genesys-webhook-rotation', process.env.GENESYS_WEBHOOK_ROTATION_BIN);
}

/** @param path @default - the debug build */
function built(name: Binary, path = `${TARGET}/debug/${name}`): string {
  if (!existsSync(path)) throw new Error(`${path} is not there: run \`cargo build -p ${name}\` first`);
  return path;
}

/** Lambda's own variables (developer guide, "Defined runtime environment variables"), and the allocator's options. */
function lambdaEnv(runtime: RuntimeApi): Record<string, string> {
  return {
    ...ALLOCATOR,
    AWS_LAMBDA_RUNTIME_API: runtime.address,
    AWS_LAMBDA_FUNCTION_NAME: 'genesys-webhook',
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(DEFAULT_MEMORY_MIB),
    AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/genesys-webhook',
    AWS_LAMBDA_LOG_STREAM_NAME: 'tests',
    AWS_LAMBDA_LOG_FORMAT: 'JSON',
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    TZ: ':UTC',
  };
}

function parseLine(line: string): LogLine {
  try {
    return JSON.parse(line);
  } catch {
    return { text: line };
  }
}
