import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { AlarmProps } from '../../cdk/alarms.ts';
import type { GenesysWebhookProps } from '../../cdk/genesys-webhook-props.ts';
import { Monitoring } from '../../cdk/monitoring.ts';
import { OUTCOME_NAMES, PARKING_CAUSES } from '../../contract/outcomes.ts';
import { SCHEME_NAMES } from '../../contract/schemes.ts';
import { dataPoints, line, text } from './metric-filters.ts';
import {
  all,
  deployed,
  elsewhere,
  everythingOn,
  newWebhook,
  only,
  otherStack,
  type Resource,
} from './support.ts';

const { hours, minutes, seconds } = Duration;

/** The alarms that watch one webhook with these props, by their own part of the logical id. */
function alarmsOf(props: AlarmProps & GenesysWebhookProps): Record<string, Resource> {
  const stack = otherStack();
  new Monitoring(stack, 'Monitoring', { webhooks: [newWebhook(stack, props)], ...props });
  return Object.fromEntries(
    Object.entries(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm')).map(
      ([id, { Properties }]) => [id.match(/Alarms(\w+)[0-9A-F]{8}$/)?.[1], Properties],
    ),
  );
}

/** A metric as a string that can be compared. */
const key = (namespace: string, metric: string, dimensions: Record<string, string>) =>
  JSON.stringify([namespace, metric, Object.entries(dimensions).toSorted()]);

const alarms = { expectedTrafficWindow: hours(2) };
const everything = Template.fromStack(deployed(everythingOn));
const everyAlarm = all(everything, 'AWS::CloudWatch::Alarm');

const idsOf = (type: string) => Object.keys(everything.findResources(type));
const apiId = String(idsOf('AWS::ApiGatewayV2::Api'));
const lines = idsOf('AWS::Lambda::Function').flatMap((id) => OUTCOME_NAMES.map((name) => line(id, name)));
const parked = idsOf('AWS::Lambda::Function').flatMap((id) =>
  PARKING_CAUSES.map((cause) => ({ ...line(id, 'parked'), cause })),
);
const own = [...lines, ...parked, { apiId, status: '429' }].flatMap((entry) => dataPoints(everything, entry));
const bus = String(idsOf('AWS::Events::EventBus'));

/** Every metric that our log lines and the services we use emit, with all its dimensions. */
const emitted = new Set([
  ...own.map(({ namespace, metric, dimensions }) => key(namespace, metric, dimensions)),
  // API Gateway developer guide, "Working with metrics for HTTP APIs".
  ...['5xx', 'Count', 'Latency'].map((metric) => key('AWS/ApiGateway', metric, { ApiId: apiId })),
  // Lambda guide, "Types of metrics for Lambda functions".
  ...idsOf('AWS::Lambda::Function').map((id) => key('AWS/Lambda', 'Errors', { FunctionName: id })),
  // EventBridge user guide, "Monitoring Amazon EventBridge": both dimensions where the bus is a custom one.
  ...idsOf('AWS::Events::Rule').map((rule) =>
    key('AWS/Events', 'InvocationsFailedToBeSentToDlq', { EventBusName: bus, RuleName: rule }),
  ),
  // SQS developer guide, "Available CloudWatch metrics for Amazon SQS".
  ...idsOf('AWS::SQS::Queue').flatMap((QueueName) =>
    ['ApproximateNumberOfMessagesVisible', 'ApproximateNumberOfMessagesNotVisible'].map((metric) =>
      key('AWS/SQS', metric, { QueueName }),
    ),
  ),
]);

/** The metrics of an alarm: one, or those of its expression. */
const watchedBy = ({ Metrics, ...one }: Resource): Resource[] =>
  Metrics ? Metrics.flatMap(({ MetricStat }: Resource) => MetricStat?.Metric ?? []) : [one];

test('each alarm watches metrics that are emitted', () => {
  for (const { Namespace, MetricName, Dimensions } of everyAlarm.flatMap(watchedBy)) {
    const dimensions = Dimensions.map(({ Name, Value }: Resource) => [Name, text(Value)]);
    const watched = key(Namespace, MetricName, Object.fromEntries(dimensions));
    assert.ok(emitted.has(watched), watched);
  }
});

test('the documents price each metric that an alarm watches', () => {
  const operations = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const watched = Object.values(alarmsOf({})).flatMap(watchedBy).length;
  const price = (watched * 0.1).toFixed(2);
  assert.match(
    operations,
    new RegExp(`^\\| alarms, [^|]* \\| ${watched} × \\$0.10 \\| ${price} \\| ${price} \\|$`, 'm'),
  );
});

test('an alarm is raised by parked webhooks of all causes together', () => {
  const { Metrics, EvaluationPeriods, TreatMissingData } = alarmsOf({}).Parked;
  const [sum, ...causes] = Metrics;
  assert.equal(sum.Expression, PARKING_CAUSES.map((cause) => `FILL(${cause}, 0)`).join(' + '));
  assert.deepEqual(
    causes.map(({ Id, MetricStat }: Resource) => [
      Id,
      MetricStat.Stat,
      MetricStat.Period,
      MetricStat.Metric.Dimensions.find(({ Name }: Resource) => Name === 'Cause').Value,
    ]),
    PARKING_CAUSES.map((cause) => [cause, 'Sum', 300, cause]),
  );
  assert.deepEqual([EvaluationPeriods, TreatMissingData], [1, 'notBreaching']);
});

test('an alarm is raised by a message that is in the parking queue for 15 minutes, visible or in flight', () => {
  const { Metrics, EvaluationPeriods, TreatMissingData } = alarmsOf({}).ParkingBacklog;
  const [sum, ...counts] = Metrics;
  assert.equal(sum.Expression, 'visible + FILL(inFlight, 0)');
  for (const { MetricStat } of counts) assert.equal(MetricStat.Stat, 'Maximum');
  assert.deepEqual(
    counts.map(({ Id, MetricStat }: Resource) => [Id, MetricStat.Metric.MetricName]),
    [
      ['visible', 'ApproximateNumberOfMessagesVisible'],
      ['inFlight', 'ApproximateNumberOfMessagesNotVisible'],
    ],
  );
  assert.deepEqual(
    [counts[0].MetricStat.Period * EvaluationPeriods, TreatMissingData],
    [900, 'notBreaching'],
  );
});

test('an instance that parks nothing has no alarm of it, and nothing of it on the dashboard', () => {
  const names = Object.keys(alarmsOf({ parking: false }));
  assert.ok(names.length > 5);
  assert.deepEqual(
    names.filter((name) => name.startsWith('Park')),
    [],
  );
  const { DashboardBody } = only(
    Template.fromStack(deployed({ parking: false })),
    'AWS::CloudWatch::Dashboard',
  ).Properties;
  assert.doesNotMatch(text(DashboardBody), /parked/i);
});

test('a shared API has one alarm of answers 5xx and one of 429, and each instance its own of lost webhooks', () => {
  const count = (metric: string) => everyAlarm.filter(({ MetricName }) => MetricName === metric).length;
  assert.deepEqual([count('5xx'), count('Throttled'), count('Lost')], [1, 1, SCHEME_NAMES.length]);
});

test('an API of someone else is watched by its owner', () => {
  const httpApi = HttpApi.fromHttpApiAttributes(elsewhere, 'Api', { httpApiId: 'a1b2c3' });
  const names = [
    'DeadLetters',
    'Lost',
    'Parked',
    'ParkingBacklog',
    'PreviousSecretLate',
    'RefusedSignatures',
  ];
  assert.deepEqual(Object.keys(alarmsOf({ httpApi })).toSorted(), [...names, 'SecretStale']);
});

const thresholds: [alarm: string, threshold: number | undefined, props: AlarmProps & GenesysWebhookProps][] =
  [
    ['SecretStale', 120, { secretCacheTtl: minutes(1) }],
    // Secrets older than 10 minutes verify nothing here, so that an age of 10 minutes is never seen.
    ['SecretStale', 450, { secretMaxStale: minutes(10) }],
    ['PreviousSecretLate', 900, { previousSecretGrace: hours(1) }],
    ['PreviousSecretLate', undefined, { previousSecretGrace: seconds(0) }],
    ['ServerErrors', 11, { serverErrorsThreshold: 11 }],
    ['Throttled', 12, { throttledThreshold: 12 }],
    ['RefusedSignatures', 13, { refusedSignaturesThreshold: 13 }],
    ['Lost', 14, { lostThreshold: 14 }],
    ['Parked', 5, {}],
    ['Parked', 19, { parkedThreshold: 19 }],
    ['ParkingBacklog', 1, {}],
    ['ParkingBacklog', 20, { parkingBacklogThreshold: 20 }],
    ['SecretStale', 15, { secretStaleThreshold: seconds(15) }],
    ['PreviousSecretLate', 16, { previousSecretLateThreshold: seconds(16) }],
    ['DeadLetters', 17, { deadLetterThreshold: 17 }],
  ];
for (const [alarm, threshold, props] of thresholds) {
  const outcome = threshold ? `an alarm at ${threshold}` : 'no alarm';
  const given = Object.keys(props).join() || 'default';
  test(`a given ${given} makes ${alarm} ${outcome}`, () => {
    assert.equal(alarmsOf(props)[alarm]?.Threshold, threshold);
  });
}

test('the alarm of silence is raised by missing data too', () => {
  const { Dimensions, AlarmDescription, ...silence } = alarmsOf(alarms).Silence;
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

test('every alarm tells the topic what it means and which section of the runbook to open', () => {
  const runbook = readFileSync(new URL('../../docs/runbook.md', import.meta.url), 'utf8');
  const anchors = (runbook.match(/(?<=^#+ ).*$/gm) ?? []).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
  for (const { AlarmActions, AlarmDescription } of everyAlarm) {
    assert.deepEqual(AlarmActions, [everythingOn.alarms.topicArn]);
    const [, section] = AlarmDescription.match(/^[A-Z].{20,}\. See docs\/runbook\.md#([a-z0-9-]+)$/) ?? [];
    assert.ok(anchors.includes(section), AlarmDescription);
  }
});

test('the dashboard shows metrics that are emitted, every alarm, and what no queue took of any rule', () => {
  const { DashboardBody } = only(everything, 'AWS::CloudWatch::Dashboard').Properties;
  const widgets: Resource[] = JSON.parse(text(DashboardBody)).widgets;
  const metrics: (string | object)[][] = widgets.flatMap(({ properties }) => properties.metrics ?? []);
  const shown = metrics.map(([namespace, metric, ...rest]) => {
    const names = rest.filter((part) => typeof part === 'string');
    const dimensions = names.flatMap((name, i) => (i % 2 ? [] : [[name, names[i + 1]]]));
    return key(String(namespace), String(metric), Object.fromEntries(dimensions));
  });
  assert.ok(shown.length > 30);
  for (const metric of shown) assert.ok(emitted.has(metric), metric);
  const shows = (part: string) => shown.filter((metric) => metric.includes(part)).length;
  const instances = SCHEME_NAMES.length;
  assert.equal(shows('"Parked"'), PARKING_CAUSES.length * instances);
  // Dead letters are no more than visible.
  assert.equal(shows('"ApproximateNumberOfMessagesVisible"'), 2 * instances);
  assert.equal(shows('"ApproximateNumberOfMessagesNotVisible"'), instances);
  // The rule of the example consumer is made after the dashboard.
  assert.equal(shows('InvocationsFailedToBeSentToDlq'), 1);
  assert.equal(widgets[0].properties.alarms.length, everyAlarm.length);
});

test('a rule of the default bus is named as EventBridge does', () => {
  const stack = otherStack();
  const webhook = newWebhook(stack, { eventBus: EventBus.fromEventBusName(stack, 'Default', 'default') });
  const rule = webhook.onEvent('Rule', { target: new SqsQueue(new Queue(stack, 'Target')) });
  const { dimensions } = webhook.metricNotDeadLettered(rule);
  assert.deepEqual(Object.keys(dimensions ?? {}), ['RuleName']);
});
