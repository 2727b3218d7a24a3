import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { GenesysWebhookProps } from '../../cdk/genesys-webhook-props.ts';
import { Monitoring, type MonitoringProps } from '../../cdk/monitoring.ts';
import { emitted, key, notDeadLettered } from './emitted.ts';
import { text } from './metric-filters.ts';
import { all, deployed, everyScheme, newWebhook, only, otherStack, type Resource } from './support.ts';

const { hours, minutes, seconds } = Duration;

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

/** The widgets of the dashboard, with references replaced by logical ids. */
function widgets(of: Template): Resource[] {
  const { DashboardBody } = only(of, 'AWS::CloudWatch::Dashboard').Properties;
  return JSON.parse(text(DashboardBody)).widgets.map(({ properties }: Resource) => properties);
}

const everything = Template.fromStack(
  deployed({
    schemes: everyScheme,
    queueConsumer: true,
    alarms: { expectedTrafficWindow: hours(2) },
    alarmTopicArn: 'arn:aws:sns:eu-central-1:123456789012:alarms',
  }),
);
const everyAlarm = all(everything, 'AWS::CloudWatch::Alarm');

test('each alarm watches a metric that is emitted', () => {
  const metrics = emitted(everything);
  for (const { Namespace, MetricName, Dimensions } of everyAlarm) {
    const dimensions = Dimensions.map(({ Name, Value }: Resource) => [Name, text(Value)]);
    const watched = key(Namespace, MetricName, dimensions);
    assert.ok(metrics.has(watched), watched);
  }
});

test('a shared API has one alarm of answers 5xx and one of 429, and each instance its own of lost webhooks', () => {
  const count = (metric: string) => everyAlarm.filter(({ MetricName }) => MetricName === metric).length;
  assert.deepEqual([count('5xx'), count('Throttled'), count('Lost')], [1, 1, everyScheme.length]);
});

test('an API of someone else is watched by its owner', () => {
  const stack = otherStack();
  const webhooks = [newWebhook(stack, { httpApi: new HttpApi(stack, 'Foreign') })];
  new Monitoring(stack, 'Monitoring', { webhooks });
  const names = ['DeadLetters', 'Lost', 'PreviousSecretLate', 'RefusedSignatures', 'SecretStale'];
  assert.deepEqual(Object.keys(alarms(Template.fromStack(stack))).toSorted(), names);
});

test('every alarm tells the topic', () => {
  const stack = otherStack();
  const alarmTopic = new Topic(stack, 'Topic');
  new Monitoring(stack, 'Monitoring', { webhooks: [newWebhook(stack)], alarmTopic });
  for (const { AlarmActions } of all(Template.fromStack(stack), 'AWS::CloudWatch::Alarm')) {
    assert.deepEqual(AlarmActions, [stack.resolve(alarmTopic.topicArn)]);
  }
});

for (const [how, expected, props, webhookProps] of [
  [
    'follow the rotation rules',
    { SecretStale: 120, PreviousSecretLate: 900 },
    {},
    { secretCacheTtl: minutes(1), previousSecretGrace: hours(1) },
  ],
  [
    // Secrets older than 10 minutes verify nothing here, so that an age of 10 minutes is never seen.
    'stay below the age at which no secret verifies',
    { SecretStale: 450 },
    {},
    { secretMaxStale: minutes(10) },
  ],
  [
    'watch no grace where there is none',
    { PreviousSecretLate: undefined },
    {},
    { previousSecretGrace: seconds(0) },
  ],
  [
    'can be set',
    {
      ServerErrors: 11,
      Throttled: 12,
      RefusedSignatures: 13,
      Lost: 14,
      SecretStale: 15,
      PreviousSecretLate: 16,
      DeadLetters: 17,
    },
    {
      serverErrorsThreshold: 11,
      throttledThreshold: 12,
      refusedSignaturesThreshold: 13,
      lostThreshold: 14,
      secretStaleThreshold: seconds(15),
      previousSecretLateThreshold: seconds(16),
      deadLetterThreshold: 17,
    },
    {},
  ],
] as const) {
  test(`the thresholds of the alarms ${how}`, () => {
    const watched = alarms(monitored(props, webhookProps));
    const thresholds = Object.keys(expected).map((name) => [name, watched[name]?.Threshold]);
    assert.deepEqual(Object.fromEntries(thresholds), expected);
  });
}

test('the alarm of silence is raised by missing data too', () => {
  const { Dimensions, AlarmDescription, ...silence } = alarms(
    monitored({ expectedTrafficWindow: hours(2) }),
  ).Silence;
  assert.deepEqual(silence, {
    Namespace: 'GenesysWebhook',
    MetricName: 'Accepted',
    Statistic: 'Sum',
    Period: 7200,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'LessThanThreshold',
    TreatMissingData: 'breaching',
  });
});

test('every alarm says what it means and which section of the runbook to open', () => {
  const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
  const anchors = (runbook.match(/(?<=^#+ ).*$/gm) ?? []).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
  for (const { AlarmDescription } of everyAlarm) {
    const [, section] = AlarmDescription.match(/^[A-Z].{20,}\. See docs\/runbook\.md#([a-z0-9-]+)$/) ?? [];
    assert.ok(anchors.includes(section), AlarmDescription);
  }
});

test('the dashboard shows metrics that are emitted, every alarm, and what no queue took of any rule', () => {
  const metrics: (string | object)[][] = widgets(everything).flatMap((widget) => widget.metrics ?? []);
  const shown = metrics.map(([namespace, metric, ...rest]) => {
    const names = rest.filter((part) => typeof part === 'string');
    const dimensions = names.flatMap((name, i) => (i % 2 ? [] : [[name, names[i + 1]] as [string, string]]));
    return key(String(namespace), String(metric), dimensions);
  });
  const known = emitted(everything);
  assert.ok(shown.length > 30);
  for (const metric of shown) assert.ok(known.has(metric), metric);
  // The rule of the example consumer is made after the dashboard.
  const [rule] = notDeadLettered(everything);
  assert.ok(shown.includes(String(rule)), rule);
  assert.equal(widgets(everything)[0]?.alarms.length, everyAlarm.length);
});

test('a rule of the default bus is named as EventBridge does', () => {
  const stack = otherStack();
  const webhook = newWebhook(stack, { eventBus: EventBus.fromEventBusName(stack, 'Default', 'default') });
  const rule = webhook.onEvent('Rule', { target: new SqsQueue(new Queue(stack, 'Target')) });
  const { dimensions } = webhook.metricNotDeadLettered(rule);
  assert.deepEqual(Object.keys(dimensions ?? {}), ['RuleName']);
});
