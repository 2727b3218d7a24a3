/** `ALLOWED_CIDRS`: who may send at all, by the address that API Gateway saw. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Outcome } from '../../contract/outcomes.ts';
import { FunctionUnderTest } from '../support/function-under-test.ts';
import type { TestRequest } from '../support/http-api-event.ts';
import { assertOutcome } from './contract.ts';
import { readFixture, SECRETS } from './fixtures.ts';

const SETUP = { suite: 'sources', secret: SECRETS.form };
const ALLOWED = { ALLOWED_CIDRS: '192.0.2.0/24, 198.51.100.7/32,2001:db8::/32' };
const { request } = readFixture('form', 'conversation-created');

describe('source addresses', () => {
  test('an_address_inside_a_block_is_let_through_and_any_other_gets_403', () =>
    FunctionUnderTest.using({ ...SETUP, env: ALLOWED }, async (webhook) => {
      const answers: [string, Outcome][] = [
        ['192.0.2.0', 'accepted'],
        ['192.0.2.255', 'accepted'],
        ['198.51.100.7', 'accepted'],
        ['2001:db8:ffff::1', 'accepted'],
        ['192.0.3.0', 'forbidden_source'],
        ['198.51.100.8', 'forbidden_source'],
        ['2001:db9::1', 'forbidden_source'],
        ['', 'forbidden_source'],
        ['not an address', 'forbidden_source'],
      ];
      for (const [sourceIp, outcome] of answers) {
        const reply = await webhook.send({ ...request, sourceIp });
        assertOutcome(reply, outcome);
        if (outcome === 'forbidden_source') assert.equal(reply.log.source_ip, sourceIp);
      }
    }));

  test('headers_that_a_sender_can_write_do_not_count', () =>
    FunctionUnderTest.using({ ...SETUP, env: ALLOWED }, async (webhook) => {
      const forged = { 'x-forwarded-for': '192.0.2.1', forwarded: 'for=192.0.2.1', 'x-real-ip': '192.0.2.1' };
      const headers = { ...request.headers, ...forged };
      assertOutcome(await webhook.send({ ...request, headers, sourceIp: '203.0.113.7' }), 'forbidden_source');
    }));

  test('the_address_is_checked_before_all_else', () =>
    FunctionUnderTest.using({ ...SETUP, env: ALLOWED }, async (webhook) => {
      const others: TestRequest[] = [
        { method: 'GET' },
        { body: '' },
        { ...request, body: 'x'.repeat(3.5 * 1024 * 1024 + 1) },
        readFixture('form', 'signature-too-short').request,
        readFixture('form', 'payload-null').request,
      ];
      for (const other of others) {
        assertOutcome(await webhook.send({ ...other, sourceIp: '203.0.113.7' }), 'forbidden_source');
      }
      assert.deepEqual(
        webhook.calls,
        { GetSecretValue: 1, PutEvents: 1 },
        'no call but those of the cold start',
      );
    }));

  test('without_a_list_every_address_may_send', () =>
    FunctionUnderTest.using({ ...SETUP, env: { ALLOWED_CIDRS: '' } }, async (webhook) => {
      for (const sourceIp of ['203.0.113.7', '::1', '']) {
        assertOutcome(await webhook.send({ ...request, sourceIp }), 'accepted');
      }
    }));
});
