/**
 * The internet, as a function here reaches it: a proxy for its `HTTPS_PROXY` that answers for every host itself, over TLS,
 * under a certificate authority made for one run.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { PrivateCa } from './private-ca.ts';

export interface SiteRequest {
  readonly host: string;
  readonly method: string;
  /** With its query string. */
  readonly path: string;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

export interface SiteAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

/** What is at all hosts; `undefined` closes the connection without an answer. */
export type Site = (request: SiteRequest) => Promise<SiteAnswer | undefined>;

export class Internet {
  readonly #sockets = new Set<Socket>();
  readonly #proxy = createServer();

  private constructor(private readonly certificateFile: string) {}

  /** @param ca whose certificate names the hosts that there are */
  static async start(ca: PrivateCa, site: Site): Promise<Internet> {
    const internet = new Internet(ca.certificateFile);
    const tls = createTlsServer({ ...ca.server, keepAliveTimeout: 0 }, (request, response) => {
      answer(request, response, site).catch(() => response.destroy());
    });
    internet.#proxy.on('connect', (_, socket: Socket) => {
      internet.#sockets.add(socket.once('close', () => internet.#sockets.delete(socket)));
      socket.on('error', () => {}); // a client that is killed
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      tls.emit('connection', socket);
    });
    internet.#proxy.unref();
    await once(internet.#proxy.listen(0, '127.0.0.1'), 'listening');
    return internet;
  }

  /** What sends a process here. */
  get env(): Record<string, string> {
    return {
      HTTPS_PROXY: `http://127.0.0.1:${(this.#proxy.address() as AddressInfo).port}`,
      NO_PROXY: '127.0.0.1,localhost',
      SSL_CERT_FILE: this.certificateFile,
    };
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#proxy.closeAllConnections();
    await new Promise((resolve) => this.#proxy.close(resolve));
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, site: Site): Promise<void> {
  const { headers, method = '', url: path = '' } = request;
  const body = Buffer.concat(await request.toArray());
  const host = String(headers.host).replace(/:\d+$/, '');
  const answered = await site({ host, method, path, headers, body });
  if (!answered) return void response.destroy();
  const length = { 'content-length': String(answered.body.length) };
  response.writeHead(answered.status, { ...answered.headers, ...length }).end(answered.body);
}
