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

  test('accepts_a_signature_header_in_any_case', async () => {
    const { request } = readFixture('form', 'signature-in-the-header');
    const { 'x-genesys-webhook-signature': signature = '', ...others } = request.headers;
    for (const name of [
      'X-Genesys-Webhook-Signature',
      'X-GENESYS-WEBHOOK-SIGNATURE',
      'x-genesys-webhook-signature',
    ]) {
      assertOutcome(
        await webhook.send({ ...request, headers: { ...others, [name]: signature } }),
        'accepted',
      );
    }
  });

  test('accepts_a_body_in_base64_and_as_text', async () => {
    const { request } = readFixture('form', 'conversation-created');
    for (const base64 of [true, false]) assertOutcome(await webhook.send({ ...request, base64 }), 'accepted');
  });

  test('reads_the_body_as_isBase64Encoded_says_and_not_as_it_looks', async () => {
    const { request } = readFixture('form', 'conversation-created');
    const body = request.body.toString('base64');
    assertOutcome(await webhook.send({ ...request, body, base64: false }), 'malformed_request');
  });

  test('refuses_a_raw_body_over_3_5_mib_before_anything_else_in_it_is_looked_at', async () => {
    const start = formBody('{}', '0'.repeat(64));
    const body = `${start}&x=${'x'.repeat(MAX_RAW_BODY_BYTES - start.length - 3)}`;
    for (const base64 of [true, false]) {
      assertOutcome(
        await webhook.send({ headers: FORM_TYPE, body, base64 }),
        'unauthorized',
        'signature_mismatch',
      );
      assertOutcome(await webhook.send({ headers: FORM_TYPE, body: `${body}x`, base64 }), 'body_too_large');
    }
  });

  test('refuses_the_method_before_the_size', async () => {
    const body = 'x'.repeat(MAX_RAW_BODY_BYTES + 1);
    assertOutcome(await webhook.send({ method: 'PUT', body }), 'method_not_allowed');
  });

  test('refuses_a_malformed_signature_before_the_secret_is_needed', async () => {
    const { request } = readFixture('form', 'signature-too-short');
    const before = webhook.aws.secretsManager.calls.DescribeSecret ?? 0;
    assertOutcome(await webhook.send(request), 'unauthorized', 'malformed_signature');
    assert.equal(webhook.aws.secretsManager.calls.DescribeSecret ?? 0, before);
  });

  test('one_body_for_every_cause_of_a_401', async () => {
    const names = [
      'signature-too-short',
      'signature-by-another-secret',
      'field-right-header-wrong',
      'signature-not-hex',
    ];
    const replies = await Promise.all(names.map((name) => webhook.send(readFixture('form', name).request)));
    assert.equal(
      new Set(replies.map(({ status, headers, body }) => JSON.stringify({ status, headers, body }))).size,
      1,
    );
  });

  test('accepts_repeated_and_unknown_headers_and_cookies', async () => {
    const event = httpApiEvent(signWebhook('form', '{"eventType":"a"}', SECRETS.form));
    const noisy = {
      ...event,
      cookies: ['a=b'],
      headers: { ...event.headers, accept: 'a,b', 'x-forwarded-for': '::1' },
    };
    const outcome = await webhook.runtime.invoke(noisy);
    assert.equal(JSON.parse(String(outcome.response)).statusCode, 200);
  });

  test('a_path_a_query_or_a_host_that_no_uri_can_hold_does_not_matter', async () => {
    const good = httpApiEvent(signWebhook('form', '{}', SECRETS.form));
    const odd = [
      { ...good, rawPath: '/webhook genesys\u0000{é}' },
      { ...good, rawQueryString: 'a b\u0000=<>' },
      { ...good, headers: { ...good.headers, host: 'no host at all' } },
      { ...good, requestContext: { ...good.requestContext, domainName: ' ' } },
    ];
    for (const event of odd) {
      const outcome = await webhook.runtime.invoke(event);
      assert.equal(JSON.parse(String(outcome.response)).statusCode, 200, JSON.stringify(event));
    }
  });

  /** Members that an HTTP API's event may have and that nobody here reads, as AWS writes them and as it does not. */
  const good = httpApiEvent(signWebhook('form', '{}', SECRETS.form));
  const inContext = (members: object) => ({
    ...good,
    requestContext: { ...good.requestContext, ...members },
  });
  const unread: Record<string, object> = {
    'a JWT authorizer with numeric claims and no scopes': inContext({
      authorizer: {
        jwt: { claims: { exp: 1700000000, sub: 'a', groups: ['a'], admin: true }, scopes: null },
      },
    }),
    'a JWT authorizer with scopes': inContext({
      authorizer: { jwt: { claims: { sub: 'a' }, scopes: ['a', 'b'] } },
    }),
    'a Lambda authorizer': inContext({
      authorizer: { lambda: { key: 'value', number: 1, list: [1, null], nested: {} } },
    }),
    'an IAM authorizer': inContext({
      authorizer: {
        iam: {
          accessKey: 'ARIA2ZJZYVUEREEIHAKY',
          accountId: '123456789012',
          callerId: 'AROA7ZJZYVRE7C3DUXHH6:CognitoIdentityCredentials',
          cognitoIdentity: { amr: null, identityId: null, identityPoolId: null },
          principalOrgId: 'AwsOrgId',
          userArn: 'arn:aws:iam::123456789012:user/a',
          userId: 'AROA7ZJZYVRE7C3DUXHH6',
        },
      },
    }),
    'an authorizer that is null': inContext({ authorizer: null }),
    'a client certificate without validity': inContext({
      authentication: {
        clientCert: { clientCertPem: 'CERT', subjectDN: 'a', issuerDN: 'b', serialNumber: 'c' },
      },
    }),
    'an authentication that is null': inContext({ authentication: null }),
    'a time that is a string': inContext({ timeEpoch: '1700000000000', time: 1 }),
    'a query value that is null': { ...good, queryStringParameters: { a: null, b: 'c,d' } },
    'a stage variable that is a number': { ...good, stageVariables: { a: 1 } },
    'path parameters that are null': { ...good, pathParameters: null, cookies: null },
    'a path beside rawPath': { ...good, path: '/prod/webhook', httpMethod: 'GET', resource: '/{proxy+}' },
    'a version that is a number': { ...good, version: 2, routeKey: null, rawPath: null },
    'a header that is a number': { ...good, headers: { ...good.headers, 'x-number': 1 } },
    'a header with a control character': { ...good, headers: { ...good.headers, 'x-bad': 'line\nbreak' } },
    'a header with a name that is none': { ...good, headers: { ...good.headers, 'bad name': 'x', '': null } },
    'no headers but null': { ...good, headers: null },
  };
  for (const [what, event] of Object.entries(unread)) {
    test(`${what} does not stand in a webhook's way`, async () => {
      const { response } = await webhook.runtime.invoke(event);
      assert.equal(JSON.parse(String(response)).statusCode, 200);
    });
  }

  test("a member given twice does not stand in a webhook's way", async () => {
    const twice = JSON.stringify(good).replace('{', '{"rawPath":"/a","headers":{},');
    const { response } = await webhook.runtime.invoke(twice);
    assert.equal(JSON.parse(String(response)).statusCode, 200);
  });

  test('answers_something_to_events_that_no_http_api_sends_and_lives_on', async () => {
    const odd = [
      {},
      { version: '2.0' },
      { version: '1.0', httpMethod: 'POST', path: '/', headers: {}, body: '' },
      { Records: [] },
      { ...good, body: 'not*base64', isBase64Encoded: true },
      { ...good, headers: 'none' },
      inContext({ http: { ...good.requestContext.http, method: null } }),
      'null',
      '[]',
      '"text"',
    ];
    const { pid } = webhook.process;
    for (const event of odd) {
      const { response } = await webhook.runtime.invoke(event);
      assert.equal(JSON.parse(String(response)).statusCode, 500, JSON.stringify(event));
    }
    const panics = webhook.process.logs.filter(({ message }) => message === 'panic');
    assert.deepEqual(panics, []);
    assertOutcome(await webhook.send(signWebhook('form', '{}', SECRETS.form)), 'accepted');
    assert.equal(webhook.process.pid, pid);
  });
});

for (const scheme of SCHEME_NAMES) {
  test(`${scheme}: a signature header that cannot be read is a malformed signature`, () =>
    FunctionUnderTest.using({ suite: 'request', scheme, secret: SECRETS[scheme] }, async (webhook) => {
      const { headers, ...request } = signWebhook(scheme, '{}', SECRETS[scheme]);
      const name = SCHEMES[scheme].header;
      const values = [1, null, ['a'], {}, `${headers[name] ?? '0'.repeat(64)}\n`];
      for (const unreadable of values) {
        const event = { headers: { ...headers, [name]: unreadable } };
        assertOutcome(await webhook.send({ ...request, event }), 'unauthorized', 'malformed_signature');
      }
    }));
}
