/**
 * The Lambda consumer on the local AWS, from a signed webhook to what the function logs.
 *
 * The emulator differs from AWS in two things. Its rules invoke a function once and keep no failed event, so that test
 * invokes asynchronously itself. And its rules put a repeat on a FIFO queue, which SQS's own API drops.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import {
  GetFunctionConfigurationCommand,
  type InvocationType,
  InvokeCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { wrapped } from '../../dev/build.ts';
import { root } from '../../dev/common/root.ts';
import { Consumer } from '../../dev/local-aws/consumer.ts';
import { deploy } from '../../dev/local-aws/deploy.ts';
import { startLocalAws } from '../../dev/local-aws/local-aws.ts';
import { Receiver, type RequestLine } from '../../dev/local-aws/receiver.ts';
import { payloadOf, readFixture } from '../function/fixtures.ts';
import { functionBinary, rotationBinary } from '../support/function-process.ts';
import { forbid, keepLog } from '../support/test-logs.ts';

const aws = await startLocalAws({ logFile: `${root}/.local/test-logs/local-aws-examples.log` });
const outputs = await deploy(aws, {
  app: 'node --import tsx tests/examples/lambda-consumer-app.ts',
  code: wrapped('examples', functionBinary()),
  rotationCode: wrapped('examples-rotation', rotationBinary()),
});
const form = new Receiver(aws, outputs);
const openMessaging = new Receiver(aws, outputs, 'open-messaging');
/** Reads the consumer's log, in place of the webhook's. */
const consumer = new Receiver(aws, { ...outputs, LogGroupName: outputs.ConsumerLogGroupName ?? '' });
forbid('private-', await form.secret(), await openMessaging.secret());

after(async () => {
  keepLog('examples', `${(await consumer.logLines()).join('\n')}\n`);
  await aws.stop();
});

const invocations = async () => (await consumer.logLines()).filter((line) => line.startsWith('END ')).length;
const conversation = (id: string) =>
  JSON.stringify({ eventType: 'conversation:created', conversation: { id, type: 'voice' } });

const lambda = new LambdaClient(aws.client);
const FunctionName = outputs.ConsumerFunctionName;
const SLOT_MS = 5 * 60 * 1000;
/** Of a webhook that was parked for long. */
const MINUTE_0 = Math.floor((Date.now() - 13 * 24 * 60 * 60 * 1000) / SLOT_MS) * SLOT_MS;

const conversationEvent = (id: string, receivedAt?: string, type = 'conversation:created') => ({
  'detail-type': type,
  detail: { eventBody: { conversation: { id } }, metadata: { scheme: 'form', dedupeKey: id, receivedAt } },
});
/** Passes an event straight to the function. What it resolves to says whether the function failed. */
async function invokeWith(event: object, InvocationType: InvocationType = 'RequestResponse') {
  const Payload = JSON.stringify(event);
  return (await lambda.send(new InvokeCommand({ FunctionName, InvocationType, Payload }))).FunctionError;
}
const invoke = (key: string, minute: number, type?: string) =>
  invokeWith(conversationEvent(key, new Date(MINUTE_0 + minute * 60_000).toISOString(), type));
const timesHandled = async (id: string) =>
  (await consumer.logLines()).filter((line) => line.startsWith('{') && line.includes(id)).length;

for (const [receiver, fixture, line] of [
  [
    openMessaging,
    'text',
    { handled: 'text', messageId: 'd8d3b9c1f0', conversationId: '5b2f6d0e-4e0a-4a57-b0d7-83a1f3f0c9aa' },
  ],
  [openMessaging, 'receipt', { handled: 'receipt', messageId: 'd8d3b9c1f0', status: 'Failed' }],
  [
    form,
    'conversation-created',
    { handled: 'conversation', conversationId: '3f6c1d0a-7a52-4c59-9d51-0a3b4f6f3d11' },
  ],
] as [Receiver, string, RequestLine][]) {
  test(`${receiver.scheme}/${fixture} reaches its own function, which logs nothing private`, async () => {
    const { request } = readFixture(receiver.scheme, fixture);
    assert.equal((await receiver.send(payloadOf(receiver.scheme, request))).status, 200);
    await consumer.logged(line, 0);
    assert.ok(!(await consumer.logLines()).join('\n').includes('private-'));
  });
}

test('a webhook that arrives twice is handled once', async () => {
  const id = randomUUID();
  const before = await invocations();
  await form.send(conversation(id));
  await consumer.logged({ conversationId: id }, 0);
  await form.send(conversation(id));
  while ((await invocations()) < before + 2) await sleep(25);
  assert.equal(await timesHandled(id), 1);
});

// Minutes of `receivedAt`, in the order in which the events come. Minutes 0 and 5 begin slots.
for (const [name, minutes, handled] of [
  ['a repeat of the same slot', [1, 2], 1],
  ['a repeat of the next slot', [4, 6], 1],
  ['a repeat of the slot before', [6, 4], 1],
  ['a repeat at exactly five minutes', [1, 6], 1],
  ['an equal key six minutes later', [1, 7], 2],
  ['an equal key six minutes earlier, which was parked', [7, 1], 2],
  ['a repeat that comes after other events with its key', [1, 7, 13, 2, 8], 3],
] as [string, number[], number][]) {
  test(`${name}: ${minutes.length} events, of which ${handled} are handled`, async () => {
    const key = randomUUID();
    for (const minute of minutes) assert.equal(await invoke(key, minute), undefined);
    assert.equal(await timesHandled(key), handled);
  });
}

test('repeats that come at the same time are handled once', async () => {
  // In the first round the function's environments start, one after the other. From then on they are as fast as each other.
  for (let round = 0; round < 8; round += 1) {
    const key = randomUUID();
    const all = () => Promise.all([4, 6, 4.5, 5.5].map((minute) => invoke(key, minute)));
    assert.ok((await all()).includes(undefined));
    // As Lambda does it for those that met another in progress.
    assert.deepEqual(new Set(await all()), new Set([undefined]));
    assert.equal(await timesHandled(key), 1);
  }
});

test('a repeat of an event that failed is handled', async () => {
  const key = randomUUID();
  assert.equal(await invoke(key, 4, 'conversation:updated'), 'Unhandled');
  assert.equal(await invoke(key, 6), undefined);
  assert.equal(await timesHandled(key), 1);
});

test('an event without a key, or without a time at which it was received, is an error', async () => {
  for (const [id, receivedAt] of [
    ['', new Date().toISOString()],
    [randomUUID(), undefined],
    [randomUUID(), 'soon'],
  ] as const) {
    assert.equal(await invokeWith(conversationEvent(id, receivedAt)), 'Unhandled');
  }
});

test('what the table holds is kept for 15 days', async () => {
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const TableName = Environment?.Variables?.SEEN_TABLE;
  const { Items = [] } = await new DynamoDBClient(aws.client).send(new ScanCommand({ TableName }));
  const kinds = new Set(Items.map((item) => Object.keys(item).sort().join()));
  assert.deepEqual([...kinds].sort(), [
    'expiration,id,in_progress_expiration,status',
    'expiration,id,receivedAt',
  ]);
  for (const { expiration } of Items) {
    const days = (Number(expiration?.N) - Date.now() / 1000) / (24 * 60 * 60);
    assert.ok(days > 14.99 && days < 15.01, `${days} days`);
  }
});

test('an event that the function fails on ends in the dead-letter queue', async () => {
  const event = conversationEvent(randomUUID(), new Date().toISOString(), 'conversation:updated');
  await invokeWith(event, 'Event');
  const { requestPayload } = await new Consumer(aws, outputs.DeadLetterQueueUrl ?? '').receive(() => true);
  assert.deepEqual(requestPayload, event);
});

test('a repeat has the body of the first, by which a FIFO queue drops it', async () => {
  const sqs = new SQSClient({ ...aws.client, useQueueUrlAsEndpoint: false });
  const QueueUrl = outputs.OnceQueueUrl;
  const id = randomUUID();
  const bodies = async () => {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 0 }),
    );
    return Messages.map(({ Body = '' }) => Body).filter((body) => body.includes(id));
  };
  await form.send(conversation(id));
  await form.send(conversation(id));
  const [first, repeat, ...more] = await bodies();
  assert.deepEqual(JSON.parse(first ?? ''), JSON.parse(conversation(id)));
  assert.equal(repeat, first);
  assert.deepEqual(more, []);
  for (let time = 0; time < 2; time += 1) {
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: first, MessageGroupId: 'form' }));
  }
  assert.equal((await bodies()).length, 3);
});
