/** Rotation as one execution environment lives through it; every order of steps is a unit test with virtual time. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { signWebhook } from '../../cli/signing.ts';
import * as faults from '../support/faults.ts';
import { FunctionUnderTest, type Reply, type Setup } from '../support/function-under-test.ts';
import { forbid } from '../support/test-logs.ts';
import { assertOutcome } from './contract.ts';

const [OLD, NEW, NEWER] = ['old-secret-0123456789', 'new-secret-0123456789', 'newer-secret-0123456789'];
const PAYLOAD = '{"eventType":"conversation:created","conversation":{"id":"c-1"}}';
const DAY_MS = 86_400_000;
/** The shortest that are allowed, so that a test can wait for them. */
const QUICK = { SECRET_CACHE_TTL_SECONDS: '1', SECRET_REFRESH_COOLDOWN_SECONDS: '1' };
const A_TTL_MS = 1_100;

forbid(OLD, NEW, NEWER);

const using = (setup: Omit<Setup, 'suite'>, check: (webhook: FunctionUnderTest) => Promise<unknown>) =>
  FunctionUnderTest.using({ suite: 'rotation', ...setup }, check);
const signedWith = (webhook: FunctionUnderTest, secret: string) =>
  webhook.send(signWebhook('form', PAYLOAD, secret));

function assertVerifiedBy(webhook: FunctionUnderTest, reply: Reply, stage: string): void {
  assertOutcome(reply, 'accepted');
  assert.equal(reply.log.secret_stage, stage);
  assert.equal(reply.log.secret_version_id, webhook.secret.versionId(stage));
  const published = JSON.parse(webhook.aws.eventBridge.entries.at(-1)?.Detail ?? '');
  assert.equal(published.metadata.secretVersionId, webhook.secret.versionId(stage));
}

describe('an environment born in the middle of a rotation', { concurrency: 4 }, () => {
  test('accepts_a_first_request_signed_with_the_previous_secret', () =>
    using({ secret: OLD, prepare: ({ secret }) => secret.put(NEW) }, async (webhook) => {
      const reply = await signedWith(webhook, OLD);
      assertVerifiedBy(webhook, reply, 'AWSPREVIOUS');
      const left = Number(reply.log.grace_left_seconds);
      assert.ok(left > 86_000 && left <= 86_400, `${left} s of grace left`);
      assertVerifiedBy(webhook, await signedWith(webhook, NEW), 'AWSCURRENT');
    }));

  test('accepts_a_first_request_signed_with_the_pending_secret', () =>
    using({ secret: OLD, prepare: ({ secret }) => secret.put(NEW, 'AWSPENDING') }, async (webhook) => {
      assertVerifiedBy(webhook, await signedWith(webhook, NEW), 'AWSPENDING');
      assertVerifiedBy(webhook, await signedWith(webhook, OLD), 'AWSCURRENT');
    }));

  test('gives_the_previous_secret_its_whole_grace_though_the_new_one_was_staged_days_before', () => {
    const prepare: Setup['prepare'] = ({ secret }) => {
      const staged = secret.put(NEW, 'AWSPENDING', new Date(Date.now() - 3 * DAY_MS));
      secret.moveStage('AWSCURRENT', staged);
    };
    return using({ secret: OLD, prepare }, async (webhook) => {
      assertVerifiedBy(webhook, await signedWith(webhook, OLD), 'AWSPREVIOUS');
    });
  });

  test('refuses_the_previous_secret_once_its_grace_is_over', () => {
    const prepare: Setup['prepare'] = ({ secret }) => {
      secret.put(NEW);
      secret.lastChanged = new Date(Date.now() - DAY_MS - 1_000);
    };
    return using({ secret: OLD, prepare }, async (webhook) => {
      assertOutcome(await signedWith(webhook, OLD), 'unauthorized', 'signature_mismatch');
      assertOutcome(await signedWith(webhook, NEW), 'accepted');
    });
  });

  test('refuses_the_previous_secret_once_its_grace_ends_without_waiting_for_a_refresh', () => {
    const env = { PREVIOUS_SECRET_GRACE_SECONDS: '2' };
    return using({ secret: OLD, env, prepare: ({ secret }) => secret.put(NEW) }, async (webhook) => {
      webhook.secret.lastChanged = new Date();
      assertVerifiedBy(webhook, await signedWith(webhook, OLD), 'AWSPREVIOUS');
      await sleep(2_100);
      assertOutcome(await signedWith(webhook, OLD), 'unauthorized', 'signature_mismatch');
      assert.equal(webhook.aws.secretsManager.calls.DescribeSecret, 1, 'the cooldown stands');
    });
  });

  test('refuses_the_previous_secret_where_the_grace_is_0', () => {
    const env = { PREVIOUS_SECRET_GRACE_SECONDS: '0' };
    return using({ secret: OLD, env, prepare: ({ secret }) => secret.put(NEW) }, async (webhook) => {
      assertOutcome(await signedWith(webhook, OLD), 'unauthorized', 'signature_mismatch');
    });
  });

  test('refuses_the_secret_from_two_rotations_ago', () => {
    const prepare: Setup['prepare'] = ({ secret }) => [secret.put(NEW), secret.put(NEWER)];
    return using({ secret: OLD, prepare }, async (webhook) => {
      assertOutcome(await signedWith(webhook, OLD), 'unauthorized', 'signature_mismatch');
      assertVerifiedBy(webhook, await signedWith(webhook, NEW), 'AWSPREVIOUS');
      assertVerifiedBy(webhook, await signedWith(webhook, NEWER), 'AWSCURRENT');
    });
  });
});

describe('a rotation under a running environment', { concurrency: 4 }, () => {
  test('accepts_the_new_secret_with_its_first_request_for_one_describe_and_one_read', () =>
    using({ secret: OLD }, async (webhook) => {
      assertOutcome(await signedWith(webhook, OLD), 'accepted');
      webhook.secret.put(NEW);
      assertVerifiedBy(webhook, await signedWith(webhook, NEW), 'AWSCURRENT');
      assertVerifiedBy(webhook, await signedWith(webhook, OLD), 'AWSPREVIOUS');
      assert.deepEqual(webhook.aws.secretsManager.calls, { GetSecretValue: 2, DescribeSecret: 1 });
    }));

  test('reads_a_version_once_however_its_labels_move', () =>
    using({ secret: OLD, env: QUICK }, async (webhook) => {
      const staged = webhook.secret.put(NEW, 'AWSPENDING');
      await sleep(A_TTL_MS);
      assertVerifiedBy(webhook, await signedWith(webhook, NEW), 'AWSPENDING');
      webhook.secret.moveStage('AWSCURRENT', staged);
      await sleep(A_TTL_MS);
      assertVerifiedBy(webhook, await signedWith(webhook, OLD), 'AWSPREVIOUS');
      await sleep(A_TTL_MS);
      assertVerifiedBy(webhook, await signedWith(webhook, NEW), 'AWSCURRENT');
      assert.deepEqual(webhook.aws.secretsManager.calls, { GetSecretValue: 2, DescribeSecret: 3 });
    }));

  test('refuses_the_previous_secret_within_one_ttl_of_its_label_being_removed', () =>
    using({ secret: OLD, env: QUICK, prepare: ({ secret }) => secret.put(NEW) }, async (webhook) => {
      assertVerifiedBy(webhook, await signedWith(webhook, OLD), 'AWSPREVIOUS');
      webhook.secret.moveStage('AWSPREVIOUS');
      await sleep(A_TTL_MS);
      assertOutcome(await signedWith(webhook, OLD), 'unauthorized', 'signature_mismatch');
    }));

  test('skips_a_stage_that_has_no_value_yet_with_a_warning', () =>
    using({ secret: OLD, env: QUICK }, async (webhook) => {
      webhook.secret.put(undefined, 'AWSPENDING');
      await sleep(A_TTL_MS);
      assertVerifiedBy(webhook, await signedWith(webhook, OLD), 'AWSCURRENT');
      assertOutcome(await signedWith(webhook, NEW), 'unauthorized', 'signature_mismatch');
      assert.ok(
        webhook.process.logs.some(
          ({ level, secret_stage, outcome }) => level === 'WARN' && secret_stage === 'AWSPENDING' && !outcome,
        ),
      );
    }));

  for (const [kind, unusable] of Object.entries({ empty: '', blank: ' \n', binary: Buffer.from(NEW) })) {
    test(`keeps_the_last_good_secret_where_the_new_current_one_is_${kind}_and_says_so_loudly`, () =>
      using({ secret: OLD, env: { ...QUICK, PREVIOUS_SECRET_GRACE_SECONDS: '0' } }, async (webhook) => {
        webhook.secret.put(unusable);
        webhook.secret.put(NEWER, 'AWSPENDING');
        await sleep(A_TTL_MS);
        assertOutcome(await signedWith(webhook, OLD), 'accepted');
        assert.ok(webhook.process.logs.some(({ level, outcome }) => level === 'ERROR' && !outcome));
        assert.notEqual((await signedWith(webhook, '')).status, 200);
        webhook.secret.put(NEW);
        await sleep(A_TTL_MS);
        assertVerifiedBy(webhook, await signedWith(webhook, NEW), 'AWSCURRENT');
      }));
  }
});

describe('cost', () => {
  test('steady_traffic_costs_at_most_one_describe_per_ttl_and_no_further_read', () =>
    using({ secret: OLD, env: QUICK }, async (webhook) => {
      const began = performance.now();
      let sent = 0;
      for (; performance.now() - began < 3_500; sent += 1)
        assertOutcome(await signedWith(webhook, OLD), 'accepted');
      const { GetSecretValue, DescribeSecret = 0 } = webhook.aws.secretsManager.calls;
      console.log(
        `${sent} webhooks in 3.5 s with a TTL of 1 s: ${DescribeSecret} DescribeSecret, ${GetSecretValue} GetSecretValue`,
      );
      assert.equal(GetSecretValue, 1);
      assert.ok(DescribeSecret >= 2 && DescribeSecret <= 4, `${DescribeSecret} calls`);
    }));

  test('a_flood_of_forged_requests_costs_at_most_one_describe_per_cooldown_and_none_is_accepted', () =>
    using({ secret: OLD, env: { SECRET_REFRESH_COOLDOWN_SECONDS: '1' } }, async (webhook) => {
      const forged = signWebhook('form', PAYLOAD, 'a-secret-of-the-forger');
      const began = performance.now();
      const flood = 2_000;
      for (let sent = 0; sent < flood; sent += 1) {
        assertOutcome(await webhook.send(forged), 'unauthorized', 'signature_mismatch');
      }
      const seconds = (performance.now() - began) / 1_000;
      const { GetSecretValue, DescribeSecret = 0 } = webhook.aws.secretsManager.calls;
      console.log(
        `${flood} forged in ${seconds.toFixed(1)} s: ${DescribeSecret} DescribeSecret, ${GetSecretValue} GetSecretValue`,
      );
      assert.equal(GetSecretValue, 1);
      assert.ok(DescribeSecret >= 1 && DescribeSecret <= Math.floor(seconds) + 1);
      assert.equal(webhook.aws.eventBridge.entries.length, 0);
    }));
});

describe('an outage of Secrets Manager', { concurrency: 4 }, () => {
  for (const [name, fault] of Object.entries({
    throttled: faults.throttled,
    slow: faults.delayed(3_000),
    'half-open': faults.hanging,
    failing: faults.internalError,
    dropping: faults.dropped,
    'a captive portal': faults.wrongContentType,
    'cutting its answers short': faults.truncated,
    'out of reach for the role': faults.accessDenied,
    'one bad answer in two': faults.oneIn(2, faults.internalError),
  })) {
    test(`${name}: no verified webhook is refused, and the log shows the secret's age`, () =>
      using({ secret: OLD, env: QUICK }, async (webhook) => {
        webhook.aws.secretsManager.fault = fault;
        const began = performance.now();
        let oldest = 0;
        while (performance.now() - began < 4_000) {
          const reply = await signedWith(webhook, OLD);
          assertOutcome(reply, 'accepted');
          oldest = Math.max(oldest, Number(reply.log.secret_age_seconds));
          await sleep(50);
        }
        if (!name.startsWith('one bad')) assert.ok(oldest >= 3, `oldest secret: ${oldest} s`);
        webhook.aws.secretsManager.fault = faults.noFault;
        await sleep(A_TTL_MS);
        assert.equal((await signedWith(webhook, OLD)).log.secret_age_seconds, 0);
      }));
  }

  test('down_and_back_again_refuses_no_verified_webhook_and_a_forged_one_gets_503_not_401', () =>
    using({ secret: OLD, env: QUICK }, async (webhook) => {
      await webhook.aws.secretsManager.stop();
      await sleep(A_TTL_MS);
      assertOutcome(await signedWith(webhook, OLD), 'accepted');
      assertOutcome(await signedWith(webhook, NEW), 'secret_unavailable');
      webhook.secret.put(NEW);
      await webhook.aws.secretsManager.start();
      await sleep(A_TTL_MS);
      assertVerifiedBy(webhook, await signedWith(webhook, NEW), 'AWSCURRENT');
      assertOutcome(await signedWith(webhook, NEWER), 'unauthorized', 'signature_mismatch');
    }));

  test('a_secret_scheduled_for_deletion_serves_as_in_an_outage_and_the_log_says_restore_it', () =>
    using({ secret: OLD, env: QUICK }, async (webhook) => {
      webhook.secret.deletedDate = new Date();
      await sleep(A_TTL_MS);
      const reply = await signedWith(webhook, OLD);
      assertOutcome(reply, 'accepted');
      assert.ok(Number(reply.log.secret_age_seconds) >= 1);
      assert.ok(webhook.process.logs.some(({ message }) => String(message).includes('restore it')));
      assertOutcome(await signedWith(webhook, NEW), 'secret_unavailable');
    }));

  test('past_the_stale_limit_every_webhook_gets_503_until_it_is_back', () =>
    using({ secret: OLD, env: { ...QUICK, SECRET_MAX_STALE_SECONDS: '2' } }, async (webhook) => {
      webhook.aws.secretsManager.fault = faults.throttled;
      await sleep(A_TTL_MS);
      assertOutcome(await signedWith(webhook, OLD), 'accepted');
      await sleep(A_TTL_MS);
      const reply = await signedWith(webhook, OLD);
      assertOutcome(reply, 'secret_unavailable');
      assert.equal(reply.log.error_code, 'ThrottlingException');
      webhook.aws.secretsManager.fault = faults.noFault;
      await sleep(A_TTL_MS);
      assertOutcome(await signedWith(webhook, OLD), 'accepted');
    }));
});
