/** What ends a secret, on the local AWS. The planned rotation is the demo that `start.test.ts` plays. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SecretVersions } from '../../dev/local-aws/secret-versions.ts';
import { aws, conversationEvent, form, send } from './deployment.ts';

const TTL_S = 2;
const aTtl = () => sleep(TTL_S * 1000);

const versions = new SecretVersions(aws, form.secretArn);

/** A new execution environment, with short times so that the tests are. */
const recycle = () =>
  form.configure({
    SECRET_CACHE_TTL_SECONDS: String(TTL_S),
    SECRET_REFRESH_COOLDOWN_SECONDS: '1',
    RECYCLED: randomUUID(),
  });

/** Sends one webhook. Resolves to the version stage that verified it, or to the refusal's status. */
async function verifiedBy(secret: string): Promise<unknown> {
  const since = Date.now();
  const { id, payload } = conversationEvent();
  const { status } = await send(form, payload, secret);
  return status === 200 ? (await form.logged({ conversation_id: id }, since)).secret_stage : status;
}

describe('rotation', () => {
  before(recycle);

  test('of two rotations in a row only the last previous secret is accepted', async () => {
    const first = await form.secret();
    const second = await versions.put();
    await versions.put();
    await aTtl();
    assert.equal(await verifiedBy(second), 'AWSPREVIOUS');
    assert.equal(await verifiedBy(first), 401);
  });

  for (const [when, until] of [
    ['within one TTL', aTtl],
    ['at once by a new environment', recycle],
  ] as const) {
    test(`a leaked secret is refused ${when} once its label is removed`, async () => {
      const leaked = await form.secret();
      const next = await versions.put();
      await aTtl();
      assert.equal(await verifiedBy(leaked), 'AWSPREVIOUS');
      await versions.removeLabel('AWSPREVIOUS');
      await until();
      assert.equal(await verifiedBy(leaked), 401);
      assert.equal(await verifiedBy(next), 'AWSCURRENT');
    });
  }
});
