import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { accepted, counted, line } from './emitted.ts';
import { type DataPoint, dataPoints } from './metric-filters.ts';
import { newWebhook, only, otherStack, webhookTemplate } from './support.ts';

const template = webhookTemplate();
const functionName = only(template, 'AWS::Lambda::Function').id;
const ours = { function_name: functionName };

/** What of a request's own text an access log can hold: "Customize HTTP API access logs", API Gateway guide. */
const SENDER_WRITES = [
  '$context.path',
  '$context.domainName',
  '$context.identity.userAgent',
  '$context.protocol',
];

const duration: DataPoint = {
  namespace: 'GenesysWebhook',
  metric: 'Duration',
  dimensions: { FunctionName: functionName },
  value: 1.5,
};

describe('metrics', () => {
  for (const { outcome, metric, dimensions } of counted) {
    test(`count ${outcome} as ${metric}, once`, () => {
      const count = {
        ...duration,
        metric,
        dimensions: { FunctionName: functionName, ...dimensions },
        value: 1,
      };
      assert.deepEqual(dataPoints(template, line(outcome, ours)), [count, duration]);
    });
  }

  test('tell_the_age_of_the_secret_and_the_grace_that_is_left', () => {
    const points = dataPoints(
      template,
      accepted({ ...ours, secret_stage: 'AWSPREVIOUS', grace_left_seconds: 0 }),
    );
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

  test('of_the_throttle_are_neither_forged_nor_hidden_by_what_a_sender_writes', () => {
    const { Format } = only(template, 'AWS::ApiGatewayV2::Stage').Properties.AccessLogSettings;
    // As if the gateway escaped nothing, which AWS does not promise. The method is a token: RFC 9110, section 5.6.2.
    for (const hostile of ['/","status":"429', '/"']) {
      const written: Record<string, string> = {
        '$context.status': '404',
        '$context.httpMethod': "!#$%&'*+-.^_`|~",
        ...Object.fromEntries(SENDER_WRITES.map((name) => [name, hostile])),
      };
      const entry = Format.replace(
        /\$context\.[\w.]+/g,
        (variable: string) => written[variable] ?? '-',
      ) as string;
      assert.equal(JSON.parse(entry).status, '404', entry);
      assert.equal(entry.match(/"status"/g)?.length, 1, entry);
    }
  });

  test('leave_other_log_lines_alone', () => {
    assert.deepEqual(dataPoints(template, { ...ours, message: 'secret refreshed' }), []);
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
