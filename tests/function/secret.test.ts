/** The secret at cold start: how it may be stored, what is never used as a key, and what happens while it cannot be had. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { signWebhook } from '../../cli/signing.ts';
import * as faults from '../support/faults.ts';
import { FunctionUnderTest, type Setup } from '../support/function-under-test.ts';
import type { SecretValue } from '../support/secrets-manager-stub.ts';
import { assertOutcome } from './contract.ts';
import { readFixture, SECRETS } from './fixtures.ts';

const PAYLOAD = '{"eventType":"conversation:created","conversation":{"id":"c-1"}}';
/** The budget of 2 s, with room for a busy host. */
const INIT_MS = 4_000;
const KEY_VALUE = { WEBHOOK_SECRET_JSON_KEY: 'webhookSecret' };

const using = (setup: Omit<Setup, 'suite'>, check: (webhook: FunctionUnderTest) => Promise<unknown>) =>
  FunctionUnderTest.using({ suite: 'secret', ...setup }, check);

/** The log but for the requests' own lines: warnings of the init phase and of refreshes. */
function messages(webhook: FunctionUnderTest): string[] {
  return webhook.process.logs
    .filter(({ message }) => message !== 'webhook')
    .map((line) => JSON.stringify(line));
}

describe('a secret that is used', () => {
  test('may be a member of a JSON object, of a secret that is named instead of given by its ARN', () => {
    const stored = JSON.stringify({ other: 1, webhookSecret: SECRETS.form });
    const env = { ...KEY_VALUE, WEBHOOK_SECRET_ARN: 'webhook-secret' };
    return using({ secret: stored, env }, async (webhook) => {
      assertOutcome(await webhook.send(signWebhook('form', PAYLOAD, SECRETS.form)), 'accepted');
      assertOutcome(await webhook.send(signWebhook('form', PAYLOAD, stored)), 'unauthorized');
    });
  });

  for (const [secret, warnings] of [
    ['sixteen-bytes!!!', 0],
    ['pass wörd 🙂 of more than the 64 bytes that make up one block of SHA-256', 0],
    [` ${SECRETS.form}\n`, 1],
    ['{"key":"short"}', 2],
  ] as const) {
    test(`is used as it is stored, with ${warnings} warnings: ${JSON.stringify(secret)}`, () =>
      using({ secret }, async (webhook) => {
        assertOutcome(await webhook.send(signWebhook('form', PAYLOAD, secret)), 'accepted');
        assert.equal(messages(webhook).length, warnings, 'one warning names each trap');
        if (secret.trim() !== secret) {
          assertOutcome(await webhook.send(signWebhook('form', PAYLOAD, secret.trim())), 'unauthorized');
        }
      }));
  }
});

describe('a secret that is never used as a key', () => {
  const unusable: [kind: string, code: string, SecretValue, env?: Record<string, string>][] = [
    ['empty', 'SecretIsBlank', ''],
    ['64 NULs', 'SecretIsBlank', '\0'.repeat(64)],
    ['binary', 'SecretIsBinary', Buffer.from(SECRETS.form)],
    ['empty binary', 'SecretIsBinary', Buffer.alloc(0)],
    ['not JSON where a key is configured', 'SecretJsonKeyMissing', SECRETS.form, KEY_VALUE],
    ['JSON whose member is empty', 'SecretIsBlank', JSON.stringify({ webhookSecret: '' }), KEY_VALUE],
    ['never put', 'ResourceNotFoundException', undefined],
  ];
  for (const [kind, code, secret, env = {}] of unusable) {
    test(`a secret that is ${kind} answers 503, and the log says ${code}`, () =>
      using({ env, prepare: ({ secret: stored }) => stored.put(secret) }, async (webhook) => {
        const keys = ['', ' ', SECRETS.form, typeof secret === 'string' ? secret : ''];
        for (const key of keys) {
          const reply = await webhook.send(signWebhook('form', PAYLOAD, key));
          assertOutcome(reply, 'secret_unavailable');
          assert.equal(reply.log.error_code, code);
        }
        assert.equal(webhook.aws.eventBridge.entries.length, 0);
        assert.ok(
          messages(webhook).some((line) => line.includes(code)),
          'the log says why',
        );
      }));
  }
});

describe('a secret that cannot be had at cold start', { concurrency: 4 }, () => {
  const request = signWebhook('form', PAYLOAD, SECRETS.form);
  for (const [outage, fault, code, mend] of [
    ['throttled', faults.throttled, 'ThrottlingException', 'tried again'],
    ['out of reach for the role', faults.accessDenied, 'AccessDeniedException', 'DescribeSecret'],
    ['without its KMS key', faults.decryptionFailure, 'DecryptionFailure', 'kms:Decrypt'],
    ['missing', faults.resourceNotFound, 'ResourceNotFoundException', 'WEBHOOK_SECRET_ARN'],
    ['behind cut connections', faults.dropped, 'DispatchFailure', 'tried again'],
    ['behind a half-open connection', faults.hanging, 'TimeoutError', 'tried again'],
    ['behind a captive portal', faults.wrongContentType, 'ServiceError', 'tried again'],
  ] as const) {
    test(`${outage}: starts within 2 s, answers 503 with ${code}, or 401 to a malformed signature, logs how to mend it, then answers 200`, () => {
      const env = { SECRET_REFRESH_COOLDOWN_SECONDS: '1' };
      const prepare: Setup['prepare'] = ({ aws }) => {
        aws.secretsManager.fault = fault;
      };
      return using({ secret: SECRETS.form, env, prepare }, async (webhook) => {
        assert.ok(webhook.initMs < INIT_MS, `init took ${webhook.initMs} ms`);
        const { pid } = webhook.process;
        const reply = await webhook.send(request);
        assertOutcome(reply, 'secret_unavailable');
        assert.equal(reply.log.error_code, code);
        assert.ok(messages(webhook).some((line) => line.includes(mend)));
        assert.ok(reply.durationMs < 7_000);
        const malformed = readFixture('form', 'signature-too-short').request;
        assertOutcome(await webhook.send(malformed), 'unauthorized', 'malformed_signature');
        webhook.aws.secretsManager.fault = faults.noFault;
        await sleep(1_100);
        assertOutcome(await webhook.send(request), 'accepted');
        assert.equal(webhook.process.pid, pid, 'no restart');
      });
    });
  }

  test('behind an endpoint that never finishes the TLS handshake: starts within 2 s and answers 503', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const env = { AWS_ENDPOINT_URL_SECRETS_MANAGER: `https://127.0.0.1:${port}` };
    await using({ secret: SECRETS.form, protocol: 'https', env }, async (webhook) => {
      assert.ok(webhook.initMs < INIT_MS, `init took ${webhook.initMs} ms`);
      assertOutcome(await webhook.send(request), 'secret_unavailable');
    });
    silent.close();
  });
});
