/** The webhook's own listener, in front of a stub: what it passes on, and as what. */
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
  before(async () => {
    await once(emulator.listen(0, '127.0.0.1'), 'listening');
    const endpoint = `http://127.0.0.1:${(emulator.address() as AddressInfo).port}`;
    listener = await WebhookListener.start({ endpoint, pass: [PASS, 'right'] });
    listener.open(`https://abc123.execute-api.eu-central-1.amazonaws.com${PATH}`);
  });
  beforeEach(() => {
    passed.length = 0;
  });
  after(async () => {
    await listener.stop();
    emulator.close();
  });

  async function sent(method: string, path: string, headers: OutgoingHttpHeaders = {}, body?: Buffer) {
    const { hostname, port } = new URL(listener.origin);
    const outgoing = request({ hostname, port, method, path, headers, agent: false });
    outgoing.end(body);
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    return { response, body: await text(response) };
  }

  test('passes_on_the_bytes_the_query_and_the_headers_of_a_route', async () => {
    const body = Buffer.from('\0\xffwebhook=1', 'latin1');
    const headers = { 'x-hub-signature-256': ['a', 'b'], 'Content-Type': 'text/plain' };
    const answer = await sent('POST', `${PATH}?a=1?&b=%2f`, headers, body);
    assert.deepEqual([answer.response.statusCode, answer.body], [405, 'no']);
    assert.equal(answer.response.headers.allow, 'POST');
    assert.equal(passed[0]?.request.method, 'POST');
    assert.equal(passed[0]?.request.url, `/_aws/execute-api/abc123/$default${PATH}?a=1?&b=%2f`);
    assert.deepEqual(passed[0]?.request.headersDistinct['x-hub-signature-256'], ['a', 'b']);
    assert.equal(passed[0]?.request.headers['content-type'], 'text/plain');
    assert.deepEqual(passed[0]?.body, body);
  });

  test('makes_the_host_the_pass_and_the_framing_itself', async () => {
    await sent('POST', PATH, {
      Host: 'visitor.example.org',
      [PASS]: ['wrong', 'right'],
      Connection: 'close, X-Named',
      'X-Named': 'x',
      Upgrade: 'h2c',
      Origin: 'https://example.org',
      'HTTP2-Settings': 'AAMAAABkAAQAAP__',
      'Transfer-Encoding': 'chunked',
    });
    const { request } = passed[0] ?? assert.fail('nothing was passed on');
    assert.deepEqual(request.headersDistinct.host, [`127.0.0.1:${(emulator.address() as AddressInfo).port}`]);
    assert.deepEqual(request.headersDistinct[PASS], ['right']);
    assert.equal(request.headers['content-length'], '0');
    for (const name of ['x-named', 'origin', 'upgrade', 'http2-settings', 'transfer-encoding'])
      assert.equal(request.headers[name], undefined, name);
  });

  test('passes_on_no_other_path', async () => {
    for (const path of [
      '/',
      '/_ministack/health',
      `${PATH}/`,
      `/${PATH}`,
      `http://x${PATH}`,
      '/%77ebhook/genesys/events',
    ])
      assert.equal((await sent('POST', path)).response.statusCode, 404, path);
    assert.equal(passed.length, 0);
  });

  test('passes_on_as_much_as_api_gateway_takes', async () => {
    const limit = 10 * 1024 * 1024;
    assert.equal((await sent('POST', PATH, {}, Buffer.alloc(limit))).response.statusCode, 405);
    assert.equal((await sent('POST', PATH, {}, Buffer.alloc(limit + 1))).response.statusCode, 413);
    assert.equal(passed.length, 1);
  });

  test('takes_another_port_where_the_preferred_one_is_taken', async () => {
    const { port } = new URL(listener.origin);
    const second = await WebhookListener.start(
      { endpoint: 'http://127.0.0.1:9', pass: [PASS, ''] },
      Number(port),
    );
    second.open(`https://abc123.execute-api.eu-central-1.amazonaws.com${PATH}`);
    assert.notEqual(second.origin, listener.origin);
    assert.equal((await fetch(`${second.origin}${PATH}`)).status, 502, 'there is no emulator behind it');
    await second.stop();
  });
});
