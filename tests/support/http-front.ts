import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { httpApiEvent } from './http-api-event.ts';
import { readBody } from './read-body.ts';
import type { RuntimeApi } from './runtime-api.ts';

/** An HTTP API in front of the function: HTTP in, payload format 2.0 through the Runtime API, HTTP out. */
export class HttpFront {
  readonly #server;

  private constructor(runtime: RuntimeApi) {
    this.#server = createServer(async (req, res) => {
      const { method = 'GET', url: path = '/' } = req;
      const headers = req.headers as Record<string, string>;
      const { response } = await runtime.invoke(
        httpApiEvent({ method, path, headers, body: await readBody(req) }),
      );
      if (!response) return void res.writeHead(500).end('{"message":"Internal Server Error"}');
      const answer = JSON.parse(response.toString());
      res.writeHead(answer.statusCode, answer.headers).end(answer.body);
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
