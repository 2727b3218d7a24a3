import { randomUUID } from 'node:crypto';
import type { Scheme } from '../../contract/schemes.ts';
import { AwsStub } from './aws-stub.ts';
import type { Protocol } from './faulty-server.ts';
import { FunctionProcess, type LogLine } from './function-process.ts';
import { httpApiEvent, type TestRequest } from './http-api-event.ts';
import { type FunctionError, type InvokeOptions, RuntimeApi } from './runtime-api.ts';
import type { SecretValue, StubSecret } from './secrets-manager-stub.ts';
import { type Message, sqsEvent } from './sqs-stub.ts';
import { forbid } from './test-logs.ts';

/** The function's answer, as API Gateway would send it on, with the log line it wrote. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string;
  log: LogLine;
  durationMs: number;
}

/** What became of parked messages. */
export interface Handled {
  /** Whether SQS deletes them; else it shows them again. */
  isDone: boolean;
  error?: FunctionError;
  log: LogLine;
}

export interface Setup {
  /** Names the log file. */
  suite: string;
  /** @default form */
  scheme?: Scheme;
  /** The current secret; left out, the secret has no version yet. */
  secret?: SecretValue;
  /** Whether it has a parking queue. @default false */
  parking?: boolean;
  /** Added to the environment, or instead of a default; an empty string counts as unset. */
  env?: Record<string, string>;
  /** What the stubs of AWS speak. @default http */
  protocol?: Protocol;
  /** Runs before the function's cold start. */
  prepare?: (stubs: { aws: AwsStub; secret: StubSecret }) => unknown;
}

/** The real binary between a Runtime API and an AWS of this process, deployed as one instance of the construct would be. */
export class FunctionUnderTest {
  readonly secret: StubSecret;
  /** The execution environment; unset before the first cold start. */
  process!: FunctionProcess;
  /** How long the last init phase took, in milliseconds, starting the process included. */
  initMs = 0;

  private constructor(
    private readonly setup: Setup,
    readonly runtime: RuntimeApi,
    readonly aws: AwsStub,
  ) {
    if (typeof setup.secret === 'string' && setup.secret.trim()) forbid(setup.secret.trim());
    this.secret = aws.secretsManager.create('webhook-secret', setup.secret);
  }

  static async start(setup: Setup): Promise<FunctionUnderTest> {
    const protocol = setup.protocol ?? 'http';
    const [runtime, aws] = await Promise.all([RuntimeApi.start(), AwsStub.start({ protocol })]);
    const started = new FunctionUnderTest(setup, runtime, aws);
    try {
      await setup.prepare?.(started);
      await started.coldStart();
    } catch (error) {
      await started.stop(); // listening servers would keep the test process alive
      throw error;
    }
    return started;
  }

  /** Starts one for `check` alone. */
  static async using(setup: Setup, check: (started: FunctionUnderTest) => Promise<unknown>): Promise<void> {
    const started = await FunctionUnderTest.start(setup);
    try {
      await check(started);
    } finally {
      await started.stop();
    }
  }

  get env(): Record<string, string> {
    return {
      ...this.aws.env,
      WEBHOOK_SECRET_ARN: this.secret.arn,
      EVENT_BUS_NAME: 'genesys-webhook',
      SIGNATURE_SCHEME: this.setup.scheme ?? 'form',
      ...(this.setup.parking && { PARKING_QUEUE_URL: this.aws.sqs.queueUrl }),
      ...this.setup.env,
    };
  }

  /**
   * A new execution environment in place of the one before, if any; resolves at its first poll.
   *
   * @param env as of a new deployment: instead of what `Setup.env` has
   */
  async coldStart(env: Record<string, string> = {}): Promise<void> {
    await this.process?.stop();
    const { suite } = this.setup;
    const began = performance.now();
    const { runtime } = this;
    this.process = await FunctionProcess.start({ suite, runtime, env: { ...this.env, ...env } });
    this.initMs = performance.now() - began;
  }

  /** Sends a request through the HTTP API's event; a function error rejects. */
  async send(request: TestRequest, options?: InvokeOptions): Promise<Reply> {
    const requestId = request.requestId ?? randomUUID();
    const outcome = await this.runtime.invoke(httpApiEvent({ ...request, requestId }), options);
    if (outcome.error) throw new Error(`the function failed: ${JSON.stringify(outcome.error)}`);
    const { statusCode, headers, body } = JSON.parse(outcome.response.toString());
    const log = await this.process.logLine(
      (line) => line.message === 'webhook' && line.request_id === requestId,
    );
    return { status: statusCode, headers, body, log, durationMs: outcome.durationMs };
  }

  /** Has it handle parked messages, as the event source mapping does: whether they are done with, and the log line. */
  async handle(...messages: readonly Message[]): Promise<Handled> {
    const earlier = this.process.logs.length;
    const { error } = await this.runtime.invoke(sqsEvent(...messages));
    const log = await this.process.logLine(
      (line) => line.message === 'webhook' && this.process.logs.indexOf(line) >= earlier,
    );
    return { isDone: !error, error, log };
  }

  /** Calls of each service so far, by operation. */
  get calls(): Record<string, number> {
    const { secretsManager, eventBridge, sqs } = this.aws;
    return { ...secretsManager.calls, ...eventBridge.calls, ...sqs.calls };
  }

  async stop(): Promise<void> {
    await this.process?.stop();
    await Promise.all([this.aws.stop(), this.runtime.stop()]);
  }
}
