/** The webhook's own listener, in front of a stub: what it passes on, and as what. `tests/end-to-end/guard.ts` has the rest. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { after, before, beforeEach, describe, test } from 'node:test';
import { WebhookListener } from '../../dev/local-aws/webhook-listener.ts';

const PATH = '/webhook/genesys/events';
const PASS = 'x-pass';

describe("the webhook's listener", () => {
  const passed: { request: IncomingMessage; body: Buffer }[] = [];
  const emulator = createServer(async (request, response) => {
    passed.push({ request, body: await buffer(request) });
    response.writeHead(405, { allow: 'POST', 'content-length': 2 }).end('no');
  });
  let listener: WebhookListener;
  let host: string;
  before(async () => {
    await once(emulator.listen(0, '127.0.0.1'), 'listening');
    host = `127.0.0.1:${(emulator.address() as AddressInfo).port}`;
    listener = await WebhookListener.start({ endpoint: `http://${host}`, pass: [PASS, 'right'] });
    listener.open('abc123', `https://webhooks.example.com${PATH}`);
  });
  beforeEach(() => passed.splice(0));
  after(async () => {
    emulator.close();
    await listener.stop();
  });

  async function post(path: string, headers: OutgoingHttpHeaders, body?: Buffer) {
    const outgoing = request(listener.origin, { method: 'POST', path, headers, agent: false });
    outgoing.end(body);
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    return { status: response.statusCode, allow: response.headers.allow, body: await text(response) };
  }

  test('passes on the bytes, the query and the headers of a route, and the answer', async () => {
    const body = Buffer.from('\0\xffwebhook=1', 'latin1');
    const headers = { 'x-hub-signature-256': ['a', 'b'], 'Content-Type': 'text/plain' };
    const answer = await post(`${PATH}?a=1?&b=%2f`, headers, body);
    assert.deepEqual(answer, { status: 405, allow: 'POST', body: 'no' });
    assert.equal(passed[0]?.request.method, 'POST');
    assert.equal(passed[0]?.request.url, `/_aws/execute-api/abc123/$default${PATH}?a=1?&b=%2f`);
    assert.deepEqual(passed[0]?.request.headersDistinct['x-hub-signature-256'], ['a', 'b']);
    assert.equal(passed[0]?.request.headers['content-type'], 'text/plain');
    assert.deepEqual(passed[0]?.body, body);
  });

  test('makes the host, the pass and the framing itself', async () => {
    await post(PATH, {
      Host: 'visitor.example.org',
      [PASS]: ['wrong', 'right'],
      Connection: 'close, X-Named',
      'X-Named': 'x',
      Upgrade: 'h2c',
      Origin: 'https://example.org',
      'HTTP2-Settings': 'AAMAAABkAAQAAP__',
      'Transfer-Encoding': 'chunked',
    });
    const { headersDistinct } = passed[0]?.request ?? assert.fail('nothing was passed on');
    const made = { host: [host], [PASS]: ['right'], 'content-length': ['0'], connection: ['close'] };
    assert.deepEqual({ ...headersDistinct }, made);
  });

  test('passes on as much as API Gateway takes', async () => {
    const limit = 10 * 1024 * 1024;
    assert.equal((await post(PATH, {}, Buffer.alloc(limit))).status, 405);
    assert.equal((await post(PATH, {}, Buffer.alloc(limit + 1))).status, 413);
    assert.equal(passed.length, 1);
  });

  test('passes on no other path, however it is written', async () => {
    const others = [
      '/',
      `${PATH}/`,
      `${PATH};x`,
      `${PATH}/..%2f`,
      `/x/..${PATH}`,
      PATH.replace('/g', '%2fg'),
    ];
    for (const path of others) assert.equal((await post(path, {})).status, 404, path);
    assert.deepEqual(passed, []);
  });

  test('answers 502 once there is no emulator behind it', async () => {
    await new Promise((resolve) => emulator.close(resolve));
    assert.equal((await post(PATH, {})).status, 502);
  });
});
