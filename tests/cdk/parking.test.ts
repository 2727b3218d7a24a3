/** The parking queue: what it keeps, who handles it, and what is left where it is off. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import {
  all,
  deployed,
  environment,
  newWebhook,
  only,
  otherStack,
  statements,
  webhookTemplate,
} from './support.ts';

const template = webhookTemplate();
const queues = template.findResources('AWS::SQS::Queue');
const [id = '', queue] = Object.entries(queues).find(([name]) => name.includes('ParkingQueue')) ?? [];
const arn = { 'Fn::GetAtt': [id, 'Arn'] };

test('the parking queue keeps the largest message encrypted for 14 days, outlives the stack and sends nothing away', () => {
  assert.deepEqual(queue, {
    Type: 'AWS::SQS::Queue',
    Properties: {
      MaximumMessageSize: 1_048_576,
      MessageRetentionPeriod: 14 * 86_400,
      SqsManagedSseEnabled: true,
      VisibilityTimeout: 6 * only(template, 'AWS::Lambda::Function').Properties.Timeout,
    },
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
  });
});

test('the parking queue refuses what does not come by TLS, and lets nobody in by its policy', () => {
  const policies = all(template, 'AWS::SQS::QueuePolicy').filter(({ Queues }) => Queues[0].Ref === id);
  assert.deepEqual(
    policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement),
    [
      {
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Action: 'sqs:*',
        Resource: arn,
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
    ],
  );
});

test('the function that parks is called with one parked message at a time, by two at the most', () => {
  assert.deepEqual(environment(template).PARKING_QUEUE_URL, { Ref: id });
  assert.deepEqual(only(template, 'AWS::Lambda::EventSourceMapping').Properties, {
    BatchSize: 1,
    EventSourceArn: arn,
    FunctionName: { Ref: only(template, 'AWS::Lambda::Function').id },
    ScalingConfig: { MaximumConcurrency: 2 },
  });
});

test('each instance parks in a queue of its own', () => {
  const mappings = all(
    Template.fromStack(deployed({ schemes: { form: {}, 'static-token': {} } })),
    'AWS::Lambda::EventSourceMapping',
  );
  assert.equal(new Set(mappings.map(({ EventSourceArn }) => JSON.stringify(EventSourceArn))).size, 2);
  assert.equal(new Set(mappings.map(({ FunctionName }) => FunctionName.Ref)).size, 2);
});

test('with parking off there is no queue, nothing that polls, no variable, no permission and no output', () => {
  const stack = otherStack();
  const webhook = newWebhook(stack, { parking: false });
  webhook.addOutputs();
  assert.equal(webhook.parkingQueue, undefined);
  const off = Template.fromStack(stack);
  assert.equal(
    only(off, 'AWS::SQS::Queue').id,
    Object.keys(queues).find((name) => name !== id),
  );
  off.resourceCountIs('AWS::Lambda::EventSourceMapping', 0);
  assert.ok(!('PARKING_QUEUE_URL' in environment(off)));
  assert.doesNotMatch(JSON.stringify(statements(off)), /sqs:/);
  assert.deepEqual(
    Object.keys(off.toJSON().Outputs).filter((name) => name.includes('Parking')),
    [],
  );
});

test('the outputs name the parking queue of each instance', () => {
  const { Outputs } = Template.fromStack(deployed({ schemes: { form: {}, 'open-messaging': {} } })).toJSON();
  assert.match(Outputs.ParkingQueueUrl.Value.Ref, /^WebhookParkingQueue/);
  assert.match(Outputs.OpenMessagingParkingQueueUrl.Value.Ref, /^OpenMessagingWebhookParkingQueue/);
});
