/** From the 200 to the consumer: what arrives on the bus. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  DescribeReplayCommand,
  EventBridgeClient,
  ListArchivesCommand,
  ListRulesCommand,
  StartReplayCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import type { BusEvent } from '../../dev/local-aws/consumer.ts';
import { forbid } from '../support/test-logs.ts';
import {
  aws,
  consumer,
  conversationEvent,
  form,
  outputs,
  published,
  send,
  staticToken,
} from './deployment.ts';

const EventBusName = outputs.EventBusName;
const bus = new EventBridgeClient(aws.client);

const about = (id: string) => (event: BusEvent) => event.detail.eventBody?.conversation?.id === id;

test('a verified webhook arrives at the consumer as it was published, and leaves one log line without its payload', async () => {
  const since = Date.now();
  const { id, payload } = conversationEvent('conversation:updated');
  forbid(`marker-${id}`);
  assert.equal((await send(form, payload)).status, 200);
  await form.logged({ conversation_id: id, outcome: 'accepted' }, since);
  const lines = await form.logLines(since);
  assert.equal(lines.filter((text) => text.includes(id)).length, 1);

  const event = await consumer.receive(about(id));
  assert.match(event.id, /^[0-9a-f-]{36}$/);
  assert.ok(Math.abs(Date.parse(event.time) - since) < 10_000, event.time);
  assert.equal(event.source, 'genesys.cloud.webhook');
  assert.equal(event['detail-type'], 'conversation:updated');
  // Field by field in `tests/function/published-event.test.ts`.
  assert.deepEqual(event.detail, published().Detail);
  assert.deepEqual(event.detail.eventBody, JSON.parse(payload));
});

test("a filter written for the detail of Genesys's native events matches ours, and tells media types apart", async () => {
  const topicName = 'v2.detail.events.conversation.{id}.customer.start';
  const eventBody = { topicName, conversationId: randomUUID(), eventTime: 1_700_000_000_123 };
  const EventPattern = JSON.stringify({
    detail: { topicName: [topicName], version: ['2'], eventBody: { mediaType: ['VOICE'] } },
  });
  const matches = async (detail: object) => {
    const envelope = { id: '1', source: 's', 'detail-type': 'd', account: '1', region: 'r', resources: [] };
    const Event = JSON.stringify({ ...envelope, time: '2026-01-30T00:00:00Z', detail });
    return (await bus.send(new TestEventPatternCommand({ EventPattern, Event }))).Result;
  };
  for (const mediaType of ['VOICE', 'EMAIL']) {
    const body = { ...eventBody, mediaType };
    const native = { topicName, version: '2', eventBody: body, metadata: { CorrelationId: randomUUID() } };
    assert.equal(await matches(native), mediaType === 'VOICE');
    assert.equal((await send(staticToken, JSON.stringify(body))).status, 200);
    assert.equal(await matches(published().Detail), mediaType === 'VOICE');
  }
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
