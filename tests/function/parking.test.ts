/** Webhooks that cannot be handled yet: into the parking queue, out of it, and never lost on the way. */
import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import { signWebhook } from '../../cli/signing.ts';
import { PARKING_CAUSES, type ParkingCause, STILL_PARKED } from '../../contract/outcomes.ts';
import { SCHEME_NAMES, SCHEMES, type Scheme } from '../../contract/schemes.ts';
import * as faults from '../support/faults.ts';
import { FunctionUnderTest, type Handled, type Setup } from '../support/function-under-test.ts';
import type { TestRequest } from '../support/http-api-event.ts';
import { type Message, refusal } from '../support/sqs-stub.ts';
import { assertOutcome } from './contract.ts';
import { readFixture, SECRETS } from './fixtures.ts';

const MIB = 1024 * 1024;
const NO_QUEUE = 'AWS.SimpleQueueService.NonExistentQueue';
const webhookOf = (json: string, scheme: Scheme = 'form') => signWebhook(scheme, json, SECRETS[scheme]);
const PAYLOAD = '{"eventType":"conversation:created","conversation":{"id":"c-1"}}';
const REQUEST = { ...webhookOf(PAYLOAD), requestId: 'request-of-arrival' };

/** The two ways in which a webhook cannot be handled yet. */
const OUTAGES: Record<ParkingCause, (webhook: FunctionUnderTest) => void> = {
  secret_unavailable: ({ aws }) => (aws.secretsManager.fault = faults.internalError),
  publish_failed: ({ aws }) => (aws.eventBridge.fault = faults.internalError),
};
/** A failed read of the secret is tried again after a second. */
const SHORT_COOLDOWN = { SECRET_REFRESH_COOLDOWN_SECONDS: '1' };

function over({ aws }: FunctionUnderTest): void {
  aws.secretsManager.fault = aws.eventBridge.fault = aws.sqs.fault = faults.noFault;
}

/** Starts one that finds no secret at its cold start where that is the cause. */
function using(
  setup: Partial<Setup>,
  check: (webhook: FunctionUnderTest) => Promise<void>,
  during?: ParkingCause,
) {
  const prepare: Setup['prepare'] = (stubs) => during && OUTAGES[during](stubs as FunctionUnderTest);
  const defaults = {
    suite: 'parking',
    secret: SECRETS[setup.scheme ?? 'form'],
    parking: true,
    env: SHORT_COOLDOWN,
    prepare,
  };
  return FunctionUnderTest.using({ ...defaults, ...setup }, check);
}

/** Has a request parked in an outage, which is over then. */
async function parked(webhook: FunctionUnderTest, request: TestRequest = REQUEST): Promise<Message> {
  assertOutcome(await webhook.send(request), 'parked');
  over(webhook);
  return lastMessage(webhook);
}

function lastMessage({ aws }: FunctionUnderTest): Message {
  const message = aws.sqs.messages.at(-1);
  assert.ok(message);
  return message;
}

function assertDone({ isDone, error, log }: Handled, outcome: string): void {
  assert.equal(log.outcome, outcome, String(log.reason));
  assert.ok(isDone, JSON.stringify(error));
  assert.equal(log.parked, true);
  assert.ok(Number.isInteger(log.age_seconds));
}

function assertStays({ isDone, error, log }: Handled, reason?: RegExp): void {
  assert.equal(log.outcome, STILL_PARKED);
  assert.equal(log.level, 'WARN');
  assert.ok(!isDone);
  assert.equal(error?.errorType, 'StillParked');
  assert.ok(Number.isInteger(log.age_seconds));
  assert.equal(log.source_ip, undefined);
  if (reason) assert.match(String(log.reason), reason);
}

for (const cause of PARKING_CAUSES) {
  describe(cause, () => {
    for (const scheme of SCHEME_NAMES) {
      test(`a webhook of ${scheme} is parked, and published once the outage is over as what it was at its arrival`, () =>
        using(
          { scheme },
          async (webhook) => {
            const payload = JSON.stringify(SCHEMES[scheme].sample(SCHEMES[scheme].sampleType, 'c-1'));
            const request = { ...webhookOf(payload, scheme), requestId: 'request-of-arrival' };
            const [began, reply] = [Date.now(), await webhook.send(request)];
            assertOutcome(reply, 'parked');
            assert.equal(reply.log.cause, cause);
            assert.equal(reply.log.error_code, 'InternalFailure');
            const { body, ...message } = lastMessage(webhook);
            assert.match(body, /^[\x20-\x7e]*$/);
            assert.equal(JSON.parse(body).version, 1);
            over(webhook);
            await new Promise((resolve) => setTimeout(resolve, 1_100));

            const handled = await webhook.handle({ body, ...message });
            assertDone(handled, 'accepted');
            assert.equal(handled.log.request_id, 'request-of-arrival');
            assert.equal(handled.log.trace_id, reply.log.trace_id);
            assert.equal(handled.log.source_ip, undefined);
            assert.ok(Number(handled.log.age_seconds) >= 1);
            const direct = await webhook.send(request);
            const [event, its] = webhook.aws.eventBridge.entries.map(({ Detail = '' }) => JSON.parse(Detail));
            for (const field of ['dedupe_hash', 'conversation_id', 'event_type', 'scheme'])
              assert.equal(handled.log[field], direct.log[field], field);
            assert.deepEqual(event.eventBody, JSON.parse(payload));
            assert.equal(event.metadata.dedupeKey, its.metadata.dedupeKey);
            assert.equal(event.metadata.CorrelationId, 'request-of-arrival');
            assert.equal(event.metadata.traceId, reply.log.trace_id);
            const arrival = Date.parse(event.metadata.receivedAt);
            assert.ok(arrival >= began && arrival <= began + reply.durationMs + 1_000);
            if (its.timestamp === its.metadata.receivedAt)
              assert.equal(event.timestamp, event.metadata.receivedAt);
          },
          cause,
        ));
    }

    test('what still cannot be handled stays, and is never sent again', () =>
      using(
        {},
        async (webhook) => {
          const message = await parked(webhook);
          await webhook.coldStart();
          OUTAGES[cause](webhook);
          if (cause === 'secret_unavailable') await webhook.coldStart();
          const handled = await webhook.handle(message);
          assertStays(handled);
          assert.equal(handled.log.error_code, 'InternalFailure');
          assert.equal(webhook.calls.SendMessage, 1);
          over(webhook);
          await new Promise((resolve) => setTimeout(resolve, 1_100));
          assertDone(await webhook.handle(message), 'accepted');
        },
        cause,
      ));

    for (const [what, fault, code] of [
      ['a queue that is not there', async () => refusal('QueueDoesNotExist', NO_QUEUE), NO_QUEUE],
      [
        'a role that may not send',
        async () => refusal('AccessDeniedException', 'AccessDenied'),
        'AccessDenied',
      ],
      ['a throttle', faults.throttled, 'ThrottlingException'],
      ['no answer', faults.hanging, 'TimeoutError'],
      ['a connection that is cut', faults.dropped, 'DispatchFailure'],
      ['half an answer', faults.truncated, 'ServiceError'],
      ['an answer without a message id', async () => faults.awsJson(200, {}), 'NoMessageId'],
      ['an answer with an empty one', async () => faults.awsJson(200, { MessageId: '' }), 'NoMessageId'],
    ] as const) {
      test(`with SQS down as well, ${what} is ${cause} as without a queue`, () =>
        using(
          {},
          async (webhook) => {
            webhook.aws.sqs.fault = fault;
            const reply = await webhook.send(REQUEST);
            assertOutcome(reply, cause);
            assert.equal(reply.log.parking_error_code, code);
            assert.equal(reply.log.error_code, 'InternalFailure');
            assert.equal(webhook.aws.eventBridge.entries.length, 0);
            assert.ok(reply.durationMs < 7_000, `${reply.durationMs} ms`);
          },
          cause,
        ));
    }
  });
}

describe('an instance with a parking queue', () => {
  let webhook: FunctionUnderTest;
  beforeEach(async () => {
    webhook ??= await FunctionUnderTest.start({ suite: 'parking', secret: SECRETS.form, parking: true });
    over(webhook);
    webhook.aws.eventBridge.entries.length = 0;
  });
  after(() => webhook?.stop());

  test('nothing is called of SQS, and no connection opened, until a webhook is parked', () =>
    using({}, async (fresh) => {
      assertOutcome(await fresh.send(REQUEST), 'accepted');
      assert.equal(fresh.aws.sqs.connections, 0);
    }));

  test('a message larger than SQS takes is not sent: the sender is to try again', async () => {
    OUTAGES.publish_failed(webhook);
    const calls = webhook.calls.SendMessage;
    const reply = await webhook.send(webhookOf(`{"a":"${'x'.repeat(800_000)}"}`));
    assertOutcome(reply, 'publish_failed');
    assert.equal(reply.log.parking_error_code, 'MessageTooLarge');
    assert.equal(webhook.calls.SendMessage, calls);
  });

  test('the largest message is 1 MiB, which holds every event of 780 KB', async () => {
    OUTAGES.publish_failed(webhook);
    const sizeWith = (filling: string) => webhook.send(webhookOf(`{"a":"${filling}"}`));
    assertOutcome(await sizeWith('漢\\"'.repeat(780_000 / 5)), 'parked');
    // Three bytes more or less are four of base64.
    const room = Math.floor((MIB - lastMessage(webhook).body.length) / 4) * 3;
    assertOutcome(await sizeWith('x'.repeat(780_000 + room)), 'parked');
    assert.ok(MIB - lastMessage(webhook).body.length < 4);
    assertOutcome(await sizeWith('x'.repeat(780_000 + room + 3)), 'publish_failed');
  });

  test('what is refused for good is not parked', async () => {
    const calls = webhook.calls.SendMessage;
    webhook.aws.eventBridge.fault = faults.failedEntry('MalformedDetail');
    for (const [request, outcome] of [
      [REQUEST, 'event_refused'],
      [signWebhook('form', PAYLOAD, 'another-secret-entirely'), 'unauthorized'],
      [webhookOf('null'), 'invalid_payload'],
      [webhookOf(`{"a":"${'x'.repeat(MIB)}"}`), 'event_too_large'],
      [{ ...REQUEST, method: 'GET', requestId: 'another' }, 'method_not_allowed'],
    ] as const)
      assertOutcome(await webhook.send(request), outcome);
    assert.equal(webhook.calls.SendMessage, calls);
  });

  test('an event is published byte by byte, whatever characters it has', async () => {
    OUTAGES.publish_failed(webhook);
    const payload =
      '{"eventType":"a\\u00e9é\uFFFF\uD83D\uDE00","conversation":{"id":"\\u2028 \u007F ok"}, "n": 1.0e2 }';
    const message = await parked(webhook, { ...webhookOf(payload), requestId: 'r' });
    assert.match(message.body, /^[\x20-\x7e]*$/);
    assertDone(await webhook.handle(message), 'accepted');
    const [entry] = webhook.aws.eventBridge.entries;
    assert.ok(entry?.Detail?.includes(`"eventBody":${payload}`), entry?.Detail);
    assert.equal(entry?.DetailType, 'aéé\uFFFF\uD83D\uDE00');
  });

  test('what was published before the answer was lost is published again under the same key', async () => {
    webhook.aws.eventBridge.fault = faults.answerLost;
    const message = await parked(webhook);
    assertDone(await webhook.handle(message), 'accepted');
    const keys = webhook.aws.eventBridge.entries.map(
      ({ Detail = '' }) => JSON.parse(Detail).metadata.dedupeKey,
    );
    assert.ok(keys.length >= 2);
    assert.equal(new Set(keys).size, 1);
  });

  for (const [what, body] of [
    ['no JSON', 'hello'],
    ['no object', '[]'],
    ['no version', { version: undefined }],
    ['a version that nobody knows', { version: 2 }],
    ['an event whose detail is no JSON', { event: { source: 's', detailType: 'd', detail: btoa('{') } }],
    ['an event whose detail is no object', { event: { source: 's', detailType: 'd', detail: btoa('[]') } }],
    ['an event whose detail is no UTF-8', { event: { source: 's', detailType: 'd', detail: '/w==' } }],
    ['an event whose detail is no base64', { event: { source: 's', detailType: 'd', detail: '{}' } }],
    ['no event', { event: undefined }],
    ['no time', { receivedAt: undefined }],
  ] as const) {
    test(`a message that is none of ours stays: ${what}`, async () => {
      OUTAGES.publish_failed(webhook);
      const message = await parked(webhook);
      const foreign =
        typeof body === 'string' ? body : JSON.stringify({ ...JSON.parse(message.body), ...body });
      const handled = await webhook.handle({ ...message, body: foreign, sentAt: Date.now() - 5_000 });
      assertStays(handled, /none of ours/);
      assert.ok(Number(handled.log.age_seconds) >= 5);
      assert.equal(handled.log.request_id, message.messageId);
      assert.equal(webhook.aws.eventBridge.entries.length, 0);
    });
  }

  test('an event with several messages stays, because each is handled alone', async () => {
    OUTAGES.publish_failed(webhook);
    const message = await parked(webhook);
    assertStays(await webhook.handle(message, message), /exactly one/);
    assertStays(await webhook.handle(), /exactly one/);
    for (const Records of [null, 1, {}, [1], [{}], [{ body: 1 }]]) {
      const { error } = await webhook.runtime.invoke({ Records });
      assert.equal(error?.errorType, 'StillParked', JSON.stringify(Records));
    }
    assert.equal(webhook.aws.eventBridge.entries.length, 0);
  });

  test('an event that EventBridge refuses for good when it is handled is done with, and lost', async () => {
    OUTAGES.publish_failed(webhook);
    const message = await parked(webhook);
    webhook.aws.eventBridge.fault = faults.failedEntry('MalformedDetail');
    const handled = await webhook.handle(message);
    assertDone(handled, 'event_refused');
    assert.equal(handled.log.level, 'WARN');
  });
});

describe('a request that is parked unverified', () => {
  const parkedRequest = (
    request: Parameters<typeof parked>[1],
    check: (webhook: FunctionUnderTest, message: Message) => Promise<void>,
    setup: Partial<Setup> = {},
  ) => using(setup, async (webhook) => check(webhook, await parked(webhook, request)), 'secret_unavailable');

  for (const [what, request, outcome] of [
    ['forged', signWebhook('form', PAYLOAD, 'another-secret-entirely'), 'unauthorized'],
    ['signed, but malformed,', webhookOf('null'), 'invalid_payload'],
    ['signed, but incomplete,', webhookOf('{"eventType":1}'), 'invalid_payload'],
  ] as const) {
    test(`one that is ${what} is refused when it is handled and never published`, () =>
      parkedRequest({ ...request, requestId: 'r' }, async (webhook, message) => {
        await webhook.coldStart();
        assertDone(await webhook.handle(message), outcome);
        assert.equal(webhook.aws.eventBridge.entries.length, 0);
      }));
  }

  test('characters that SQS would replace are signed bytes like any other', () => {
    const { request } = readFixture('form', 'noncharacter');
    return parkedRequest({ ...request, requestId: 'r' }, async (webhook, message) => {
      await webhook.coldStart();
      assertDone(await webhook.handle(message), 'accepted');
      assert.ok(webhook.aws.eventBridge.entries[0]?.Detail?.includes('"note":"\uFFFF"'));
    });
  });

  test('a header may hold such characters, too', () => {
    const secret = 'é\uFFFF\uD83D\uDE00'.repeat(12);
    const request = { headers: { 'x-webhook-key': secret }, body: '{}', requestId: 'r' };
    const check = async (webhook: FunctionUnderTest, message: Message) => {
      assert.match(message.body, /^[\x20-\x7e]*$/);
      await webhook.coldStart();
      assertDone(await webhook.handle(message), 'accepted');
    };
    return parkedRequest(request, check, { scheme: 'static-token', secret });
  });

  test('one whose secret is rotated away meanwhile is refused', () =>
    parkedRequest(REQUEST, async (webhook, message) => {
      webhook.secret.put('a-new-secret-of-the-same-sender');
      webhook.secret.moveStage('AWSPREVIOUS');
      await webhook.coldStart();
      assertDone(await webhook.handle(message), 'unauthorized');
      assert.equal(webhook.aws.eventBridge.entries.length, 0);
    }));

  test('one that EventBridge does not take when it is handled stays a request', () =>
    parkedRequest(REQUEST, async (webhook, message) => {
      await webhook.coldStart();
      OUTAGES.publish_failed(webhook);
      assertStays(await webhook.handle(message));
      assert.equal(webhook.calls.SendMessage, 1);
    }));

  test('it holds of the request the headers that the scheme reads, and no other', () =>
    parkedRequest(
      { ...REQUEST, headers: { ...REQUEST.headers, cookie: 'c=1', authorization: 'Basic x' } },
      async (_, { body }) => {
        const { request, ...ids } = JSON.parse(body);
        assert.ok(request.headers.every(([name]: [string]) => name === SCHEMES.form.header));
        assert.equal(request.body, Buffer.from(REQUEST.body).toString('base64'));
        assert.equal(ids.sourceIp, '203.0.113.7');
        assert.match(ids.traceId, /^1-[0-9a-f]{8}-[0-9a-f]{24}$/);
      },
    ));

  test('one that is larger than SQS takes is secret_unavailable', () =>
    using(
      {},
      async (webhook) => {
        const reply = await webhook.send(webhookOf(`{"a":"${'x'.repeat(MIB)}"}`));
        assertOutcome(reply, 'secret_unavailable');
        assert.equal(reply.log.parking_error_code, 'MessageTooLarge');
      },
      'secret_unavailable',
    ));

  test('a function that is deployed with another scheme leaves it where it is', () =>
    parkedRequest(REQUEST, async (webhook, message) => {
      await webhook.coldStart({ SIGNATURE_SCHEME: 'open-messaging' });
      assertStays(await webhook.handle(message), /another signature scheme/);
      await webhook.coldStart();
      assertDone(await webhook.handle(message), 'accepted');
    }));

  test('a function that is deployed with other options handles it under them, but it was let in when it came', () =>
    parkedRequest(REQUEST, async (webhook, message) => {
      await webhook.coldStart({
        ALLOWED_CIDRS: '192.0.2.0/32',
        EVENT_SOURCE: 'another',
        PARKING_QUEUE_URL: '',
      });
      assertDone(await webhook.handle(message), 'accepted');
      assert.equal(webhook.aws.eventBridge.entries[0]?.Source, 'another');
    }));
});

describe('an event that is parked verified', () => {
  test('it is published though its secret is rotated away meanwhile and cannot be read', () =>
    using(
      {},
      async (webhook) => {
        const message = await parked(webhook);
        webhook.secret.put('a-new-secret-of-the-same-sender');
        webhook.secret.moveStage('AWSPREVIOUS');
        OUTAGES.secret_unavailable(webhook);
        await webhook.coldStart({ EVENT_SOURCE: 'another', SIGNATURE_SCHEME: 'open-messaging' });
        assertDone(await webhook.handle(message), 'accepted');
        assert.equal(webhook.aws.eventBridge.entries[0]?.Source, 'genesys.cloud.webhook');
      },
      'publish_failed',
    ));

  test('one that an earlier version of the function parked is handled', () =>
    using({}, async (webhook) => {
      const messages = [
        '{"version":1,"requestId":"r","sourceIp":"203.0.113.7","traceId":null,"receivedAt":"2026-11-28T09:00:00.123Z","event":{"source":"genesys.cloud.webhook","detailType":"conversation:created","detail":"eyJ0b3BpY05hbWUiOiJjb252ZXJzYXRpb246Y3JlYXRlZCIsIm1ldGFkYXRhIjp7ImRlZHVwZUtleSI6IjAxMjM0NTY3ODlhYmNkZWYwMTIzIn19"}}',
        `{"version":1,"requestId":"r","sourceIp":"203.0.113.7","traceId":null,"receivedAt":"2026-11-28T09:00:00.123Z","request":{"scheme":"form","headers":[],"body":"${Buffer.from(REQUEST.body).toString('base64')}"}}`,
      ];
      for (const body of messages)
        assertDone(await webhook.handle({ messageId: 'm', body, sentAt: 0 }), 'accepted');
      const [event, request] = webhook.aws.eventBridge.entries.map(({ Detail = '' }) => JSON.parse(Detail));
      assert.equal(event.metadata.dedupeKey, '0123456789abcdef0123');
      assert.equal(request.metadata.receivedAt, '2026-11-28T09:00:00.123Z');
    }));
});

for (const cause of PARKING_CAUSES) {
  test(`a process that is killed once SQS has the webhook repeats it under the same key: ${cause}`, () =>
    using(
      {},
      async (webhook) => {
        OUTAGES[cause](webhook);
        webhook.aws.sqs.fault = async (call, answer) => {
          await answer();
          void webhook.process.stop('SIGKILL');
          return faults.hanging(call, answer);
        };
        await assert.rejects(webhook.send(REQUEST), /function failed/);
        over(webhook);
        await webhook.coldStart();
        assertOutcome(await webhook.send(REQUEST), 'accepted');
        assertDone(await webhook.handle(lastMessage(webhook)), 'accepted');
        const keys = webhook.aws.eventBridge.entries.map(
          ({ Detail = '' }) => JSON.parse(Detail).metadata.dedupeKey,
        );
        assert.equal(keys.length, 2);
        assert.equal(new Set(keys).size, 1);
      },
      cause,
    ));
}

test('a webhook is answered in time though the refresh, the publish and the parking all hang', () =>
  using({ env: { ...SHORT_COOLDOWN, SECRET_CACHE_TTL_SECONDS: '1' } }, async (webhook) => {
    const { secretsManager, eventBridge, sqs } = webhook.aws;
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    secretsManager.fault = eventBridge.fault = sqs.fault = faults.hanging;
    const reply = await webhook.send(REQUEST);
    assertOutcome(reply, 'publish_failed');
    // `function/src/limits.rs` adds the waits up to less than 7 s; Lambda and Genesys give up after 10.
    assert.ok(reply.durationMs < 9_000, `${reply.durationMs} ms`);
  }));

test('handling a webhook writes one line and no other, whatever becomes of it', () =>
  using({}, async (webhook) => {
    OUTAGES.publish_failed(webhook);
    assertOutcome(await webhook.send(REQUEST), 'parked');
    const before = webhook.process.lines.length;
    assertStays(await webhook.handle(lastMessage(webhook)));
    over(webhook);
    assertDone(await webhook.handle(lastMessage(webhook)), 'accepted');
    assert.equal(webhook.process.lines.length, before + 2, webhook.process.lines.slice(before).join('\n'));
  }));
