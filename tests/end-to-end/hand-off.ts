/** From the 200 to the consumer: what 2xx promises, and what arrives on the bus. */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeReplayCommand,
  EventBridgeClient,
  ListArchivesCommand,
  ListRulesCommand,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  StartReplayCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { type BusEvent, Consumer } from '../../dev/local-aws/consumer.ts';
import {
  answerLost,
  awsError,
  dropped,
  failedEntry,
  hanging,
  internalError,
  on,
  resourceNotFound,
  throttled,
} from '../support/faults.ts';
import { aws, consumer, during, eventBridge, form, outputs, send, staticToken } from './deployment.ts';

const RFC_3339_MS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const EventBusName = outputs.EventBusName;
const bus = new EventBridgeClient(aws.client);

const conversationEvent = (eventType = 'conversation:created', id = randomUUID()) => ({
  id,
  payload: JSON.stringify({ eventType, conversation: { id, type: 'voice' } }),
});
const about = (id: string) => (event: BusEvent) => event.detail.eventBody?.conversation?.id === id;

test('a verified webhook arrives at the consumer with every field as documented', async () => {
  const since = Date.now();
  const { id, payload } = conversationEvent('conversation:updated');
  assert.equal((await send(form, payload)).status, 200);
  const line = await form.logged({ conversation_id: id }, since);

  const { id: eventId, time, detail, ...event } = await consumer.receive(about(id));
  assert.match(eventId, /^[0-9a-f-]{36}$/);
  assert.ok(Math.abs(Date.parse(time) - since) < 10_000, time);
  assert.deepEqual(event, {
    version: '0',
    source: 'genesys.cloud.webhook',
    'detail-type': 'conversation:updated',
    account: '000000000000',
    region: 'us-east-1',
    resources: [],
  });
  const { receivedAt } = detail.metadata;
  assert.match(receivedAt, RFC_3339_MS);
  assert.ok(Math.abs(Date.parse(receivedAt) - since) < 10_000, receivedAt);
  assert.deepEqual(detail, {
    topicName: 'conversation:updated',
    version: '2',
    eventBody: JSON.parse(payload),
    metadata: {
      CorrelationId: line.request_id,
      scheme: 'form',
      dedupeKey: createHash('sha256').update(payload).digest('hex'),
      receivedAt,
      secretVersionId: line.secret_version_id,
      ...(line.trace_id && { traceId: line.trace_id }),
    },
    timestamp: receivedAt,
  });
});

test('the verified JSON reaches PutEvents byte for byte', async () => {
  const { id } = conversationEvent();
  // Each of these changes in a parser: numbers, escapes, white space, duplicate keys.
  const payload = `{"conversation":{"id":"${id}"}, "n":[1.0,9007199254740993,1e2],\t"s":"\\u00e9\\/é","k":1,"k":2}`;
  assert.equal((await send(form, payload)).status, 200);
  const put = eventBridge.recorded.findLast(({ operation }) => operation === 'PutEvents');
  const [entry] = JSON.parse(put?.body.toString() ?? '{}').Entries;
  assert.ok(entry.Detail.includes(`"eventBody":${payload},`), 'the Detail holds the payload as it was sent');
});

test('a webhook sent again has the same dedupe key', async () => {
  const { id, payload } = conversationEvent();
  const keys = [];
  for (let attempt = 0; attempt < 2; attempt += 1) {
    assert.equal((await send(form, payload)).status, 200);
    keys.push((await consumer.receive(about(id))).detail.metadata.dedupeKey);
  }
  assert.equal(keys[0], keys[1]);
});

for (const [name, fault, errorCode] of [
  ['the bus does not exist', resourceNotFound, 'ResourceNotFoundException'],
  ['the entry is refused for now', failedEntry('InternalFailure'), 'InternalFailure'],
  ['the entry is throttled', failedEntry('ThrottlingException'), 'ThrottlingException'],
  ['EventBridge throttles', throttled, 'ThrottlingException'],
  ['EventBridge fails', internalError, 'InternalFailure'],
  ['access is denied', awsError(400, 'AccessDeniedException'), 'AccessDeniedException'],
  ['the connection drops', dropped, undefined],
  ['EventBridge does not answer', hanging, undefined],
] as const) {
  test(`503 and nothing claimed while ${name}`, async () => {
    const since = Date.now();
    const { id, payload } = conversationEvent();
    const answer = await during(eventBridge, on('PutEvents', fault), () => send(form, payload));
    assert.ok(Date.now() - since < 7_000, 'within the time that the sender waits');
    assert.deepEqual([answer.status, answer.body], [503, '{"error":"Service Unavailable"}']);
    assert.equal(answer.headers.get('retry-after'), '5');
    const line = await form.logged({ outcome: 'publish_failed', conversation_id: id }, since);
    if (errorCode) assert.equal(line.error_code, errorCode);
    assert.ok(line.error_code, 'the log says which error it was');
    assert.deepEqual((await consumer.take(0)).filter(about(id)), []);

    assert.equal((await send(form, payload)).status, 200, "the sender's next try");
    await consumer.receive(about(id));
  });
}

test('400 where no retry can mend the entry', async () => {
  const { id, payload } = conversationEvent();
  const since = Date.now();
  const refused = on('PutEvents', failedEntry('MalformedDetail'));
  const answer = await during(eventBridge, refused, () => send(form, payload));
  assert.deepEqual([answer.status, answer.body], [400, '{"error":"Event Refused"}']);
  await form.logged({ outcome: 'event_refused', conversation_id: id, error_code: 'MalformedDetail' }, since);
});

test('an answer of EventBridge that gets lost leads to repeats with one dedupe key, not to a loss', async () => {
  const { id, payload } = conversationEvent();
  const answer = await during(eventBridge, on('PutEvents', answerLost), () => send(form, payload));
  assert.equal(answer.status, 503);
  assert.equal((await send(form, payload)).status, 200);
  const events = (await consumer.take(1)).filter(about(id));
  assert.ok(events.length > 1, 'EventBridge had taken it before the answer was lost');
  assert.equal(new Set(events.map(({ detail }) => detail.metadata.dedupeKey)).size, 1);
});

test("a filter written for the detail of Genesys's native events matches ours", async () => {
  const topicName = 'v2.detail.events.conversation.{id}.customer.start';
  const eventBody = { conversationId: randomUUID(), eventTime: 1_700_000_000_123, mediaType: 'VOICE' };
  const native = { topicName, version: '2', eventBody, metadata: { CorrelationId: randomUUID() } };
  const filter = { topicName: [topicName], version: ['2'], eventBody: { mediaType: ['VOICE'] } };
  const queue = await queueOf('native-consumer', { detail: filter });

  const Entry = { EventBusName, Source: 'native', DetailType: topicName, Detail: JSON.stringify(native) };
  await bus.send(new PutEventsCommand({ Entries: [Entry] }));
  assert.deepEqual((await queue.receive(({ source }) => source === 'native')).detail, native);

  const answer = await send(staticToken, JSON.stringify({ topicName, ...eventBody }));
  assert.equal(answer.status, 200);
  const { detail } = await queue.receive(({ source }) => source === 'genesys.cloud.webhook');
  assert.deepEqual(detail.eventBody, { topicName, ...eventBody });

  await send(staticToken, JSON.stringify({ topicName, ...eventBody, mediaType: 'EMAIL' }));
  assert.deepEqual(await queue.take(1), [], 'the filter tells media types apart');
});

test('a replay of the archive delivers an event again to the rule it is for', async () => {
  const started = new Date();
  const { id, payload } = conversationEvent();
  assert.equal((await send(form, payload)).status, 200);
  const first = await consumer.receive(about(id));

  const { Archives: [archive] = [] } = await bus.send(new ListArchivesCommand({}));
  const { Rules: rules = [] } = await bus.send(new ListRulesCommand({ EventBusName }));
  const rule = rules.find(({ EventPattern }) => EventPattern?.includes('conversation:created'));
  const ReplayName = `replay-${id}`;
  await bus.send(
    new StartReplayCommand({
      ReplayName,
      EventSourceArn: `arn:aws:events:us-east-1:000000000000:archive/${archive?.ArchiveName}`,
      EventStartTime: new Date(started.getTime() - 1_000),
      EventEndTime: new Date(),
      Destination: { Arn: archive?.EventSourceArn, FilterArns: [rule?.Arn ?? ''] },
    }),
  );
  const again = await consumer.receive(about(id));
  assert.deepEqual(again.detail, first.detail);
  assert.equal(again['replay-name'], ReplayName);
  while ((await bus.send(new DescribeReplayCommand({ ReplayName }))).State !== 'COMPLETED') await sleep(50);
});

/** A new queue that a new rule on the stack's bus fills. */
async function queueOf(Name: string, pattern: object): Promise<Consumer> {
  const sqs = new SQSClient({ ...aws.client, useQueueUrlAsEndpoint: false });
  const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: Name }));
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
  );
  await bus.send(new PutRuleCommand({ Name, EventBusName, EventPattern: JSON.stringify(pattern) }));
  const target = { Id: 'queue', Arn: Attributes?.QueueArn };
  await bus.send(new PutTargetsCommand({ Rule: Name, EventBusName, Targets: [target] }));
  return new Consumer(aws, QueueUrl);
}
