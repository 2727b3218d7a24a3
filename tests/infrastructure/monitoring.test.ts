import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { GenesysWebhookProps } from '../../cdk/genesys-webhook-props.ts';
import { Monitoring, type MonitoringProps } from '../../cdk/monitoring.ts';
import { SignatureScheme } from '../../cdk/signature-scheme.ts';
import { type DataPoint, dataPoints, type LogLine, text } from './metric-filters.ts';
import { all, deployed, newWebhook, only, otherStack, type Resource, webhookTemplate } from './support.ts';

const template = webhookTemplate();
const functionName = only(template, 'AWS::Lambda::Function').id;

/** The line of a request, as the function's contract has it; `tests/contract` compares it with the real one. */
function line(outcome: string, more: LogLine = {}): LogLine {
  return { message: 'webhook', function_name: functionName, outcome, duration_ms: 1.5, ...more };
}
const accepted = (more: LogLine = {}) =>
  line('accepted', { status: 200, secret_stage: 'AWSCURRENT', secret_age_seconds: 12, ...more });

const counted: Record<string, [string, Record<string, string>]> = {
  accepted: ['Accepted', {}],
  method_not_allowed: ['Refused', { Outcome: 'method_not_allowed' }],
  forbidden_source: ['Refused', { Outcome: 'forbidden_source' }],
  body_too_large: ['Refused', { Outcome: 'body_too_large' }],
  malformed_request: ['Refused', { Outcome: 'malformed_request' }],
  unauthorized: ['Refused', { Outcome: 'unauthorized' }],
  invalid_payload: ['Lost', {}],
  event_too_large: ['Lost', {}],
  event_refused: ['Lost', {}],
  secret_unavailable: ['Unavailable', { Outcome: 'secret_unavailable' }],
  publish_failed: ['Unavailable', { Outcome: 'publish_failed' }],
  internal_error: ['Unavailable', { Outcome: 'internal_error' }],
};

const duration: DataPoint = {
  namespace: 'GenesysWebhook',
  metric: 'Duration',
  dimensions: { FunctionName: functionName },
  value: 1.5,
};

describe('metrics', () => {
  for (const [outcome, [metric, dimensions]] of Object.entries(counted)) {
    test(`count ${outcome} as ${metric}, once`, () => {
      const count = {
        ...duration,
        metric,
        dimensions: { FunctionName: functionName, ...dimensions },
        value: 1,
      };
      assert.deepEqual(dataPoints(template, line(outcome)), [count, duration]);
    });
  }

  test('tell_the_age_of_the_secret_and_the_grace_that_is_left', () => {
    const points = dataPoints(template, accepted({ secret_stage: 'AWSPREVIOUS', grace_left_seconds: 0 }));
    assert.deepEqual(
      points.map(({ metric, value }) => [metric, value]),
      [
        ['Accepted', 1],
        ['SecretAge', 12],
        ['PreviousSecretGraceLeft', 0],
        ['Duration', 1.5],
      ],
    );
  });

  test('count_requests_over_the_throttle_by_api', () => {
    const api = only(template, 'AWS::ApiGatewayV2::Api').id;
    const format: Record<string, string> = JSON.parse(
      only(template, 'AWS::ApiGatewayV2::Stage').Properties.AccessLogSettings.Format,
    );
    // The gateway writes each variable of the format into the line.
    const variables: Record<string, string> = { '$context.apiId': api, '$context.status': '429' };
    const entry = Object.fromEntries(
      Object.entries(format).map(([key, name]) => [key, variables[name] ?? '-']),
    );
    assert.deepEqual(dataPoints(template, entry), [
      { namespace: 'GenesysWebhook', metric: 'Throttled', dimensions: { ApiId: api }, value: 1 },
    ]);
    assert.deepEqual(dataPoints(template, { ...entry, status: '401' }), []);
  });

  test('leave_other_log_lines_alone', () => {
    assert.deepEqual(dataPoints(template, { message: 'secret refreshed', function_name: functionName }), []);
  });

  test('count_each_line_once_where_instances_share_a_log_group', () => {
    const stack = otherStack();
    const logGroup = new LogGroup(stack, 'Shared');
    newWebhook(stack, { logGroup }, 'One');
    newWebhook(stack, { logGroup }, 'Two');
    const shared = Template.fromStack(stack);
    for (const name of Object.keys(shared.findResources('AWS::Lambda::Function'))) {
      const points = dataPoints(shared, accepted({ function_name: name }));
      assert.deepEqual(points.map(({ metric }) => metric).toSorted(), ['Accepted', 'Duration', 'SecretAge']);
    }
  });

  test('take_options_as_those_of_the_cdk_do', () => {
    const metric = newWebhook(otherStack()).metricAccepted({
      period: Duration.minutes(1),
      statistic: 'Average',
    });
    assert.equal(metric.period.toSeconds(), 60);
    assert.equal(metric.statistic, 'Average');
  });
});

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

const key = (namespace: string, metric: string, dimensions: [string, string][]) =>
  JSON.stringify([namespace, metric, dimensions.toSorted()]);

/** Every metric that our log lines and the services we use emit, with all its dimensions. */
function emitted(of: Template): Set<string> {
  const [apiId] = Object.keys(of.findResources('AWS::ApiGatewayV2::Api'));
  const functions = Object.keys(of.findResources('AWS::Lambda::Function'));
  const lines = functions.flatMap((function_name) => [
    ...Object.keys(counted).map((outcome) => line(outcome, { function_name })),
    accepted({ function_name, secret_stage: 'AWSPREVIOUS', grace_left_seconds: 600 }),
  ]);
  const own = [...lines, { apiId, status: '429' }].flatMap((entry) => dataPoints(of, entry));
  const queues = Object.keys(of.findResources('AWS::SQS::Queue'));
  return new Set([
    ...own.map(({ namespace, metric, dimensions }) => key(namespace, metric, Object.entries(dimensions))),
    // API Gateway developer guide, "Working with metrics for HTTP APIs".
    ...['5xx', 'Count', 'Latency'].map((metric) => key('AWS/ApiGateway', metric, [['ApiId', String(apiId)]])),
    // SQS developer guide, "Available CloudWatch metrics for Amazon SQS".
    ...queues.map((queue) => key('AWS/SQS', 'ApproximateNumberOfMessagesVisible', [['QueueName', queue]])),
  ]);
}

const everything = Template.fromStack(
  deployed({ schemes: [SignatureScheme.FORM, SignatureScheme.OPEN_MESSAGING, SignatureScheme.STATIC_TOKEN] }),
);

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
    assert.deepEqual([count('5xx'), count('Throttled'), count('Lost')], [1, 1, 3]);
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

  test('shows_every_alarm', () => {
    const [status] = body(everything).widgets;
    assert.equal(status.properties.alarms.length, all(everything, 'AWS::CloudWatch::Alarm').length);
  });

  test('is_named_by_stack_and_region_since_dashboards_are_global', () => {
    const { DashboardName } = only(everything, 'AWS::CloudWatch::Dashboard').Properties;
    assert.equal(text(DashboardName), 'AWS::StackName-AWS::Region');
  });
});
