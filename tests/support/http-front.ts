import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { httpApiEvent } from './http-api-event.ts';
import { readBody } from './read-body.ts';
import type { RuntimeApi } from './runtime-api.ts';

/** An HTTP API in front of the function: HTTP in, payload format 2.0 through the Runtime API, HTTP out. */
export class HttpFront {
  readonly #server: Server;

  private constructor(runtime: RuntimeApi) {
    this.#server = createServer(async (req, res) => {
      const { method = 'GET', url: path = '/', headers } = req;
      const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
      const event = httpApiEvent({ method, path, headers: named, body: await readBody(req) });
      const { response } = await runtime.invoke(event);
      if (!response) return void res.writeHead(500).end('{"message":"Internal Server Error"}');
      const { statusCode, headers: answered, body } = JSON.parse(response.toString());
      res.writeHead(statusCode, answered).end(body);
    });
  }

  static async start(runtime: RuntimeApi): Promise<HttpFront> {
    const front = new HttpFront(runtime);
    await new Promise<void>((resolve) => front.#server.listen(0, '127.0.0.1', resolve));
    return front;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
