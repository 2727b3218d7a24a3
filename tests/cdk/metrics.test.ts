/** The metric filters, beside `tests/function/metrics.test.ts`, which feeds them the lines of the real binary. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { PARKING_CAUSES, STILL_PARKED } from '../../contract/outcomes.ts';
import { dataPoints, line } from './metric-filters.ts';
import { newWebhook, only, otherStack, webhookTemplate } from './support.ts';

test('each request over the throttle is counted by its API, and no other answer of the gateway', () => {
  const template = webhookTemplate();
  const api = only(template, 'AWS::ApiGatewayV2::Api').id;
  const { Format } = only(template, 'AWS::ApiGatewayV2::Stage').Properties.AccessLogSettings;
  // The gateway writes each variable of the format into the line.
  const logged = (status: string) => Format.replace('$context.apiId', api).replace('$context.status', status);
  const pointsOf = (status: string) => dataPoints(template, JSON.parse(logged(status)));
  assert.deepEqual(pointsOf('429'), [
    { namespace: 'GenesysWebhook', metric: 'Throttled', dimensions: { ApiId: api }, value: 1 },
  ]);
  assert.deepEqual(pointsOf('401'), []);
});

test('each line is counted once, and alone with its own values, where instances share a log group', () => {
  const stack = otherStack();
  const logGroup = new LogGroup(stack, 'Shared');
  newWebhook(stack, { logGroup }, 'One');
  newWebhook(stack, { logGroup }, 'Two');
  const shared = Template.fromStack(stack);
  for (const FunctionName of Object.keys(shared.findResources('AWS::Lambda::Function'))) {
    const point = { namespace: 'GenesysWebhook', dimensions: { FunctionName } };
    assert.deepEqual(dataPoints(shared, line(FunctionName)), [
      { ...point, metric: 'Accepted', value: 1 },
      { ...point, metric: 'SecretAge', value: 12 },
      { ...point, metric: 'PreviousSecretGraceLeft', value: 600 },
      { ...point, metric: 'Duration', value: 1.5 },
    ]);
  }
});

test('a parked webhook is counted by its cause', () => {
  const template = webhookTemplate();
  const FunctionName = only(template, 'AWS::Lambda::Function').id;
  for (const cause of PARKING_CAUSES) {
    const counted = dataPoints(template, { ...line(FunctionName, 'parked'), cause });
    assert.deepEqual(
      counted.filter(({ metric }) => metric === 'Parked'),
      [
        {
          namespace: 'GenesysWebhook',
          metric: 'Parked',
          dimensions: { FunctionName, Cause: cause },
          value: 1,
        },
      ],
    );
  }
});

test('a parked webhook that is handled is counted by what comes of it, and in nothing that says how live traffic fares', () => {
  const template = webhookTemplate();
  const { id } = only(template, 'AWS::Lambda::Function');
  const counted = (outcome: string) =>
    dataPoints(template, { ...line(id, outcome), parked: true }).map(({ metric }) => metric);
  assert.deepEqual(counted('accepted'), ['Accepted']);
  assert.deepEqual(counted('unauthorized'), ['Refused']);
  assert.deepEqual(counted('invalid_payload'), ['Lost']);
  assert.deepEqual(counted(STILL_PARKED), []);
});

test('no line of the function but that of a request is counted', () => {
  const template = webhookTemplate();
  const { id } = only(template, 'AWS::Lambda::Function');
  assert.deepEqual(dataPoints(template, { function_name: id, message: 'secret refreshed' }), []);
});
