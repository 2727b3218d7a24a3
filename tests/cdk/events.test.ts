import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { SnsTopic, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { OnWebhookEventOptions } from '../../cdk/genesys-webhook.ts';
import type { GenesysWebhookProps } from '../../cdk/genesys-webhook-props.ts';
import { SignatureScheme } from '../../cdk/signature-scheme.ts';
import {
  all,
  deployed,
  environment,
  newApp,
  newWebhook,
  only,
  otherStack,
  statements,
  webhookTemplate,
} from './support.ts';

/** A bus of someone else's. */
function onGivenBus(props: GenesysWebhookProps = {}): Template {
  const stack = otherStack();
  newWebhook(stack, { eventBus: EventBus.fromEventBusName(stack, 'Given', 'given-bus'), ...props });
  return Template.fromStack(stack);
}

describe('the event bus', () => {
  test('is_a_custom_one_that_archives_our_source_for_14_days', () => {
    const template = webhookTemplate();
    const bus = only(template, 'AWS::Events::EventBus');
    const { Properties: archive } = only(template, 'AWS::Events::Archive');
    assert.deepEqual(archive.SourceArn, { 'Fn::GetAtt': [bus.id, 'Arn'] });
    assert.deepEqual(archive.EventPattern, { source: ['genesys.cloud.webhook'] });
    assert.equal(archive.RetentionDays, 14);
  });

  test('names_no_key_for_its_archive_not_even_an_empty_one', () => {
    assert.equal('KmsKeyIdentifier' in only(webhookTemplate(), 'AWS::Events::Archive').Properties, false);
  });

  test('may_be_given_and_is_then_archived_by_its_owner', () => {
    const template = onGivenBus();
    assert.deepEqual(all(template, 'AWS::Events::EventBus'), []);
    assert.deepEqual(all(template, 'AWS::Events::Archive'), []);
    assert.equal(environment(template).EVENT_BUS_NAME, 'given-bus');
    const put = statements(template).filter(({ Action }) => Action === 'events:PutEvents');
    assert.equal(put.length, 1);
    assert.match(JSON.stringify(put[0].Resource), /:event-bus\/given-bus"/);
    for (const props of [{ archive: true }, { archiveRetention: Duration.days(30) }]) {
      assert.throws(() => onGivenBus(props), {
        message: `${Object.keys(props)} can't be set beside eventBus; set it where eventBus is made`,
      });
    }
  });

  test('may_do_without_an_archive_or_with_one_that_keeps_longer', () => {
    assert.deepEqual(all(webhookTemplate({ archive: false }), 'AWS::Events::Archive'), []);
    const [archive] = all(webhookTemplate({ archiveRetention: Duration.days(90) }), 'AWS::Events::Archive');
    assert.equal(archive.RetentionDays, 90);
  });

  test('refuses_an_archive_that_would_keep_for_ever_or_for_part_of_a_day', () => {
    assert.throws(() => webhookTemplate({ archiveRetention: Duration.days(0) }), {
      message: 'archiveRetention is 0 days; it takes whole days, at least 1',
    });
    assert.throws(() => webhookTemplate({ archiveRetention: Duration.hours(36) }), {
      message: 'archiveRetention is 1.5 days; it takes whole days, at least 1',
    });
    assert.throws(() => webhookTemplate({ archive: false, archiveRetention: Duration.days(7) }), {
      message: 'archiveRetention is set but archive is false; leave one of them out',
    });
  });

  test('gets_events_of_a_source_that_may_be_named_but_not_as_aws_s_own', () => {
    const template = webhookTemplate({ eventSource: 'contact-centre' });
    assert.equal(environment(template).EVENT_SOURCE, 'contact-centre');
    assert.deepEqual(only(template, 'AWS::Events::Archive').Properties.EventPattern, {
      source: ['contact-centre'],
    });
    assert.throws(() => webhookTemplate({ eventSource: 'aws.partner/genesys.com' }), {
      message:
        'eventSource is "aws.partner/genesys.com"; names that start with "aws." are for AWS services alone',
    });
  });

  for (const eventSource of ['', ' padded', 'x'.repeat(257)]) {
    test(`refuses the source ${JSON.stringify(eventSource.slice(0, 10))}, which the function or EventBridge would not take as it is`, () => {
      assert.throws(() => webhookTemplate({ eventSource }), {
        message: /^eventSource is ".*"; it takes 1 to 256 characters/,
      });
    });
  }

  test('of_another_account_is_named_by_its_arn_and_takes_its_rules_where_it_is', () => {
    const stack = otherStack();
    const arn = 'arn:aws:events:eu-west-1:999999999999:event-bus/other';
    const webhook = newWebhook(stack, { eventBus: EventBus.fromEventBusArn(stack, 'Elsewhere', arn) });
    assert.equal(environment(Template.fromStack(stack)).EVENT_BUS_NAME, arn);
    const target = new SqsQueue(new Queue(stack, 'Queue'));
    assert.throws(() => webhook.onEvent('Rule', { target }), { message: /another account or Region/ });
  });
});

describe('a bus of another Region', () => {
  const arn = 'arn:aws:events:eu-west-1:123456789012:event-bus/other';
  const inRegion = (region?: string) => {
    const stack = new Stack(newApp(), 'Here', { env: { region, account: '123456789012' } });
    return newWebhook(stack, { eventBus: EventBus.fromEventBusArn(stack, 'Elsewhere', arn) });
  };

  test('is_refused_where_the_regions_are_known_to_differ', () => {
    assert.throws(() => inRegion('eu-central-1'), {
      message:
        'eventBus is in eu-west-1 and the webhook in eu-central-1, and PutEvents reaches the buses of its own Region alone; publish on a bus in eu-central-1, with a rule that sends its events to that one',
    });
  });

  test('may_be_of_this_one_for_all_that_is_known', () => {
    for (const region of ['eu-west-1', undefined]) assert.doesNotThrow(() => inRegion(region));
  });
});

test('operations_md_shows_the_policy_that_another_account_s_bus_needs', () => {
  const operations = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const [, json = ''] = operations.match(/```json\n([^`]*"events:PutEvents"[^`]*)```/) ?? [];
  const [statement] = JSON.parse(json).Statement;
  assert.equal(statement.Action, 'events:PutEvents');
  assert.deepEqual(statement.Condition, {
    'ForAllValues:StringEquals': { 'events:source': environment(webhookTemplate()).EVENT_SOURCE },
  });
});

/** A webhook whose events go to a queue. */
function withRule(
  options: Partial<OnWebhookEventOptions> = {},
  props: GenesysWebhookProps = {},
): { template: Template; rule: ReturnType<typeof only> } {
  const stack = otherStack();
  newWebhook(stack, props).onEvent('Rule', { target: new SqsQueue(new Queue(stack, 'Target')), ...options });
  const template = Template.fromStack(stack);
  return { template, rule: only(template, 'AWS::Events::Rule') };
}

describe('onEvent', () => {
  test('passes_the_given_types_of_our_source_and_this_instance_s_scheme_on', () => {
    const { template, rule } = withRule({ eventTypes: ['conversation:created'] });
    assert.deepEqual(rule.Properties.EventBusName, { Ref: only(template, 'AWS::Events::EventBus').id });
    assert.deepEqual(rule.Properties.EventPattern, {
      source: ['genesys.cloud.webhook'],
      'detail-type': ['conversation:created'],
      detail: { metadata: { scheme: ['form'] } },
    });
  });

  test('passes_every_type_on_unless_told_otherwise', () => {
    const { rule } = withRule(
      {},
      { signatureScheme: SignatureScheme.OPEN_MESSAGING, eventSource: 'contact-centre' },
    );
    assert.deepEqual(rule.Properties.EventPattern, {
      source: ['contact-centre'],
      detail: { metadata: { scheme: ['open-messaging'] } },
    });
  });

  test('takes_a_filter_on_detail_which_can_t_let_another_scheme_in', () => {
    const { rule } = withRule({
      detail: {
        eventBody: { mediaType: ['VOICE'] },
        metadata: { scheme: ['static-token'], CorrelationId: [{ exists: true }] },
      },
    });
    assert.deepEqual(rule.Properties.EventPattern.detail, {
      eventBody: { mediaType: ['VOICE'] },
      metadata: { scheme: ['form'], CorrelationId: [{ exists: true }] },
    });
  });

  test('gives_the_target_a_dead_letter_queue_of_14_days_that_takes_the_largest_event', () => {
    const { template, rule } = withRule();
    const queues = template.findResources('AWS::SQS::Queue');
    const [target] = rule.Properties.Targets;
    const [id] = target.DeadLetterConfig.Arn['Fn::GetAtt'];
    assert.equal(queues[id]?.Properties.MessageRetentionPeriod, 14 * 24 * 3600);
    assert.equal(queues[id]?.Properties.MaximumMessageSize, 1_048_576);
    assert.deepEqual(target.RetryPolicy, { MaximumRetryAttempts: 185, MaximumEventAgeInSeconds: 86_400 });
  });

  test('leaves_every_queue_where_it_is_when_the_stack_goes', () => {
    const template = Template.fromStack(deployed({ queueConsumer: true }));
    const queues = Object.entries(template.findResources('AWS::SQS::Queue'));
    assert.equal(queues.length, 2);
    for (const [id, { DeletionPolicy, UpdateReplacePolicy }] of queues) {
      assert.deepEqual([DeletionPolicy, UpdateReplacePolicy], ['Retain', 'Retain'], id);
    }
  });

  test('lets_that_rule_alone_fill_the_dead_letter_queue', () => {
    const { template, rule } = withRule();
    const [policy] = all(template, 'AWS::SQS::QueuePolicy').filter(({ Queues }) =>
      JSON.stringify(Queues).includes('DeadLetter'),
    );
    const allowed = policy.PolicyDocument.Statement.filter(
      ({ Effect }: { Effect: string }) => Effect === 'Allow',
    );
    assert.equal(allowed.length, 1);
    assert.deepEqual(allowed[0].Principal, { Service: 'events.amazonaws.com' });
    assert.deepEqual(allowed[0].Condition, {
      ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [rule.id, 'Arn'] } },
    });
  });

  test('leaves_a_target_its_own_retry_settings', () => {
    const stack = otherStack();
    const target = new SqsQueue(new Queue(stack, 'Target'), {
      maxEventAge: Duration.hours(1),
      retryAttempts: 0,
    });
    newWebhook(stack).onEvent('Rule', { target });
    const [bound] = only(Template.fromStack(stack), 'AWS::Events::Rule').Properties.Targets;
    assert.deepEqual(bound.RetryPolicy, { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 3600 });
  });

  test('refuses_a_target_with_a_dead_letter_queue_of_its_own', () => {
    const stack = otherStack();
    const target = new SqsQueue(new Queue(stack, 'Target'), { deadLetterQueue: new Queue(stack, 'Own') });
    assert.throws(
      () => newWebhook(stack).onEvent('Rule', { target }),
      /the target of Other\/Webhook\/Rule has a deadLetterQueue of its own; leave it out/,
    );
  });

  test('gives_every_target_a_dead_letter_queue_whatever_its_kind', () => {
    const stack = otherStack();
    const webhook = newWebhook(stack);
    webhook.onEvent('ToQueue', { target: new SqsQueue(new Queue(stack, 'Target')) });
    webhook.onEvent('ToTopic', { target: new SnsTopic(new Topic(stack, 'Topic')) });
    const targets = all(Template.fromStack(stack), 'AWS::Events::Rule').flatMap(({ Targets }) => Targets);
    assert.equal(targets.length, 2);
    for (const target of targets)
      assert.match(target.DeadLetterConfig.Arn['Fn::GetAtt'][0], /DeadLetterQueue/);
  });
});

describe('the example consumer', () => {
  test('is_off_by_default', () => {
    const template = Template.fromStack(deployed());
    assert.deepEqual(all(template, 'AWS::Events::Rule'), []);
    assert.deepEqual(template.findOutputs('ConsumerQueueUrl'), {});
  });

  test('receives_the_two_conversation_events_of_the_form_instance', () => {
    const template = Template.fromStack(deployed({ queueConsumer: true }));
    const { EventPattern, Targets } = only(template, 'AWS::Events::Rule').Properties;
    assert.deepEqual(EventPattern['detail-type'], [
      'conversation:created',
      'conversation:updated',
      'genesys-webhook.smoke',
    ]);
    assert.deepEqual(EventPattern.detail.metadata.scheme, ['form']);
    const [queue] = Targets[0].Arn['Fn::GetAtt'];
    assert.deepEqual(template.findOutputs('ConsumerQueueUrl').ConsumerQueueUrl?.Value, { Ref: queue });
  });

  test('keeps_what_it_fails_on_five_times_and_takes_the_largest_event', () => {
    const template = Template.fromStack(deployed({ queueConsumer: true }));
    const [queue] = all(template, 'AWS::SQS::Queue').filter(({ RedrivePolicy }) => RedrivePolicy);
    assert.match(queue.RedrivePolicy.deadLetterTargetArn['Fn::GetAtt'][0], /DeadLetterQueue/);
    assert.equal(queue.RedrivePolicy.maxReceiveCount, 5);
    assert.equal(queue.MessageRetentionPeriod, 14 * 24 * 3600);
    assert.equal(queue.MaximumMessageSize, 1_048_576);
  });

  test('needs_the_form_scheme', () => {
    assert.throws(() => deployed({ queueConsumer: true, schemes: [SignatureScheme.STATIC_TOKEN] }), {
      message: 'consumer=queue takes events of the form scheme; add form to schemes',
    });
  });
});
