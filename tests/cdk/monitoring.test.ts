import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { GenesysWebhookProps } from '../../cdk/genesys-webhook-props.ts';
import { Monitoring, type MonitoringProps } from '../../cdk/monitoring.ts';
import { emitted, key } from './emitted.ts';
import { text } from './metric-filters.ts';
import { all, deployed, everyScheme, newWebhook, only, otherStack, type Resource } from './support.ts';

function monitored(props: Partial<MonitoringProps> = {}, webhookProps: GenesysWebhookProps = {}): Template {
  const stack = otherStack();
  new Monitoring(stack, 'Monitoring', { webhooks: [newWebhook(stack, webhookProps)], ...props });
  return Template.fromStack(stack);
}

/** Alarms by their own part of the logical id. */
function alarms(of: Template): Record<string, Resource> {
  return Object.fromEntries(
    Object.entries(of.findResources('AWS::CloudWatch::Alarm')).map(([id, { Properties }]) => [
      id.match(/Alarms(\w+)[0-9A-F]{8}$/)?.[1],
      Properties,
    ]),
  );
}

const everything = Template.fromStack(deployed({ schemes: everyScheme }));

describe('alarms', () => {
  test('are_seven_for_one_instance_and_each_watches_a_metric_that_is_emitted', () => {
    const watched = Object.entries(alarms(monitored()));
    assert.deepEqual(watched.map(([name]) => name).toSorted(), [
      'DeadLetters',
      'Lost',
      'PreviousSecretLate',
      'RefusedSignatures',
      'SecretStale',
      'ServerErrors',
      'Throttled',
    ]);
    for (const of of [monitored({ expectedTrafficWindow: Duration.hours(1) }), everything]) {
      const metrics = emitted(of);
      for (const { Namespace, MetricName, Dimensions } of all(of, 'AWS::CloudWatch::Alarm')) {
        const wanted = key(
          Namespace,
          MetricName,
          Dimensions.map(({ Name, Value }: Resource) => [Name, text(Value)]),
        );
        assert.ok(metrics.has(wanted), wanted);
      }
    }
  });

  test('watch_a_shared_api_once', () => {
    const count = (metric: string) =>
      all(everything, 'AWS::CloudWatch::Alarm').filter(({ MetricName }) => MetricName === metric).length;
    assert.deepEqual([count('5xx'), count('Throttled'), count('Lost')], [1, 1, everyScheme.length]);
  });

  test('leave_a_foreign_api_to_its_owner', () => {
    const stack = otherStack();
    const httpApi = new HttpApi(stack, 'Foreign');
    new Monitoring(stack, 'Monitoring', { webhooks: [newWebhook(stack, { httpApi })] });
    assert.deepEqual(Object.keys(alarms(Template.fromStack(stack))).toSorted(), [
      'DeadLetters',
      'Lost',
      'PreviousSecretLate',
      'RefusedSignatures',
      'SecretStale',
    ]);
  });

  test('tell_the_topic', () => {
    const stack = otherStack();
    const alarmTopic = new Topic(stack, 'Topic');
    new Monitoring(stack, 'Monitoring', { webhooks: [newWebhook(stack)], alarmTopic });
    for (const { AlarmActions } of all(Template.fromStack(stack), 'AWS::CloudWatch::Alarm')) {
      assert.deepEqual(AlarmActions, [stack.resolve(alarmTopic.topicArn)]);
    }
    for (const { AlarmActions } of Object.values(alarms(monitored()))) assert.equal(AlarmActions, undefined);
  });

  test('have_thresholds_that_follow_the_rotation_rules', () => {
    const thresholds = (of: Template) =>
      Object.fromEntries(Object.entries(alarms(of)).map(([name, { Threshold }]) => [name, Threshold]));
    assert.deepEqual(thresholds(monitored()), {
      ServerErrors: 5,
      Throttled: 1,
      RefusedSignatures: 10,
      Lost: 1,
      SecretStale: 2 * 300,
      PreviousSecretLate: 86_400 / 4,
      DeadLetters: 1,
    });
    const shorter = thresholds(
      monitored({}, { secretCacheTtl: Duration.minutes(1), previousSecretGrace: Duration.hours(1) }),
    );
    assert.equal(shorter.SecretStale, 120);
    // Secrets older than 10 minutes verify nothing here, so that an age of 10 minutes is never seen.
    assert.equal(thresholds(monitored({}, { secretMaxStale: Duration.minutes(10) })).SecretStale, 450);
    assert.equal(shorter.PreviousSecretLate, 900);
  });

  test('have_thresholds_that_can_be_set', () => {
    const set = alarms(
      monitored({
        serverErrorsThreshold: 11,
        throttledThreshold: 12,
        refusedSignaturesThreshold: 13,
        lostThreshold: 14,
        secretStaleThreshold: Duration.seconds(15),
        previousSecretLateThreshold: Duration.seconds(16),
        deadLetterThreshold: 17,
      }),
    );
    const names = [
      'ServerErrors',
      'Throttled',
      'RefusedSignatures',
      'Lost',
      'SecretStale',
      'PreviousSecretLate',
    ];
    assert.deepEqual(
      [...names, 'DeadLetters'].map((name) => set[name].Threshold),
      [11, 12, 13, 14, 15, 16, 17],
    );
  });

  test('are_raised_on_the_side_of_the_threshold_that_is_bad', () => {
    const watched = alarms(monitored());
    for (const [name, { ComparisonOperator, TreatMissingData }] of Object.entries(watched)) {
      const expected =
        { SecretStale: 'GreaterThanThreshold', PreviousSecretLate: 'LessThanThreshold' }[name] ??
        'GreaterThanOrEqualToThreshold';
      assert.equal(ComparisonOperator, expected, name);
      // These metrics have a value only when something was logged.
      assert.equal(TreatMissingData, 'notBreaching', name);
    }
    assert.equal(watched.SecretStale.Statistic, 'Maximum');
    assert.equal(watched.PreviousSecretLate.Statistic, 'Minimum');
    assert.equal(watched.DeadLetters.Statistic, 'Maximum');
    for (const name of ['ServerErrors', 'Throttled', 'RefusedSignatures', 'Lost']) {
      assert.equal(watched[name].Statistic, 'Sum', name);
    }
  });

  test('watch_no_grace_where_there_is_none', () => {
    assert.equal(
      'PreviousSecretLate' in alarms(monitored({}, { previousSecretGrace: Duration.seconds(0) })),
      false,
    );
  });

  test('of_silence_are_raised_by_missing_data_too', () => {
    const { Silence } = alarms(monitored({ expectedTrafficWindow: Duration.hours(2) }));
    assert.equal(Silence.MetricName, 'Accepted');
    assert.equal(Silence.Period, 7200);
    assert.equal(Silence.Threshold, 1);
    assert.equal(Silence.ComparisonOperator, 'LessThanThreshold');
    assert.equal(Silence.TreatMissingData, 'breaching');
    for (const window of [Duration.seconds(90), Duration.days(2), Duration.minutes(0)]) {
      assert.throws(
        () => monitored({ expectedTrafficWindow: window }),
        /expectedTrafficWindow is [\d.]+ minutes; it takes/,
      );
    }
  });

  const runbook = new URL('../../docs/runbook.md', import.meta.url);
  const described = () =>
    all(monitored({ expectedTrafficWindow: Duration.hours(1) }), 'AWS::CloudWatch::Alarm');
  test('say_what_they_mean_and_which_section_of_the_runbook_to_open', () => {
    for (const { AlarmDescription } of described()) {
      assert.match(AlarmDescription, /^[A-Z].{20,}\. See docs\/runbook\.md#[a-z0-9-]+$/);
    }
  });
  test('name_sections_that_the_runbook_has', {
    skip: !existsSync(runbook) && 'docs/runbook.md is not there',
  }, () => {
    const headings = readFileSync(runbook, 'utf8').match(/^#+ .*$/gm) ?? [];
    const anchors = headings.map((heading) =>
      heading
        .replace(/^#+ /, '')
        .toLowerCase()
        .replace(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    );
    for (const { AlarmDescription } of described()) {
      assert.ok(anchors.includes(AlarmDescription.split('#')[1]), AlarmDescription);
    }
  });
});

describe('the dashboard', () => {
  /** The body holds references, which `text` replaces by logical ids. */
  const body = (of: Template) =>
    JSON.parse(text(only(of, 'AWS::CloudWatch::Dashboard').Properties.DashboardBody));

  test('has_a_row_for_each_question', () => {
    const titles = body(everything).widgets.map(({ properties }: Resource) => properties.title);
    assert.deepEqual(titles, [
      'Is anything wrong?',
      'Is traffic arriving?',
      'Is anything refused or lost?',
      'How fast?',
      'Which secret verifies, and how old is what we know of it?',
      'Is anything stuck?',
    ]);
  });

  test('shows_metrics_that_are_emitted_and_no_others', () => {
    const known = emitted(everything);
    const shown = body(everything).widgets.flatMap(({ properties }: Resource) => properties.metrics ?? []);
    assert.ok(shown.length > 30);
    for (const [namespace, metric, ...rest] of shown) {
      const dimensions = rest.filter((part: unknown) => typeof part === 'string');
      const pairs = dimensions.flatMap((name: string, i: number) =>
        i % 2 ? [] : [[name, dimensions[i + 1]]],
      );
      assert.ok(known.has(key(namespace, metric, pairs)), `${namespace} ${metric} ${dimensions}`);
    }
  });

  test('shows_what_no_queue_took_of_each_rule_even_of_one_that_is_made_after_it', () => {
    const stack = otherStack();
    const webhooks = [newWebhook(stack)];
    new Monitoring(stack, 'Monitoring', { webhooks });
    webhooks[0]?.onEvent('Late', { target: new SqsQueue(new Queue(stack, 'Target')) });
    for (const of of [Template.fromStack(stack), Template.fromStack(deployed({ queueConsumer: true }))]) {
      const { metrics } = body(of).widgets.at(-1).properties;
      const [shown] = metrics.filter(([, name]: Resource) => name === 'InvocationsFailedToBeSentToDlq');
      const { id, Properties } = only(of, 'AWS::Events::Rule');
      assert.deepEqual(shown?.slice(0, -1), [
        'AWS/Events',
        'InvocationsFailedToBeSentToDlq',
        'EventBusName',
        text(Properties.EventBusName),
        'RuleName',
        id,
      ]);
    }
  });

  test('names_a_rule_of_the_default_bus_as_eventbridge_does', () => {
    const stack = otherStack();
    const webhook = newWebhook(stack, { eventBus: EventBus.fromEventBusName(stack, 'Default', 'default') });
    const rule = webhook.onEvent('Rule', { target: new SqsQueue(new Queue(stack, 'Target')) });
    const { dimensions } = webhook.metricNotDeadLettered(rule);
    assert.deepEqual(Object.keys(dimensions ?? {}), ['RuleName']);
  });

  test('shows_every_alarm', () => {
    const [status] = body(everything).widgets;
    assert.equal(status.properties.alarms.length, all(everything, 'AWS::CloudWatch::Alarm').length);
  });

  test('is_named_by_stack_and_region_since_dashboards_are_global', () => {
    const { DashboardName } = only(everything, 'AWS::CloudWatch::Dashboard').Properties;
    assert.equal(text(DashboardName), 'AWS::StackName-AWS::Region');
  });
});
