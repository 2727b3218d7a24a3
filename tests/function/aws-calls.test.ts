/** What one call of AWS goes through: which failures get another attempt, and over which connection. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { signWebhook } from '../../cli/signing.ts';
import type { Call, Fault } from '../support/faults.ts';
import * as faults from '../support/faults.ts';
import { FunctionUnderTest } from '../support/function-under-test.ts';
import { refusal } from '../support/sqs-stub.ts';
import { forbid } from '../support/test-logs.ts';
import { assertOutcome } from './contract.ts';
import { SECRETS } from './fixtures.ts';

const PAYLOAD = '{"eventType":"conversation:created","conversation":{"id":"c-1"}}';
const REQUEST = signWebhook('form', PAYLOAD, SECRETS.form);
/** The shortest that are allowed, so that a test can wait for them. */
const QUICK = { SECRET_CACHE_TTL_SECONDS: '1', SECRET_REFRESH_COOLDOWN_SECONDS: '1' };
const A_TTL_MS = 1_100;
/** One attempt that is given up takes 1.5 s, and two take 3. */
const ONE_LOST_ATTEMPT_MS = 2_900;

/** Answers as `fault` does, and notes the calls. */
function noting(calls: Call[], fault: Fault = faults.noFault): Fault {
  return (call, answer) => {
    calls.push(call);
    return fault(call, answer);
  };
}

const connectionsOf = (calls: readonly Call[]) => calls.map(({ connection }) => connection);

let rotations = 0;

/** A new secret under AWSCURRENT: a webhook signed with it is accepted only once a refresh has read it. */
function rotate({ secret }: FunctionUnderTest): ReturnType<typeof signWebhook> {
  rotations += 1;
  const value = `secret-after-rotation-number-${rotations}`;
  forbid(value);
  secret.put(value);
  return signWebhook('form', PAYLOAD, value);
}

describe('a connection that has gone silent', { concurrency: 2 }, () => {
  for (const protocol of ['https', 'h2'] as const) {
    describe(`over ${protocol}`, { concurrency: 1 }, () => {
      let webhook: FunctionUnderTest;
      before(async () => {
        const setup = { suite: 'aws-calls', secret: SECRETS.form, env: QUICK, protocol, parking: true };
        webhook = await FunctionUnderTest.start(setup);
      });
      beforeEach(() => {
        webhook.aws.secretsManager.fault = faults.noFault;
        webhook.aws.eventBridge.fault = webhook.aws.sqs.fault = faults.noFault;
      });
      after(() => webhook.stop());

      test('costs the publishing of one webhook one attempt, and the next webhook nothing', async () => {
        const { eventBridge } = webhook.aws;
        assertOutcome(await webhook.send(REQUEST), 'accepted');
        const stood = eventBridge.connections;
        const calls: Call[] = [];
        eventBridge.fault = noting(calls, faults.silent(stood));
        const reply = await webhook.send(REQUEST);
        assertOutcome(reply, 'accepted');
        assert.ok(reply.durationMs < ONE_LOST_ATTEMPT_MS, `${reply.durationMs} ms`);
        assert.deepEqual(connectionsOf(calls), [stood, stood + 1]);
        assertOutcome(await webhook.send(REQUEST), 'accepted');
        assert.deepEqual(connectionsOf(calls), [stood, stood + 1, stood + 1]);
      });

      test('costs the parking of one webhook one attempt', async () => {
        const { eventBridge, sqs } = webhook.aws;
        eventBridge.fault = faults.accessDenied;
        assertOutcome(await webhook.send(REQUEST), 'parked');
        const calls: Call[] = [];
        sqs.fault = noting(calls, faults.silent(sqs.connections));
        assertOutcome(await webhook.send(REQUEST), 'parked');
        assert.deepEqual(connectionsOf(calls), [1, 2]);
      });

      test('leaves a refresh of the secret time to read it', async () => {
        const { secretsManager } = webhook.aws;
        const request = rotate(webhook);
        await sleep(A_TTL_MS);
        secretsManager.fault = faults.silent(secretsManager.connections);
        assertOutcome(await webhook.send(request), 'accepted');
      });

      test('is not used again after a refresh that ran out of time over it', async () => {
        const { secretsManager } = webhook.aws;
        const request = rotate(webhook);
        await sleep(A_TTL_MS);
        const calls: Call[] = [];
        // GetSecretValue's second attempt is under way when the refresh's 1.5 s are over: no time-out of its own ends it.
        const late = faults.delayed(300, faults.on('GetSecretValue', faults.hanging));
        secretsManager.fault = noting(calls, late);
        assertOutcome(await webhook.send(request), 'parked');
        assert.equal(calls.at(-1)?.operation, 'GetSecretValue');
        const stood = secretsManager.connections;
        const next: Call[] = [];
        secretsManager.fault = noting(next, faults.silent(stood));
        assertOutcome(await webhook.send(request), 'accepted');
        assert.ok(
          next.every(({ connection }) => connection > stood),
          `connections ${connectionsOf(next)}, of which ${stood} stood`,
        );
      });
    });
  }
});

describe('an attempt', () => {
  let webhook: FunctionUnderTest;
  let attempts: Call[];
  before(async () => {
    webhook = await FunctionUnderTest.start({ suite: 'aws-calls', secret: SECRETS.form, env: QUICK });
  });
  beforeEach(() => {
    webhook.aws.secretsManager.fault = faults.noFault;
    webhook.aws.eventBridge.entries.length = 0;
    attempts = [];
  });
  after(() => webhook.stop());

  const sendWhile = (fault: Fault) => {
    webhook.aws.eventBridge.fault = noting(attempts, fault);
    return webhook.send(REQUEST);
  };

  const another = 'over another connection';
  const same = 'over the same connection';
  for (const [what, fault, over] of [
    ['that was throttled', faults.throttled, same],
    ['that met an internal error', faults.internalError, another],
    ['whose connection was cut off', faults.dropped, another],
    ['whose entry met an internal error', faults.failedEntry('InternalFailure'), same],
    ['whose entry was throttled', faults.failedEntry('ThrottlingException'), same],
    ['whose signature was refused', faults.awsError(400, 'InvalidSignatureException'), same],
  ] as const) {
    test(`${what} is followed by another ${over}, and the event published once`, async () => {
      assertOutcome(await sendWhile(faults.once(fault)), 'accepted');
      const [first, ...others] = connectionsOf(attempts);
      assert.equal(others.length, 1);
      assert.equal(others[0] === first, over === same);
      assert.equal(webhook.aws.eventBridge.entries.length, 1);
    });
  }

  test('that AWS asks to wait for half a minute does not wait for so long', async () => {
    const busy = faults.awsJson(503, { __type: 'ServiceUnavailable' });
    busy.headers['x-amz-retry-after'] = '30000';
    assertOutcome(await sendWhile(faults.once(async () => busy)), 'accepted');
  });

  for (const code of ['InternalFailure', 'ThrottlingException']) {
    test(`is not the last one where an entry fails with ${code}, until the attempts are used up`, async () => {
      const reply = await sendWhile(faults.failedEntry(code));
      assertOutcome(reply, 'publish_failed');
      assert.equal(reply.log.error_code, code);
      assert.ok(attempts.length >= 2, `${attempts.length} attempts`);
    });
  }

  for (const [what, code, fault] of [
    ['an entry is refused as malformed', 'MalformedDetail', faults.failedEntry('MalformedDetail')],
    ['an entry is refused as invalid', 'InvalidArgument', faults.failedEntry('InvalidArgument')],
    [
      'the whole call is refused as invalid',
      'ValidationException',
      faults.awsError(400, 'ValidationException'),
    ],
  ] as const) {
    test(`is the only one where ${what}: event_refused`, async () => {
      const reply = await sendWhile(fault);
      assertOutcome(reply, 'event_refused');
      assert.equal(reply.log.error_code, code);
      assert.equal(attempts.length, 1);
    });
  }

  for (const [what, fault, over] of [
    ['was throttled', faults.throttled, same],
    ['met an internal error', faults.internalError, another],
    ['was cut off', faults.dropped, another],
    ['was not answered', faults.hanging, another],
    ['had a signature that was refused', async () => refusal('x', 'SignatureDoesNotMatch'), same],
  ] as const) {
    test(`of SendMessage that ${what} is followed by another ${over}, and the webhook parked once`, () =>
      FunctionUnderTest.using({ suite: 'aws-calls', secret: SECRETS.form, parking: true }, async (parks) => {
        const { eventBridge, sqs } = parks.aws;
        eventBridge.fault = faults.accessDenied;
        const calls: Call[] = [];
        sqs.fault = noting(calls, faults.once(fault));
        assertOutcome(await parks.send(REQUEST), 'parked');
        const [first, second, ...others] = connectionsOf(calls);
        assert.equal(second === first, over === same);
        assert.equal(others.length, 0);
        assert.equal(sqs.messages.length, 1);
      }));
  }

  for (const operation of ['DescribeSecret', 'GetSecretValue']) {
    test(`of ${operation} whose signature was refused is followed by another`, async () => {
      const request = rotate(webhook);
      await sleep(A_TTL_MS);
      const refused = faults.once(faults.awsError(400, 'InvalidSignatureException'));
      const calls: Call[] = [];
      webhook.aws.secretsManager.fault = noting(calls, faults.on(operation, refused));
      webhook.aws.eventBridge.fault = faults.noFault;
      assertOutcome(await webhook.send(request), 'accepted');
      assert.equal(calls.filter((call) => call.operation === operation).length, 2);
    });
  }
});

describe('a call after an outage', { concurrency: 3 }, () => {
  // Each so long that it uses up the SDK's own quota of retries.
  for (const [outage, fault, webhooks] of [
    ['internal errors', faults.internalError, 30],
    ['cut connections', faults.dropped, 30],
    ['throttles', faults.throttled, 55],
  ] as const) {
    test(`of ${outage} has its other attempts all the same`, () =>
      FunctionUnderTest.using({ suite: 'aws-calls', secret: SECRETS.form }, async (webhook) => {
        const { eventBridge } = webhook.aws;
        eventBridge.fault = fault;
        for (let sent = 0; sent < webhooks; sent += 1) {
          assertOutcome(await webhook.send(REQUEST), 'publish_failed');
        }
        const attempts: Call[] = [];
        eventBridge.fault = noting(attempts, faults.once(faults.dropped));
        assertOutcome(await webhook.send(REQUEST), 'accepted');
        assert.equal(attempts.length, 2);
      }));
  }
});

test('PutEvents carries the trace of its invocation, so that it goes on to the targets', () =>
  FunctionUnderTest.using({ suite: 'aws-calls', secret: SECRETS.form }, async (webhook) => {
    const calls: Call[] = [];
    webhook.aws.eventBridge.fault = noting(calls);
    const traces = [
      'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1',
      'Root=1-5759e989-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=0',
    ];
    for (const traceId of traces) assertOutcome(await webhook.send(REQUEST, { traceId }), 'accepted');
    assert.deepEqual(
      calls.map(({ headers }) => headers['x-amzn-trace-id']),
      traces,
    );
  }));
