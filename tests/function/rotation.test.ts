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
  test('accepts a first request signed with the previous secret', () =>
    using({ secret: OLD, prepare: ({ secret }) => secret.put(NEW) }, async (webhook) => {
      assertVerifiedBy(webhook, await signedWith(webhook, OLD), 'AWSPREVIOUS');
      assertVerifiedBy(webhook, await signedWith(webhook, NEW), 'AWSCURRENT');
    }));

  test('accepts a first request signed with the pending secret', () =>
    using({ secret: OLD, prepare: ({ secret }) => secret.put(NEW, 'AWSPENDING') }, async (webhook) => {
      assertVerifiedBy(webhook, await signedWith(webhook, NEW), 'AWSPENDING');
      assertVerifiedBy(webhook, await signedWith(webhook, OLD), 'AWSCURRENT');
    }));

  test('counts the grace from the last change of the secret, however old its versions are', () => {
    const prepare: Setup['prepare'] = ({ secret }) => {
      const staged = secret.put(NEW, 'AWSPENDING', new Date(Date.now() - 3 * DAY_MS));
      secret.moveStage('AWSCURRENT', staged);
      secret.lastChanged = new Date(Date.now() - DAY_MS + 60_000);
    };
    return using({ secret: OLD, prepare }, async (webhook) => {
      const reply = await signedWith(webhook, OLD);
      assertVerifiedBy(webhook, reply, 'AWSPREVIOUS');
      const left = Number(reply.log.grace_left_seconds);
      assert.ok(left > 0 && left <= 60, `${left} s of grace left`);
      webhook.secret.lastChanged = new Date(Date.now() - DAY_MS - 1_000);
      await webhook.coldStart();
      assertOutcome(await signedWith(webhook, OLD), 'unauthorized', 'signature_mismatch');
      assertOutcome(await signedWith(webhook, NEW), 'accepted');
    });
  });

  test('refuses the previous secret once its grace ends, without waiting for a refresh', () => {
    const env = { PREVIOUS_SECRET_GRACE_SECONDS: '2' };
    return using({ secret: OLD, env, prepare: ({ secret }) => secret.put(NEW) }, async (webhook) => {
      webhook.secret.lastChanged = new Date();
      assertVerifiedBy(webhook, await signedWith(webhook, OLD), 'AWSPREVIOUS');
      await sleep(2_100);
      assertOutcome(await signedWith(webhook, OLD), 'unauthorized', 'signature_mismatch');
      assert.equal(webhook.aws.secretsManager.calls.DescribeSecret, 1, 'the cooldown stands');
    });
  });

  test('refuses the previous secret where the grace is 0', () => {
    const env = { PREVIOUS_SECRET_GRACE_SECONDS: '0' };
    return using({ secret: OLD, env, prepare: ({ secret }) => secret.put(NEW) }, async (webhook) => {
      assertOutcome(await signedWith(webhook, OLD), 'unauthorized', 'signature_mismatch');
    });
  });
});

describe('a rotation under a running environment', { concurrency: 4 }, () => {
  test('costs one describe and one read, whichever way the labels move, and then the oldest secret is refused', () =>
    using({ secret: OLD, env: QUICK }, async (webhook) => {
      assertOutcome(await signedWith(webhook, OLD), 'accepted');
      const staged = webhook.secret.put(NEW, 'AWSPENDING');
      assertVerifiedBy(webhook, await signedWith(webhook, NEW), 'AWSPENDING');
      webhook.secret.moveStage('AWSCURRENT', staged);
      await sleep(A_TTL_MS);
      assertVerifiedBy(webhook, await signedWith(webhook, OLD), 'AWSPREVIOUS');
      assertVerifiedBy(webhook, await signedWith(webhook, NEW), 'AWSCURRENT');
      assert.deepEqual(webhook.aws.secretsManager.calls, { GetSecretValue: 2, DescribeSecret: 2 });
      webhook.secret.moveStage('AWSPENDING');
      webhook.secret.put(NEWER);
      await sleep(A_TTL_MS);
      assertOutcome(await signedWith(webhook, OLD), 'unauthorized', 'signature_mismatch');
      assertVerifiedBy(webhook, await signedWith(webhook, NEW), 'AWSPREVIOUS');
    }));

  test('refuses the previous secret within one TTL of its label being removed', () =>
    using({ secret: OLD, env: QUICK, prepare: ({ secret }) => secret.put(NEW) }, async (webhook) => {
      assertVerifiedBy(webhook, await signedWith(webhook, OLD), 'AWSPREVIOUS');
      webhook.secret.moveStage('AWSPREVIOUS');
      await sleep(A_TTL_MS);
      assertOutcome(await signedWith(webhook, OLD), 'unauthorized', 'signature_mismatch');
    }));

  test('skips a stage that has no value yet, with a warning', () =>
    using({ secret: OLD, env: QUICK }, async (webhook) => {
      webhook.secret.put(undefined, 'AWSPENDING');
      await sleep(A_TTL_MS);
      assertVerifiedBy(webhook, await signedWith(webhook, OLD), 'AWSCURRENT');
      assertOutcome(await signedWith(webhook, NEW), 'unauthorized', 'signature_mismatch');
      const warning = webhook.process.logs.find(({ secret_stage, outcome }) => secret_stage && !outcome);
      assert.deepEqual([warning?.level, warning?.secret_stage], ['WARN', 'AWSPENDING']);
    }));

  test('keeps the last good secret where the new current one is unusable, and says so loudly', () =>
    using({ secret: OLD, env: { ...QUICK, PREVIOUS_SECRET_GRACE_SECONDS: '0' } }, async (webhook) => {
      webhook.secret.put(' \n');
      webhook.secret.put(NEWER, 'AWSPENDING');
      await sleep(A_TTL_MS);
      assertOutcome(await signedWith(webhook, OLD), 'accepted');
      assert.ok(webhook.process.logs.some(({ level, outcome }) => level === 'ERROR' && !outcome));
      assertOutcome(await signedWith(webhook, ''), 'secret_unavailable');
      webhook.secret.put(NEW);
      await sleep(A_TTL_MS);
      assertVerifiedBy(webhook, await signedWith(webhook, NEW), 'AWSCURRENT');
    }));
});

describe('an outage of Secrets Manager', { concurrency: 4 }, () => {
  for (const [name, fault] of Object.entries({
    throttled: faults.throttled,
    'half-open': faults.hanging,
    dropping: faults.dropped,
    'cutting its answers short': faults.truncated,
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

  test('down and back again: no verified webhook is refused, and a forged one gets 503, not 401', () =>
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

  test('a secret scheduled for deletion serves as in an outage, and the log says how to restore it', () =>
    using({ secret: OLD, env: QUICK }, async (webhook) => {
      webhook.secret.deletedDate = new Date();
      await sleep(A_TTL_MS);
      const reply = await signedWith(webhook, OLD);
      assertOutcome(reply, 'accepted');
      assert.ok(Number(reply.log.secret_age_seconds) >= 1);
      assert.ok(webhook.process.logs.some(({ message }) => String(message).includes('restore it')));
      assertOutcome(await signedWith(webhook, NEW), 'secret_unavailable');
    }));

  test('past the stale limit every webhook gets 503 until it is back', () =>
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
