/** 2xx means that EventBridge has the event; anything else tells the sender to try again, or that it never will. */
import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import { signWebhook } from '../../cli/signing.ts';
import * as faults from '../support/faults.ts';
import { FunctionUnderTest, type Setup } from '../support/function-under-test.ts';
import { assertOutcome } from './contract.ts';
import { SECRETS } from './fixtures.ts';

const MIB = 1024 * 1024;
const webhookOf = (json: string) => signWebhook('form', json, SECRETS.form);
const REQUEST = webhookOf('{"eventType":"conversation:created","conversation":{"id":"c-1"}}');

describe('hand-off', () => {
  let webhook: FunctionUnderTest;
  beforeEach(async () => {
    webhook ??= await FunctionUnderTest.start({ suite: 'hand-off', secret: SECRETS.form });
    webhook.aws.eventBridge.fault = faults.noFault;
    webhook.aws.eventBridge.entries.length = 0;
  });
  after(() => webhook.stop());

  for (const [what, fault, code] of [
    ['a throttle', faults.throttled, 'ThrottlingException'],
    ['an internal error', faults.internalError, 'InternalFailure'],
    ['access denied', faults.accessDenied, 'AccessDeniedException'],
    ['a missing bus', faults.resourceNotFound, 'ResourceNotFoundException'],
    ['a dropped connection', faults.dropped, 'DispatchFailure'],
    ['a lost answer', faults.answerLost, 'DispatchFailure'],
    ['half an answer', faults.truncated, 'ServiceError'],
    ['a page instead of an answer', faults.wrongContentType, 'ServiceError'],
    ['no answer', faults.hanging, 'TimeoutError'],
    ['an entry with a code nobody knows', faults.failedEntry('SomethingNew'), 'SomethingNew'],
  ] as const) {
    test(`${what} is publish_failed with ${code}, within the budget, and the next webhook is accepted`, async () => {
      webhook.aws.eventBridge.fault = fault;
      const reply = await webhook.send(REQUEST);
      assertOutcome(reply, 'publish_failed');
      assert.equal(reply.log.error_code, code);
      assert.ok(reply.durationMs < 7_000, `${reply.durationMs} ms`);
      webhook.aws.eventBridge.fault = faults.noFault;
      assertOutcome(await webhook.send(REQUEST), 'accepted');
    });
  }

  test('a bus that refuses connections is publish_failed, and the next webhook is accepted once it is back', async () => {
    await webhook.aws.eventBridge.stop();
    const reply = await webhook.send(REQUEST);
    await webhook.aws.eventBridge.start();
    assertOutcome(reply, 'publish_failed');
    assertOutcome(await webhook.send(REQUEST), 'accepted');
  });

  test('answers that claim success without an event id are failures', async () => {
    const answers = [
      { FailedEntryCount: 0, Entries: [] },
      { FailedEntryCount: 0, Entries: [{}] },
      { FailedEntryCount: 1, Entries: [{ EventId: 'e-1' }] },
      {},
    ];
    for (const answer of answers) {
      webhook.aws.eventBridge.fault = async () => faults.awsJson(200, answer);
      assertOutcome(await webhook.send(REQUEST), 'publish_failed');
    }
  });

  test('an entry a byte smaller than 1 MiB is taken, and one of 1 MiB is event_too_large without a call', async () => {
    const sizeWith = async (filling: number) => webhook.send(webhookOf(`{"a":"${'x'.repeat(filling)}"}`));
    assertOutcome(await sizeWith(0), 'accepted');
    const [small] = webhook.aws.eventBridge.entries;
    const room = MIB - 1 - Buffer.byteLength(`${small?.Source}${small?.DetailType}${small?.Detail}`);
    assertOutcome(await sizeWith(room), 'accepted');
    const before = webhook.aws.eventBridge.calls.PutEvents;
    assertOutcome(await sizeWith(room + 1), 'event_too_large');
    assert.equal(webhook.aws.eventBridge.calls.PutEvents, before);
  });

  test('a payload that alone is 1 MiB is too large before anything else can be wrong with it', async () => {
    const ofBytes = (bytes: number) => {
      const [head, tail] = ['{"eventType":1,"a":"', '"}'];
      return webhookOf(head + 'x'.repeat(bytes - head.length - tail.length) + tail);
    };
    assertOutcome(await webhook.send(ofBytes(MIB)), 'event_too_large');
    assertOutcome(await webhook.send(ofBytes(MIB - 1)), 'invalid_payload');
  });

  test('the limit counts bytes, not characters', async () => {
    assertOutcome(await webhook.send(webhookOf(`{"a":"${'é'.repeat(MIB / 2)}"}`)), 'event_too_large');
  });

  test('escaping in the detail string does not count', async () => {
    const quotes = '\\"'.repeat(450_000);
    assertOutcome(await webhook.send(webhookOf(`{"a":"${quotes}"}`)), 'accepted');
  });
});

test('a bus that is down at cold start is a log line, not an error', () => {
  const setup: Setup = {
    suite: 'hand-off',
    secret: SECRETS.form,
    prepare: ({ aws }) => aws.eventBridge.stop(),
  };
  return FunctionUnderTest.using(setup, async (webhook) => {
    await webhook.aws.eventBridge.start();
    assertOutcome(await webhook.send(REQUEST), 'accepted');
    assert.ok(webhook.process.logs.some(({ message }) => String(message).includes('EventBridge')));
  });
});

test('a bus that does not answer at cold start holds the init phase up for 2 s at most', () => {
  const prepare: Setup['prepare'] = ({ aws }) => {
    aws.eventBridge.fault = faults.hanging;
  };
  return FunctionUnderTest.using({ suite: 'hand-off', secret: SECRETS.form, prepare }, async (webhook) => {
    assert.ok(webhook.initMs < 3_800, `init took ${webhook.initMs} ms`);
    webhook.aws.eventBridge.fault = faults.noFault;
    assertOutcome(await webhook.send(REQUEST), 'accepted');
  });
});

for (const protocol of ['http', 'https', 'h2'] as const) {
  test(`the first request after init opens no connection, over ${protocol}`, () =>
    FunctionUnderTest.using({ suite: 'hand-off', secret: SECRETS.form, protocol }, async (webhook) => {
      const { secretsManager, eventBridge } = webhook.aws;
      const connections = () => [secretsManager.connections, eventBridge.connections];
      const [opened, { PutEvents = 0, ...reads }] = [connections(), webhook.calls];
      // On a machine so busy that a call runs out of time, init makes another.
      if (webhook.initMs < 1_000) {
        assert.deepEqual(opened, [1, 1], 'init opens one each');
        assert.deepEqual(webhook.calls, { GetSecretValue: 1, PutEvents: 1 });
      }
      assert.equal(eventBridge.entries.length, 0, 'warming publishes nothing');
      for (let sent = 1; sent <= 3; sent += 1) {
        assertOutcome(await webhook.send(REQUEST), 'accepted');
        assert.deepEqual(webhook.calls, { ...reads, PutEvents: PutEvents + sent });
      }
      assertOutcome(await webhook.send(signWebhook('form', '{}', 'another-secret-entirely')), 'unauthorized');
      assert.deepEqual(connections(), opened, 'a refresh opens none either');
    }));
}
