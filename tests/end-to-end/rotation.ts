/** The steps of docs/rotation.md by hand, with webhooks all the way; the arithmetic behind them is in unit tests. */
import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SecretVersions } from '../../dev/local-aws/secret-versions.ts';
import { dropped, hanging, throttled } from '../support/faults.ts';
import { aws, during, form, secretsManager, send } from './deployment.ts';

const TTL_S = 2;
const COOLDOWN_S = 1;
const wait = (seconds: number) => sleep(seconds * 1000);

const versions = new SecretVersions(aws, form.secretArn);

/** A new execution environment, with short times so that the tests are. */
const recycle = () =>
  form.configure({
    SECRET_CACHE_TTL_SECONDS: String(TTL_S),
    SECRET_REFRESH_COOLDOWN_SECONDS: String(COOLDOWN_S),
    RECYCLED: randomUUID(),
  });

/** Sends one webhook. Resolves to the version stage that verified it, or to the refusal's status. */
async function verifiedBy(secret: string): Promise<unknown> {
  const since = Date.now();
  const id = randomUUID();
  const { status } = await send(
    form,
    JSON.stringify({ eventType: 'conversation:created', conversation: { id } }),
    secret,
  );
  return status === 200 ? (await form.logged({ conversation_id: id }, since)).secret_stage : status;
}

describe('rotation', () => {
  before(recycle);

  test('a planned rotation refuses no webhook and accepts no forgery', async (t) => {
    const counts: Record<string, number> = {};
    const count = (key: unknown) => (counts[String(key)] = (counts[String(key)] ?? 0) + 1);
    let secret = await form.secret();
    const stream = async () => {
      for (let sent = 1; sent <= 10; sent += 1) {
        const forged = sent % 10 === 0;
        const stageOrStatus = await verifiedBy(forged ? randomUUID() : secret);
        count(forged ? `forged: ${stageOrStatus}` : stageOrStatus);
      }
    };
    await stream();
    const next = await versions.put('AWSPENDING');
    await stream();
    await wait(COOLDOWN_S);
    secret = next; // the sender is switched
    await stream();
    await versions.promote();
    await wait(TTL_S);
    await stream();
    t.diagnostic(JSON.stringify(counts));
    assert.deepEqual(counts, { AWSCURRENT: 27, AWSPENDING: 9, 'forged: 401': 4 });
  });

  test('a sender switched after the promotion is served all the way, the previous secret included', async () => {
    const old = await form.secret();
    const next = await versions.put('AWSPENDING');
    await versions.promote();
    await wait(TTL_S);
    assert.equal(await verifiedBy(old), 'AWSPREVIOUS');
    assert.equal(await verifiedBy(next), 'AWSCURRENT');
    assert.equal(await verifiedBy(old), 'AWSPREVIOUS');
  });

  test('a sender switched too early is refused only until the secret is there plus one cooldown', async () => {
    assert.equal(await verifiedBy(randomBytes(32).toString('hex')), 401);
    const next = await versions.put();
    await wait(COOLDOWN_S);
    assert.equal(await verifiedBy(next), 'AWSCURRENT');
  });

  test('an environment started in the middle of a rotation accepts the previous and the pending secret at first sight', async () => {
    const previous = await form.secret();
    await versions.put();
    const pending = await versions.put('AWSPENDING');
    for (const [secret, label] of [
      [previous, 'AWSPREVIOUS'],
      [pending, 'AWSPENDING'],
    ] as const) {
      await recycle();
      const reads = secretsManager.calls.GetSecretValue ?? 0;
      assert.equal(await verifiedBy(secret), label);
      assert.ok((secretsManager.calls.GetSecretValue ?? 0) > reads, 'it was a new environment');
    }
    await versions.removeLabel('AWSPENDING');
  });

  test('of two rotations in a row only the last previous secret is accepted', async () => {
    const first = await form.secret();
    const second = await versions.put();
    await versions.put();
    await wait(TTL_S);
    assert.equal(await verifiedBy(second), 'AWSPREVIOUS');
    assert.equal(await verifiedBy(first), 401);
  });

  test('a leaked secret is refused within one TTL once its label is removed', async () => {
    const leaked = await form.secret();
    const next = await versions.put();
    await wait(TTL_S);
    assert.equal(await verifiedBy(leaked), 'AWSPREVIOUS');
    await versions.removeLabel('AWSPREVIOUS');
    await wait(TTL_S);
    assert.equal(await verifiedBy(leaked), 401);
    assert.equal(await verifiedBy(next), 'AWSCURRENT');
  });

  test('a leaked secret is refused at once by a new environment once its label is removed', async () => {
    const leaked = await form.secret();
    await versions.put();
    await versions.removeLabel('AWSPREVIOUS');
    await recycle();
    assert.equal(await verifiedBy(leaked), 401);
  });

  test('the published event names the version that verified it', async () => {
    const since = Date.now();
    const secret = await form.secret();
    const conversation = { id: randomUUID() };
    await send(form, JSON.stringify({ eventType: 'conversation:created', conversation }), secret);
    const line = await form.logged({ conversation_id: conversation.id }, since);
    assert.equal(line.secret_version_id, await versions.idOf('AWSCURRENT'));
  });

  for (const [name, fault] of [
    ['throttles', throttled],
    ['drops connections', dropped],
    ['does not answer', hanging],
  ] as const) {
    test(`no verified webhook is refused while Secrets Manager ${name}, well past the TTL`, async () => {
      const secret = await form.secret();
      assert.equal(await verifiedBy(secret), 'AWSCURRENT');
      await during(secretsManager, fault, async () => {
        await wait(TTL_S);
        for (let sent = 0; sent < 2; sent += 1) assert.equal(await verifiedBy(secret), 'AWSCURRENT');
        await wait(COOLDOWN_S);
        assert.equal(await verifiedBy(randomBytes(32).toString('hex')), 503, 'a 401 would not be certain');
      });
      await wait(COOLDOWN_S);
      assert.equal(await verifiedBy(randomBytes(32).toString('hex')), 401);
    });
  }

  test('forged requests cost at most one refresh for each cooldown', async () => {
    await wait(COOLDOWN_S);
    const refreshes = () => secretsManager.calls.DescribeSecret ?? 0;
    const [before, start] = [refreshes(), Date.now()];
    for (let sent = 0; sent < 50; sent += 1) {
      assert.equal((await send(form, '{"eventType":"x"}', randomUUID())).status, 401);
    }
    const allowed = Math.floor((Date.now() - start) / (COOLDOWN_S * 1000)) + 1;
    assert.ok(refreshes() - before <= allowed, `${refreshes() - before} refreshes, ${allowed} allowed`);
  });

  test('a cold start while Secrets Manager is down answers 503, and 200 as soon as it is back', async () => {
    const secret = await form.secret();
    await recycle();
    await during(secretsManager, dropped, async () => {
      for (let sent = 0; sent < 3; sent += 1) assert.equal(await verifiedBy(secret), 503);
    });
    await wait(COOLDOWN_S);
    assert.equal(await verifiedBy(secret), 'AWSCURRENT');
  });
});
