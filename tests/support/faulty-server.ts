import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Answer, type Call, type Fault, noFault } from './faults.ts';
import type { PrivateCa } from './private-ca.ts';
import { readBody } from './read-body.ts';

/** An HTTP(S) server on 127.0.0.1 that counts, and that fails as told. */
export class FaultyServer {
  /** Applies to every call from now on. */
  fault: Fault = noFault;
  /** TCP connections accepted so far. */
  connections = 0;
  /** Calls so far by operation, failed ones included. */
  readonly calls: Record<string, number> = {};
  readonly #server: Server;
  readonly #scheme: 'http' | 'https';
  readonly #handle: (call: Call, req: IncomingMessage) => Promise<Answer>;
  #port = 0;

  /** @param handle gives the true answer; it runs only if the fault asks for it. */
  constructor(handle: (call: Call, req: IncomingMessage) => Promise<Answer>, ca?: PrivateCa) {
    this.#handle = handle;
    this.#scheme = ca ? 'https' : 'http';
    const onRequest = (req: IncomingMessage, res: ServerResponse) => {
      this.#serve(req, res).catch(() => res.destroy());
    };
    // A client's idle pool must not be closed under it: that would look like one of our faults.
    const options = { keepAliveTimeout: 0, requestTimeout: 0 };
    this.#server = ca
      ? createTlsServer({ ...options, ...ca.server }, onRequest)
      : createServer(options, onRequest);
    this.#server.on('connection', () => {
      this.connections += 1;
    });
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.#port}`;
  }

  /** Listens; after `stop`, on the port it had before. */
  async start(): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject).listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Closes every connection and refuses new ones: the service is down until `start`. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  protected record({ operation }: Call): void {
    this.calls[operation] = (this.calls[operation] ?? 0) + 1;
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const target = String(req.headers['x-amz-target'] ?? '');
    const call: Call = {
      operation: target.slice(target.indexOf('.') + 1),
      headers: req.headers,
      body: await readBody(req),
    };
    this.record(call);
    const answer = await this.fault(call, () => this.#handle(call, req));
    if (!answer) return void res.destroy();
    res
      .writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length })
      .end(answer.body);
  }
}
