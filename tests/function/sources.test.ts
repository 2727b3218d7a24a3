/** `ALLOWED_CIDRS`: who may send at all, by the address that API Gateway saw. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Outcome } from '../../contract/outcomes.ts';
import { FunctionUnderTest } from '../support/function-under-test.ts';
import type { TestRequest } from '../support/http-api-event.ts';
import { assertOutcome } from './contract.ts';
import { readFixture, SECRETS } from './fixtures.ts';

const { request } = readFixture('form', 'conversation-created');

const using = (ALLOWED_CIDRS: string, check: (webhook: FunctionUnderTest) => Promise<void>) =>
  FunctionUnderTest.using({ suite: 'sources', secret: SECRETS.form, env: { ALLOWED_CIDRS } }, check);

describe('source addresses', () => {
  test('an address inside a block is let through, and any other gets 403', () =>
    using('192.0.2.0/24, 198.51.100.7/32,2001:db8::/32', async (webhook) => {
      const answers: Record<string, Outcome> = {
        '192.0.2.0': 'accepted',
        '192.0.2.255': 'accepted',
        '::ffff:192.0.2.1': 'accepted',
        '198.51.100.7': 'accepted',
        '2001:db8:ffff::1': 'accepted',
        '192.0.3.0': 'forbidden_source',
        '198.51.100.8': 'forbidden_source',
        '2001:db9::1': 'forbidden_source',
        '': 'forbidden_source',
        'not an address': 'forbidden_source',
      };
      for (const [sourceIp, outcome] of Object.entries(answers)) {
        const reply = await webhook.send({ ...request, sourceIp });
        assertOutcome(reply, outcome);
        if (outcome === 'forbidden_source') assert.equal(reply.log.source_ip, sourceIp);
      }
      const requestId = 'no-address';
      const event = { requestContext: { requestId, http: { method: 'POST' } } };
      const { log } = await webhook.send({ ...request, requestId, event });
      assert.equal(log.outcome, 'forbidden_source', 'without any address');
    }));

  test('the address is checked before all else, and headers that a sender can write do not count', () =>
    using('192.0.2.0/24', async (webhook) => {
      const forged = { 'x-forwarded-for': '192.0.2.1', forwarded: 'for=192.0.2.1', 'x-real-ip': '192.0.2.1' };
      const others: TestRequest[] = [
        { ...request, headers: { ...request.headers, ...forged } },
        { method: 'GET' },
        { body: '' },
        { ...request, body: 'x'.repeat(3.5 * 1024 * 1024 + 1) },
        readFixture('form', 'signature-too-short').request,
        readFixture('form', 'payload-null').request,
      ];
      for (const other of others) {
        assertOutcome(await webhook.send({ ...other, sourceIp: '203.0.113.7' }), 'forbidden_source');
      }
      assert.deepEqual(webhook.calls, { GetSecretValue: 1, PutEvents: 1 }, 'those of the cold start');
    }));

  test('without a list every address may send', () =>
    using('', async (webhook) => {
      for (const sourceIp of ['203.0.113.7', '::1', '']) {
        assertOutcome(await webhook.send({ ...request, sourceIp }), 'accepted');
      }
    }));
});
