import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { PrivateCa } from '../../dev/local-aws/private-ca.ts';
import { type Answer, type Call, type Fault, noFault } from './faults.ts';
import { readBody } from './read-body.ts';

/** HTTP/1.1 in the clear, HTTP/1.1 over TLS, or HTTP/2 over TLS: each server speaks one and no other. */
export type Protocol = 'http' | 'https' | 'h2';

/** For the two protocols that need a certificate. */
export interface Tls {
  protocol: Exclude<Protocol, 'http'>;
  ca: PrivateCa;
}

export type Request = IncomingMessage | Http2ServerRequest;
type Response = ServerResponse | Http2ServerResponse;

/** As the client's port names it, which no two open connections share. */
interface Connection {
  number: number;
  socket: Socket;
}

/** An HTTP(S) server on 127.0.0.1 that counts, and that fails as told. */
export class FaultyServer {
  /** Applies to every call from now on. */
  fault: Fault = noFault;
  /** TCP connections accepted so far. */
  connections = 0;
  /** Calls so far by operation, failed ones included. */
  readonly calls: Record<string, number> = {};
  /** The latest call, failed or not. */
  lastCall: Call | undefined;
  readonly #server: Server;
  readonly #open = new Map<number | undefined, Connection>();
  #port = 0;

  /**
   * @param handle gives the true answer; it runs only if the fault asks for it.
   * @param tls left out, it speaks plain HTTP/1.1.
   */
  constructor(
    private readonly handle: (call: Call, req: Request) => Promise<Answer>,
    private readonly tls?: Tls,
  ) {
    this.#server = createServerOf(tls, (req, res) => {
      const connection = this.#open.get(req.socket.remotePort);
      if (!connection) return; // closed since
      this.#serve(req, res, connection).catch(() => connection.socket.destroy());
    });
    // Below TLS and HTTP/2, where a connection is one thing to count and to cut, whatever it carries.
    this.#server.on('connection', (socket: Socket) => {
      const port = socket.remotePort;
      this.connections += 1;
      this.#open.set(port, { number: this.connections, socket });
      socket.on('close', () => {
        if (this.#open.get(port)?.socket === socket) this.#open.delete(port);
      });
    });
  }

  get url(): string {
    return `${this.tls ? 'https' : 'http'}://127.0.0.1:${this.#port}`;
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
    for (const { socket } of this.#open.values()) socket.destroy();
    await closed;
  }

  async #serve(req: Request, res: Response, { number, socket }: Connection): Promise<void> {
    const { headers } = req;
    const operation = String(headers['x-amz-target'] ?? '').replace(/^.*?\./, '');
    const call: Call = { operation, connection: number, headers, body: await readBody(req) };
    this.calls[operation] = (this.calls[operation] ?? 0) + 1;
    this.lastCall = call;
    const answer = await this.fault(call, () => this.handle(call, req));
    if (!answer) return void socket.destroy();
    // Two classes with the same method, which TypeScript cannot call as one.
    (res as ServerResponse)
      .writeHead(answer.status, { ...answer.headers, 'content-length': answer.body.length })
      .end(answer.body);
  }
}

function createServerOf(tls: Tls | undefined, onRequest: (req: Request, res: Response) => void): Server {
  // A client's idle pool must not be closed under it: that would look like one of our faults.
  const options = { keepAliveTimeout: 0, requestTimeout: 0 };
  if (!tls) return createServer(options, onRequest);
  if (tls.protocol === 'https') return createTlsServer({ ...options, ...tls.ca.server }, onRequest);
  return createSecureServer(tls.ca.server, onRequest);
}
