import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { httpApiEvent } from './http-api-event.ts';
import { readBody } from './read-body.ts';
import type { RuntimeApi } from './runtime-api.ts';

/** An HTTP API in front of the function: HTTP in, payload format 2.0 through the Runtime API, HTTP out. */
export async function startHttpFront(runtime: RuntimeApi) {
  const server = createServer(async (req, res) => {
    const { method, url: path } = req;
    const headers = req.headers as Record<string, string>;
    const event = httpApiEvent({ method, path, headers, body: await readBody(req) });
    const { response } = await runtime.invoke(event);
    if (!response) return void res.writeHead(500).end('{"message":"Internal Server Error"}');
    const answer = JSON.parse(response.toString());
    res.writeHead(answer.statusCode, answer.headers).end(answer.body);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => server.close().closeAllConnections(),
  };
}
