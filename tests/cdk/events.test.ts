import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { SnsTopic, SqsQueue, type TargetBaseProps } from 'aws-cdk-lib/aws-events-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { OnWebhookEventOptions } from '../../cdk/genesys-webhook.ts';
import type { GenesysWebhookProps } from '../../cdk/genesys-webhook-props.ts';
import { SignatureScheme } from '../../cdk/signature-scheme.ts';
import {
  all,
  consumers,
  deployed,
  elsewhere,
  environment,
  newApp,
  newWebhook,
  only,
  otherStack,
  type Resource,
  statements,
  webhookTemplate,
} from './support.ts';

test('the bus archives what is published for 14 days, unless told not to', () => {
  const template = webhookTemplate();
  const { SourceArn, EventPattern, RetentionDays } = only(template, 'AWS::Events::Archive').Properties;
  assert.deepEqual(SourceArn, { 'Fn::GetAtt': [only(template, 'AWS::Events::EventBus').id, 'Arn'] });
  assert.deepEqual(EventPattern, { source: [environment(template).EVENT_SOURCE] });
  assert.equal(RetentionDays, 14);
  assert.deepEqual(all(webhookTemplate({ archive: false }), 'AWS::Events::Archive'), []);
});

test('a given bus is the only one that the function may publish on, and is archived by its owner', () => {
  const template = webhookTemplate({ eventBus: EventBus.fromEventBusName(elsewhere, 'Given', 'given-bus') });
  assert.deepEqual(all(template, 'AWS::Events::EventBus'), []);
  assert.deepEqual(all(template, 'AWS::Events::Archive'), []);
  assert.equal(environment(template).EVENT_BUS_NAME, 'given-bus');
  const put = statements(template).filter(({ Action }) => Action === 'events:PutEvents');
  assert.equal(put.length, 1);
  assert.match(JSON.stringify(put[0].Resource), /:event-bus\/given-bus"/);
});

test('a bus of another account is named by its ARN', () => {
  const arn = 'arn:aws:events:eu-west-1:999999999999:event-bus/other';
  const template = webhookTemplate({ eventBus: EventBus.fromEventBusArn(elsewhere, 'Foreign', arn) });
  assert.equal(environment(template).EVENT_BUS_NAME, arn);
});

test('where accounts are known, a bus of another one in the same Region is named by its ARN, and one of this account by its name', () => {
  const nameOf = (account: string) => {
    const arn = `arn:aws:events:eu-west-1:${account}:event-bus/other`;
    const stack = new Stack(newApp(), 'Here', { env: { account: '123456789012', region: 'eu-west-1' } });
    newWebhook(stack, { eventBus: EventBus.fromEventBusArn(stack, 'Bus', arn) });
    return environment(Template.fromStack(stack)).EVENT_BUS_NAME;
  };
  assert.equal(nameOf('999999999999'), 'arn:aws:events:eu-west-1:999999999999:event-bus/other');
  assert.equal(nameOf('123456789012'), 'other');
});

test('the documents show the policy that the bus of another account needs', () => {
  const operations = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const [, json = ''] = operations.match(/```json\n([^`]*"events:PutEvents"[^`]*)```/) ?? [];
  const [statement] = JSON.parse(json).Statement;
  assert.equal(statement.Action, 'events:PutEvents');
  assert.deepEqual(statement.Condition, {
    'ForAllValues:StringEquals': { 'events:source': environment(webhookTemplate()).EVENT_SOURCE },
  });
});

/** The rule by which the events of a webhook go to a queue. */
function rule(
  options: Partial<OnWebhookEventOptions> = {},
  props: GenesysWebhookProps = {},
  retries: TargetBaseProps = {},
): Resource {
  const stack = otherStack();
  const target = new SqsQueue(new Queue(stack, 'Target'), retries);
  newWebhook(stack, props).onEvent('Rule', { target, ...options });
  return only(Template.fromStack(stack), 'AWS::Events::Rule').Properties;
}

test('a rule passes on every type of its own source and its own scheme, unless told otherwise', () => {
  const props = { signatureScheme: SignatureScheme.OPEN_MESSAGING, eventSource: 'contact-centre' };
  const EventPattern = { source: ['contact-centre'], detail: { metadata: { scheme: ['open-messaging'] } } };
  assert.deepEqual(rule({}, props).EventPattern, EventPattern);
  assert.deepEqual(rule({ eventTypes: ['Text'] }, props).EventPattern, {
    ...EventPattern,
    'detail-type': ['Text'],
  });
});

test('a filter on detail lets no other scheme in', () => {
  const eventBody = { mediaType: ['VOICE'] };
  const CorrelationId = [{ exists: true }];
  const detail = { eventBody, metadata: { scheme: ['static-token'], CorrelationId } };
  assert.deepEqual(rule({ detail }).EventPattern.detail, {
    eventBody,
    metadata: { scheme: ['form'], CorrelationId },
  });
});

test('every target of any kind has a dead-letter queue that its rule alone may fill', () => {
  const stack = otherStack();
  const webhook = newWebhook(stack);
  webhook.onEvent('ToQueue', { target: new SqsQueue(new Queue(stack, 'Queue')) });
  webhook.onEvent('ToTopic', { target: new SnsTopic(new Topic(stack, 'Topic')) });
  const template = Template.fromStack(stack);
  const Arn = stack.resolve(webhook.deadLetterQueue.queueArn);
  const rules = Object.entries(template.findResources('AWS::Events::Rule'));
  assert.deepEqual(
    rules.map(([, { Properties }]) => Properties.Targets[0].DeadLetterConfig),
    [{ Arn }, { Arn }],
  );
  const allowed = all(template, 'AWS::SQS::QueuePolicy')
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .filter(({ Effect, Resource }) => Effect === 'Allow' && isDeepStrictEqual(Resource, Arn));
  assert.deepEqual(
    allowed.map(({ Principal, Condition }) => ({ Principal, Condition })),
    rules.map(([id]) => ({
      Principal: { Service: 'events.amazonaws.com' },
      Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [id, 'Arn'] } } },
    })),
  );
});

test('every queue outlives the stack, and keeps the largest event for 14 days', () => {
  const template = Template.fromStack(deployed({ consumers }));
  const queues = Object.values(template.findResources('AWS::SQS::Queue'));
  // Dead letters, parking, and the example consumer's.
  assert.equal(queues.length, 3);
  for (const { DeletionPolicy, UpdateReplacePolicy, Properties } of queues) {
    assert.deepEqual([DeletionPolicy, UpdateReplacePolicy], ['Retain', 'Retain']);
    assert.equal(Properties.MessageRetentionPeriod, 14 * 24 * 3600);
    assert.equal(Properties.MaximumMessageSize, 1_048_576);
  }
});

test('EventBridge tries to deliver for a day, unless the target has retry settings of its own', () => {
  const policyOf = (retries?: TargetBaseProps) => rule({}, {}, retries).Targets[0].RetryPolicy;
  assert.deepEqual(policyOf(), { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 });
  assert.deepEqual(policyOf({ maxEventAge: Duration.hours(1), retryAttempts: 0 }), {
    MaximumRetryAttempts: 0,
    MaximumEventAgeInSeconds: 3600,
  });
});
