/** The secret at cold start: how it may be stored, what is never used as a key, and what happens while it cannot be had. */
import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, test } from 'node:test';
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
  test('cold_start_is_one_get_secret_value', () =>
    using({ secret: SECRETS.form }, async (webhook) => {
      assertOutcome(await webhook.send(signWebhook('form', PAYLOAD, SECRETS.form)), 'accepted');
      assert.deepEqual(webhook.aws.secretsManager.calls, { GetSecretValue: 1 });
    }));

  test('a_secret_may_be_named_instead_of_given_by_arn', () =>
    using({ secret: SECRETS.form, env: { WEBHOOK_SECRET_ARN: 'webhook-secret' } }, async (webhook) => {
      assertOutcome(await webhook.send(signWebhook('form', PAYLOAD, SECRETS.form)), 'accepted');
    }));

  test('a_json_member_holds_the_secret_where_a_key_is_configured', () => {
    const stored = JSON.stringify({ other: 1, webhookSecret: SECRETS.form });
    return using({ secret: stored, env: KEY_VALUE }, async (webhook) => {
      assertOutcome(await webhook.send(signWebhook('form', PAYLOAD, SECRETS.form)), 'accepted');
      assertOutcome(
        await webhook.send(signWebhook('form', PAYLOAD, stored)),
        'unauthorized',
        'signature_mismatch',
      );
    });
  });

  test('a_json_secret_is_a_plain_string_where_no_key_is_configured', () => {
    const stored = JSON.stringify({ webhookSecret: SECRETS.form });
    return using({ secret: stored }, async (webhook) => {
      assertOutcome(await webhook.send(signWebhook('form', PAYLOAD, stored)), 'accepted');
    });
  });

  const traps: Record<string, string> = {
    'a newline at the end': `${SECRETS.form}\n`,
    'a space in front': ` ${SECRETS.form}`,
    'a NUL at the end': `${SECRETS.form}\0`,
    'fewer than 16 bytes': 'fifteen-bytes!!',
  };
  for (const [trap, secret] of Object.entries(traps)) {
    test(`uses_a_secret_with_${trap.replaceAll(' ', '_')}_as_it_is_and_warns`, () =>
      using({ secret }, async (webhook) => {
        assertOutcome(await webhook.send(signWebhook('form', PAYLOAD, secret)), 'accepted');
        assert.equal(messages(webhook).length, 1, 'one warning names the trap');
        if (secret.trim() !== secret) {
          assertOutcome(await webhook.send(signWebhook('form', PAYLOAD, secret.trim())), 'unauthorized');
        }
      }));
  }

  test('a_sound_secret_gives_no_warning', () =>
    using({ secret: 'sixteen-bytes!!!' }, async (webhook) => {
      assertOutcome(await webhook.send(signWebhook('form', PAYLOAD, 'sixteen-bytes!!!')), 'accepted');
      assert.deepEqual(messages(webhook), []);
    }));
});

describe('a secret that is never used as a key', () => {
  const unusable: [string, SecretValue, Record<string, string>?][] = [
    ['empty', ''],
    ['all white space', ' \t\r\n'],
    ['NUL', '\0'],
    ['64 NULs', '\0'.repeat(64)],
    ['control and format characters', '\u0085\u007f\ufeff\u200b \u00a0'],
    ['binary', Buffer.from(SECRETS.form)],
    ['empty binary', Buffer.alloc(0)],
    ['not JSON where a key is configured', SECRETS.form, KEY_VALUE],
    ['JSON without the key', JSON.stringify({ webhooksecret: SECRETS.form }), KEY_VALUE],
    ['JSON whose member is empty', JSON.stringify({ webhookSecret: '' }), KEY_VALUE],
    ['JSON whose member is white space', JSON.stringify({ webhookSecret: ' ' }), KEY_VALUE],
    ['JSON whose member is NUL', JSON.stringify({ webhookSecret: '\0' }), KEY_VALUE],
    ['JSON whose member is a number', JSON.stringify({ webhookSecret: 1234567890123456 }), KEY_VALUE],
    ['a JSON array', JSON.stringify([SECRETS.form]), KEY_VALUE],
    ['never put', undefined],
  ];
  for (const [kind, secret, env = {}] of unusable) {
    test(`a_secret_that_is_${kind.replaceAll(' ', '_')}_answers_503`, () =>
      using({ env, prepare: ({ secret: stored }) => stored.put(secret) }, async (webhook) => {
        const keys = ['', ' ', SECRETS.form, typeof secret === 'string' ? secret : ''];
        for (const key of keys) {
          assertOutcome(await webhook.send(signWebhook('form', PAYLOAD, key)), 'secret_unavailable');
        }
        assert.equal(webhook.aws.eventBridge.entries.length, 0);
        assert.ok(messages(webhook).length > 0, 'the log says why');
      }));
  }
});

describe('a secret that cannot be had at cold start', { concurrency: 4 }, () => {
  const request = signWebhook('form', PAYLOAD, SECRETS.form);
  const outages = {
    throttled: faults.throttled,
    'failing inside': faults.internalError,
    'out of reach for the role': faults.accessDenied,
    'without its KMS key': faults.decryptionFailure,
    'without the secret': faults.resourceNotFound,
    'dropping connections': faults.dropped,
    'half-open': faults.hanging,
    'a captive portal': faults.wrongContentType,
    'cutting its answers short': faults.truncated,
  };
  for (const [outage, fault] of Object.entries(outages)) {
    test(`${outage}: starts all the same within 2 s, answers 503, then 200 as soon as it is back`, () => {
      const env = { SECRET_REFRESH_COOLDOWN_SECONDS: '1' };
      const prepare: Setup['prepare'] = ({ aws }) => {
        aws.secretsManager.fault = fault;
      };
      return using({ secret: SECRETS.form, env, prepare }, async (webhook) => {
        assert.ok(webhook.initMs < INIT_MS, `init took ${webhook.initMs} ms`);
        const { pid } = webhook.process;
        const reply = await webhook.send(request);
        assertOutcome(reply, 'secret_unavailable');
        assert.ok(reply.durationMs < 7_000);
        assertOutcome(await webhook.send(readFixture('form', 'signature-too-short').request), 'unauthorized');
        webhook.aws.secretsManager.fault = faults.noFault;
        await new Promise((resolve) => setTimeout(resolve, 1_100));
        assertOutcome(await webhook.send(request), 'accepted');
        assert.equal(webhook.process.pid, pid, 'no restart');
      });
    });
  }

  test('refused: starts all the same, answers 503, then 200 as soon as it is back', () =>
    using(
      {
        secret: SECRETS.form,
        env: { SECRET_REFRESH_COOLDOWN_SECONDS: '1' },
        prepare: ({ aws }) => aws.secretsManager.stop(),
      },
      async (webhook) => {
        assertOutcome(await webhook.send(request), 'secret_unavailable');
        await webhook.aws.secretsManager.start();
        await new Promise((resolve) => setTimeout(resolve, 1_100));
        assertOutcome(await webhook.send(request), 'accepted');
      },
    ));

  test('an_endpoint_that_never_finishes_the_tls_handshake_holds_init_up_for_2_s_at_most', async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const env = { AWS_ENDPOINT_URL_SECRETS_MANAGER: `https://127.0.0.1:${port}` };
    try {
      await using({ secret: SECRETS.form, protocol: 'https', env }, async (webhook) => {
        assert.ok(webhook.initMs < INIT_MS, `init took ${webhook.initMs} ms`);
        assertOutcome(await webhook.send(request), 'secret_unavailable');
      });
    } finally {
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  });

  test('names_the_error_and_the_way_to_mend_it', async () => {
    for (const [fault, code, mend] of [
      [faults.accessDenied, 'AccessDeniedException', 'secretsmanager:DescribeSecret'],
      [faults.resourceNotFound, 'ResourceNotFoundException', 'WEBHOOK_SECRET_ARN'],
      [faults.decryptionFailure, 'DecryptionFailure', 'kms:Decrypt'],
    ] as const) {
      const prepare: Setup['prepare'] = ({ aws }) => {
        aws.secretsManager.fault = fault;
      };
      await using({ secret: SECRETS.form, prepare }, async (webhook) => {
        assert.ok(
          messages(webhook).some((line) => line.includes(code) && line.includes(mend)),
          code,
        );
        const reply = await webhook.send(request);
        assert.equal(reply.log.error_code, code);
      });
    }
  });
});
