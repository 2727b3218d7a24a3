/**
 * The Lambda Runtime API, as an execution environment sees it: one long poll per event, an answer or
 * an error back. Source: AWS Lambda developer guide, "Using the Lambda runtime API".
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { readBody } from './read-body.ts';

const BASE = '/2018-06-01/runtime/';
const FUNCTION_ARN = 'arn:aws:lambda:eu-central-1:123456789012:function:genesys-webhook';

/** What the function posted to `/error`; `Runtime.ExitError` when every connection closed before it answered. */
export interface FunctionError {
  errorType: string;
  errorMessage: string;
}

/** The answer (the bytes the function posted) or the error, and the milliseconds from hand-over to answer. */
export type Outcome = { durationMs: number } & (
  | { response: Buffer; error?: undefined }
  | { response?: undefined; error: FunctionError }
);

export interface InvokeOptions {
  /** The `Lambda-Runtime-Trace-Id` header; an empty string leaves it out. @default a random sampled trace */
  traceId?: string;
  /** Time the function is told it has left, in milliseconds; the invocation fails when it is over. @default 10,000 */
  timeoutMs?: number;
}

interface Invocation {
  id: string;
  event: string | Buffer;
  traceId: string;
  timeoutMs: number;
  resolve(outcome: Outcome): void;
  /** Set at hand-over. */
  running?: { startedAt: number; timer: NodeJS.Timeout };
}

/**
 * Serves any number of function processes; events go to whichever polls first, one at a time each. A process that dies
 * is noticed at once where it is the only one; among several, its invocation runs into the time-out.
 */
export class RuntimeApi {
  /** Polls for the next event so far: the first one marks the end of the init phase. */
  polls = 0;
  readonly #idle = new Set<ServerResponse>();
  readonly #queue: Invocation[] = [];
  readonly #running = new Map<string, Invocation>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  private constructor() {
    // A poll may wait for as long as no event comes: every time-out of node's server is off.
    this.#server = createServer({ keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 }, (req, res) => {
      this.#route(req, res).catch(() => res.destroy());
    });
    // Rust's runtime polls and answers over connections as they come: only when none is left is it gone for sure.
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        if (this.#sockets.size > 0) return;
        // With what it would have polled for next, if it died between its answer and that poll.
        for (const invocation of [...this.#running.values(), ...this.#queue.splice(0)])
          this.#fail(invocation, 'Runtime.ExitError', 'the function is gone');
      });
    });
  }

  static async start(): Promise<RuntimeApi> {
    const api = new RuntimeApi();
    await new Promise<void>((resolve) => api.#server.listen(0, '127.0.0.1', resolve));
    return api;
  }

  /** `host:port`, the value of `AWS_LAMBDA_RUNTIME_API`. */
  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resolves at the given poll counted from the start (1: the end of the first init). */
  async polled(poll = 1): Promise<void> {
    while (this.polls < poll) await once(this.#server, 'poll');
  }

  /** Queues one event (JSON text, or a value to serialise) and resolves with what became of it; never rejects. */
  invoke(event: unknown, options: InvokeOptions = {}): Promise<Outcome> {
    return new Promise((resolve) => {
      const invocation: Invocation = {
        id: randomUUID(),
        event: typeof event === 'string' || Buffer.isBuffer(event) ? event : JSON.stringify(event),
        traceId: options.traceId ?? newTraceId(),
        timeoutMs: options.timeoutMs ?? 10_000,
        resolve,
      };
      const [poll] = this.#idle;
      if (poll) this.#handOver(invocation, poll);
      else this.#queue.push(invocation);
    });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #route(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const path = req.url?.startsWith(BASE) ? req.url.slice(BASE.length) : '';
    if (path === 'invocation/next') return this.#next(res);
    const body = await readBody(req);
    if (path === 'init/error') return answer(res, 202, { status: 'OK' });
    const [, id = '', verb] = /^invocation\/([^/]+)\/(response|error)$/.exec(path) ?? [];
    const invocation = this.#running.get(id);
    if (!invocation)
      return answer(res, 400, { errorType: 'InvalidRequestID', errorMessage: 'Invalid request ID' });
    answer(res, 202, { status: 'OK' });
    const result = verb === 'response' ? { response: body } : { error: JSON.parse(body.toString()) };
    this.#settle(invocation, result);
  }

  #next(res: ServerResponse): void {
    this.polls += 1;
    this.#server.emit('poll');
    res.on('close', () => this.#idle.delete(res));
    const queued = this.#queue.shift();
    if (queued) this.#handOver(queued, res);
    else this.#idle.add(res);
  }

  #handOver(invocation: Invocation, poll: ServerResponse): void {
    this.#idle.delete(poll);
    this.#running.set(invocation.id, invocation);
    const timeout = () => this.#fail(invocation, 'Sandbox.Timedout', 'the function did not answer in time');
    invocation.running = { startedAt: performance.now(), timer: setTimeout(timeout, invocation.timeoutMs) };
    poll.writeHead(200, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(invocation.event),
      'Lambda-Runtime-Aws-Request-Id': invocation.id,
      'Lambda-Runtime-Deadline-Ms': Date.now() + invocation.timeoutMs,
      'Lambda-Runtime-Invoked-Function-Arn': FUNCTION_ARN,
      ...(invocation.traceId && { 'Lambda-Runtime-Trace-Id': invocation.traceId }),
    });
    poll.end(invocation.event);
  }

  #fail(invocation: Invocation, errorType: string, errorMessage: string): void {
    this.#settle(invocation, { error: { errorType, errorMessage } });
  }

  #settle(invocation: Invocation, result: { response: Buffer } | { error: FunctionError }): void {
    const now = performance.now();
    const { startedAt, timer } = invocation.running ?? { startedAt: now };
    this.#running.delete(invocation.id);
    clearTimeout(timer);
    invocation.resolve({ durationMs: now - startedAt, ...result });
  }
}

/** An X-Ray header as Lambda makes it: epoch seconds in hex, then 96 random bits. */
export function newTraceId(): string {
  const id = randomUUID().replaceAll('-', '');
  const seconds = Math.floor(Date.now() / 1000).toString(16);
  return `Root=1-${seconds}-${id.slice(0, 24)};Parent=${id.slice(0, 16)};Sampled=1`;
}

function answer(res: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  // As Lambda does. After a chunked answer, the client of Rust's runtime opens a connection for every request.
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) };
  res.writeHead(status, headers).end(text);
}
