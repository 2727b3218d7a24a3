/** How a request may arrive: header case, base64 or text, sizes, and events that no HTTP API sends. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { formBody, signWebhook } from '../../tools/signing.ts';
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

  test('answers_something_to_events_that_no_http_api_sends_and_lives_on', async () => {
    const good = httpApiEvent(signWebhook('form', '{}', SECRETS.form));
    const odd = [
      {},
      { version: '2.0' },
      { version: '1.0', httpMethod: 'POST', path: '/', headers: {}, body: '' },
      { Records: [] },
      { ...good, body: 'not*base64', isBase64Encoded: true },
      { ...good, headers: { ...good.headers, 'x-bad': 'line\nbreak' } },
      { ...good, headers: { ...good.headers, 'bad name': 'x' } },
      'null',
      '[]',
      '"text"',
    ];
    const { pid } = webhook.process;
    for (const event of odd) {
      const outcome = await webhook.runtime.invoke(event);
      const status = outcome.response && JSON.parse(outcome.response.toString()).statusCode;
      assert.notEqual(status, 200, JSON.stringify(event));
      assert.notEqual(outcome.error?.errorType, 'Runtime.ExitError', JSON.stringify(event));
    }
    // lambda_http panics on what is not base64, with the offending byte in its message.
    const panic = webhook.process.logs.find(({ message }) => message === 'panic');
    assert.ok(String(panic?.location).includes('.rs:'), 'the log names the place of a panic');
    assert.ok(!JSON.stringify(webhook.process.logs).includes('InvalidByte'), 'and not its message');
    assertOutcome(await webhook.send(signWebhook('form', '{}', SECRETS.form)), 'accepted');
    assert.equal(webhook.process.pid, pid);
  });
});
