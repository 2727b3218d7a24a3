import { type FunctionOptions, FunctionProcess } from '../tests/support/function-process.ts';
import { type Outcome, RuntimeApi } from '../tests/support/runtime-api.ts';
import { type Message, sqsEvent } from '../tests/support/sqs-stub.ts';
import { Random } from './random.ts';

/** What an HTTP API answers. */
export interface Answer {
  status: number;
  body: string;
  /** From the hand-over to the answer, without a cold start. */
  durationMs: number;
}

export interface LambdaOptions extends Pick<FunctionOptions, 'suite' | 'env' | 'binary' | 'quiet' | 'onLog'> {
  /** The most execution environments at once; past it the answer is 429. */
  concurrency: number;
}

/** The longest that a killed process lives on after it was handed a request: most answer within it. */
const KILL_WITHIN_MS = 3;
/** The error of a process that is gone (tests/support/runtime-api.ts). */
const EXITED = 'Runtime.ExitError';

/**
 * Lambda behind an HTTP API and behind a queue: an execution environment handles one request at a time, the one used last comes first,
 * and where all are busy another one starts. One that dies fails its request, and the next request starts it again.
 */
export class Lambda {
  coldStarts = 0;
  /** Requests that were under way in a process when it was killed. */
  killed = 0;
  /** Those of them that came from the queue. */
  killedParked = 0;
  /** Requests that ran into the function's own time-out. */
  timedOut = 0;
  throttled = 0;
  readonly #options: LambdaOptions;
  readonly #environments: Environment[] = [];
  readonly #idle: Environment[] = [];
  readonly #random = new Random(1);
  #killUntil = 0;

  constructor(options: LambdaOptions) {
    this.#options = options;
  }

  /** The processes that are alive. */
  get processes(): FunctionProcess[] {
    return this.#environments.flatMap(({ process }) => process ?? []);
  }

  /** CPU time of all processes that are alive. */
  get cpuMs(): number {
    return this.processes.reduce((total, process) => total + process.cpuMs(), 0);
  }

  /** The most memory that one of them has taken. */
  get peakBytes(): number {
    return Math.max(...this.processes.map((process) => process.memory().peak));
  }

  /** @param traceId the X-Ray header. @default a new one each time, as on Lambda */
  async invoke(event: unknown, traceId?: string): Promise<Answer> {
    const outcome = await this.#run(event, traceId);
    if (!outcome) return { status: 429, body: '{"message":"Too Many Requests"}', durationMs: 0 };
    const { response, durationMs } = outcome;
    if (!response) return { status: 500, body: '{"message":"Internal Server Error"}', durationMs };
    const { statusCode: status, body } = JSON.parse(response.toString());
    return { status, body, durationMs };
  }

  /** Has it handle a parked message, as an event source mapping does; resolves to whether it is done with. */
  async handle(message: Message): Promise<boolean> {
    const outcome = await this.#run(sqsEvent(message));
    if (outcome?.error?.errorType === EXITED) this.killedParked += 1;
    return outcome !== undefined && !outcome.error;
  }

  /** Kills the process that is handed the next request within so many milliseconds, while it handles it. */
  killNext(withinMs: number): void {
    this.#killUntil = performance.now() + withinMs;
  }

  /** As a deployment does: requests meet new environments. Those under way end in the old ones. */
  renew(): void {
    for (const environment of this.#idle) environment.kill();
  }

  /** Starts so many environments beforehand, one after the other. */
  async warm(environments: number): Promise<void> {
    for (let started = 0; started < environments; started += 1) {
      const environment = this.#another();
      if (!environment) return;
      await this.#ensureAlive(environment);
      this.#idle.push(environment);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#environments.map((environment) => environment.stop()));
  }

  /** Resolves to undefined where no environment is to be had. */
  async #run(event: unknown, traceId?: string): Promise<Outcome | undefined> {
    const environment = this.#idle.pop() ?? this.#another();
    if (!environment) {
      this.throttled += 1;
      return undefined;
    }
    try {
      return await this.#runIn(environment, event, traceId);
    } finally {
      this.#idle.push(environment);
    }
  }

  async #runIn(environment: Environment, event: unknown, traceId?: string): Promise<Outcome> {
    const process = await this.#ensureAlive(environment);
    if (performance.now() < this.#killUntil) {
      this.#killUntil = 0;
      setTimeout(() => environment.kill(), this.#random.next() * KILL_WITHIN_MS);
    }
    const outcome = await environment.runtime.invoke(event, traceId === undefined ? {} : { traceId });
    if (outcome.error?.errorType === 'Sandbox.Timedout') {
      this.timedOut += 1;
      await process.stop();
    }
    if (outcome.error?.errorType === EXITED) {
      this.killed += 1;
      await process.exited();
    }
    return outcome;
  }

  #another(): Environment | undefined {
    if (this.#environments.length === this.#options.concurrency) return undefined;
    const environment = new Environment();
    this.#environments.push(environment);
    return environment;
  }

  async #ensureAlive(environment: Environment): Promise<FunctionProcess> {
    await environment.dying;
    if (environment.process) return environment.process;
    this.coldStarts += 1;
    return environment.coldStart(this.#options);
  }
}

/** A Runtime API of its own, so that the end of its process is noticed at once. */
class Environment {
  runtime!: RuntimeApi;
  process: FunctionProcess | undefined;
  /** Set while a killed process has not been seen to end. */
  dying: Promise<void> | undefined;

  async coldStart(options: LambdaOptions): Promise<FunctionProcess> {
    this.runtime ??= await RuntimeApi.start();
    const process = await FunctionProcess.start({ ...options, runtime: this.runtime });
    this.process = process;
    void process.exited().then(() => {
      this.process = undefined;
    });
    return process;
  }

  kill(): void {
    this.dying = this.process?.stop('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.process?.stop();
    await this.runtime?.stop();
  }
}
