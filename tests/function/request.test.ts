/** How a request may arrive: header case, base64 or text, sizes, and events that no HTTP API sends. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { formBody, signWebhook } from '../../cli/signing.ts';
import { SCHEME_NAMES, SCHEMES } from '../../contract/schemes.ts';
import { FunctionUnderTest } from '../support/function-under-test.ts';
import { httpApiEvent } from '../support/http-api-event.ts';
import { assertOutcome } from './contract.ts';
import { readFixture, SECRETS } from './fixtures.ts';

const MAX_RAW_BODY_BYTES = 3.5 * 1024 * 1024;
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };

describe('request', () => {
  let webhook: FunctionUnderTest;
  before(async () => {
    webhook = await FunctionUnderTest.start({ suite: 'request', secret: SECRETS.form });
  });
  after(() => webhook.stop());

  const statusOf = async (event: unknown) => {
    const { response } = await webhook.runtime.invoke(event);
    return JSON.parse(String(response)).statusCode;
  };

  test('the signature header may be written in any case', async () => {
    const { request } = readFixture('form', 'signature-in-the-header');
    const { 'x-genesys-webhook-signature': signature = '', ...others } = request.headers;
    for (const name of ['X-Genesys-Webhook-Signature', 'X-GENESYS-WEBHOOK-SIGNATURE']) {
      const headers = { ...others, [name]: signature };
      assertOutcome(await webhook.send({ ...request, headers }), 'accepted');
    }
  });

  test('the body is read as isBase64Encoded says and not as it looks', async () => {
    const { request } = readFixture('form', 'conversation-created');
    for (const base64 of [true, false]) assertOutcome(await webhook.send({ ...request, base64 }), 'accepted');
    const body = request.body.toString('base64');
    assertOutcome(await webhook.send({ ...request, body, base64: false }), 'malformed_request');
  });

  test('a raw body over 3.5 MiB is refused before anything in it is looked at, and after a wrong method', async () => {
    const start = formBody('{}', '0'.repeat(64));
    const body = `${start}&x=${'x'.repeat(MAX_RAW_BODY_BYTES - start.length - 3)}`;
    for (const base64 of [true, false]) {
      const request = { headers: FORM_TYPE, body, base64 };
      assertOutcome(await webhook.send(request), 'unauthorized', 'signature_mismatch');
      assertOutcome(await webhook.send({ ...request, body: `${body}x` }), 'body_too_large');
    }
    assertOutcome(await webhook.send({ method: 'PUT', body: `${body}x` }), 'method_not_allowed');
  });

  const good = httpApiEvent(signWebhook('form', '{}', SECRETS.form));
  const inContext = (members: object) => ({
    ...good,
    requestContext: { ...good.requestContext, ...members },
  });

  test('members of the event that are not needed may hold anything', async () => {
    const odd = {
      ...inContext({
        authentication: null,
        authorizer: { jwt: { claims: { exp: 1700000000, groups: ['a'], admin: true }, scopes: null } },
        domainName: ' ',
        time: 1,
        timeEpoch: '1700000000000',
      }),
      version: 2,
      routeKey: null,
      rawPath: '/webhook genesys\u0000{é}',
      rawQueryString: 'a b\u0000=<>',
      queryStringParameters: { a: null },
      stageVariables: { a: 1 },
      pathParameters: null,
      cookies: ['a=b'],
      path: '/prod/webhook',
      httpMethod: 'GET',
      headers: {
        ...good.headers,
        host: 'no host',
        number: 1,
        control: 'line\nbreak',
        'bad name': 'x',
        '': null,
      },
    };
    assert.equal(await statusOf(odd), 200);
    assert.equal(await statusOf({ ...odd, headers: null, rawPath: null, cookies: null }), 200);
  });

  test('of a member that the event gives twice, the last one counts', async () => {
    const twice = JSON.stringify(good).replace('{', '{"body":"","requestContext":null,');
    assert.equal(await statusOf(twice), 200);
  });

  test('an event that no HTTP API sends is answered with 500, and the next one well', async () => {
    const { pid } = webhook.process;
    for (const event of [
      {},
      { version: '1.0', httpMethod: 'POST', path: '/', headers: {}, body: '' },
      { requestContext: [] },
      inContext({ http: { ...good.requestContext.http, method: null } }),
      'null',
      '1',
      '[]',
      '"text"',
    ]) {
      assert.equal(await statusOf(event), 500, JSON.stringify(event));
    }
    assert.ok(!webhook.process.logs.some(({ message }) => message === 'panic'));
    assert.equal(await statusOf(good), 200);
    assert.equal(webhook.process.pid, pid);
  });
});

for (const scheme of SCHEME_NAMES) {
  test(`${scheme}: a signature header that cannot be read is a malformed signature`, () =>
    FunctionUnderTest.using({ suite: 'request', scheme, secret: SECRETS[scheme] }, async (webhook) => {
      const { headers, ...request } = signWebhook(scheme, '{}', SECRETS[scheme]);
      const name = SCHEMES[scheme].header;
      for (const unreadable of [1, null, ['a'], {}, `${headers[name] ?? '0'.repeat(64)}\n`]) {
        const event = { headers: { ...headers, [name]: unreadable } };
        assertOutcome(await webhook.send({ ...request, event }), 'unauthorized', 'malformed_signature');
      }
    }));
}
