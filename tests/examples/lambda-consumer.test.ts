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
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { wrapped } from '../../dev/build.ts';
import { root } from '../../dev/common/root.ts';
import { Consumer } from '../../dev/local-aws/consumer.ts';
import { deploy } from '../../dev/local-aws/deploy.ts';
import { startLocalAws } from '../../dev/local-aws/local-aws.ts';
import { Receiver, type RequestLine } from '../../dev/local-aws/receiver.ts';
import { payloadOf, readFixture } from '../function/fixtures.ts';
import { functionBinary } from '../support/function-process.ts';
import { forbid, keepLog } from '../support/test-logs.ts';

const aws = await startLocalAws({ logFile: `${root}/.local/test-logs/local-aws-examples.log` });
const outputs = await deploy(aws, {
  app: 'node --import tsx tests/examples/lambda-consumer-app.ts',
  code: wrapped('examples', functionBinary()),
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
  assert.equal((await consumer.logLines()).filter((line) => line.includes(id)).length, 1);
});

test('an event that the function fails on ends in the dead-letter queue', async () => {
  const detail = { eventBody: {}, metadata: { scheme: 'form', dedupeKey: randomUUID() } };
  await new LambdaClient(aws.client).send(
    new InvokeCommand({
      FunctionName: outputs.ConsumerFunctionName,
      InvocationType: 'Event',
      Payload: JSON.stringify({ 'detail-type': 'conversation:updated', detail }),
    }),
  );
  const { requestPayload } = await new Consumer(aws, outputs.DeadLetterQueueUrl ?? '').receive(() => true);
  assert.deepEqual(requestPayload, { 'detail-type': 'conversation:updated', detail });
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
