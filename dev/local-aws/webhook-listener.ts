/**
 * The webhook's own listener: all that a sender and a tunnel can reach of the local AWS.
 *
 * It passes on requests to deployed routes, and nothing else. However a path is written, it reaches neither the emulator's other
 * services nor its admin paths.
 */
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** As API Gateway ("Quotas for configuring and running an HTTP API"). */
const LONGEST_BODY_BYTES = 10 * 1024 * 1024;
/**
 * Headers that are not passed on. They concern one connection, or would change the protocol (`http2-settings`, `upgrade`).
 * `origin` is dropped because the emulator refuses pages; the webhook answers everybody, and the function does not read it.
 */
const NOT_PASSED_ON = [
  'connection',
  'origin',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** The emulator behind it. */
export interface Target {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** A header, with the value that the emulator asks of this listener. */
  readonly pass: readonly [name: string, value: string];
}

export class WebhookListener {
  readonly #server = createServer((incoming, outgoing) => {
    this.#answer(incoming, outgoing).catch(() => {
      if (outgoing.headersSent) outgoing.destroy();
      else answer(outgoing, 502, 'Bad Gateway');
    });
  });
  /** The emulator's path by the route's. */
  readonly #routes = new Map<string, string>();

  private constructor(readonly target: Target) {}

  /** @param preferredPort taken if it is free, else any */
  static async start(target: Target, preferredPort = 0): Promise<WebhookListener> {
    const listener = new WebhookListener(target);
    const server = listener.#server;
    try {
      await once(server.listen(preferredPort, '127.0.0.1'), 'listening');
    } catch {
      await once(server.listen(0, '127.0.0.1'), 'listening');
    }
    server.unref();
    return listener;
  }

  /** `http://127.0.0.1:PORT` */
  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on passes on what comes for a webhook's URL, as a stack's output names it, to a deployed API. */
  open(apiId: string, webhookUrl: string): void {
    const { pathname } = new URL(webhookUrl);
    this.#routes.set(pathname, `/_aws/execute-api/${apiId}/$default${pathname}`);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method, url = '' } = incoming;
    const [path = '', ...query] = url.split('?');
    // Byte by byte: what is decoded or resolved on its way could mean another path further on.
    const route = this.#routes.get(path);
    if (!route) return answer(outgoing, 404, 'Not Found');
    const body = await bodyOf(incoming);
    if (!body) return answer(outgoing, 413, 'Request Entity Too Large');
    const { hostname, port, host } = new URL(this.target.endpoint);
    const headers = ['host', host, ...this.target.pass, 'content-length', String(body.length)];
    const passed = request({
      ...{ hostname, port, method, agent: false },
      path: [route, ...query].join('?'),
      headers: [...headers, ...passedOn(incoming, 'host', 'content-length', this.target.pass[0])],
    });
    outgoing.once('close', () => passed.destroy());
    passed.end(body);
    const [response] = (await once(passed, 'response')) as [IncomingMessage];
    outgoing.writeHead(response.statusCode ?? 502, passedOn(response) as unknown as OutgoingHttpHeaders);
    for await (const chunk of response) outgoing.write(chunk);
    outgoing.end();
  }
}

/** Names and values in turn, repeated ones too. */
function passedOn({ rawHeaders, headers }: IncomingMessage, ...madeAnew: string[]): string[] {
  const named = headers.connection?.split(',').map((name) => name.trim().toLowerCase()) ?? [];
  const dropped = new Set([...NOT_PASSED_ON, ...named, ...madeAnew]);
  return rawHeaders.filter((_, i) => !dropped.has(rawHeaders[i - (i % 2)]?.toLowerCase() ?? ''));
}

/** `undefined` where it is longer than API Gateway takes. */
async function bodyOf(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    length += chunk.length;
    if (length <= LONGEST_BODY_BYTES) chunks.push(chunk);
  }
  return length > LONGEST_BODY_BYTES ? undefined : Buffer.concat(chunks);
}

function answer(outgoing: ServerResponse, status: number, message: string): void {
  outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }));
}
