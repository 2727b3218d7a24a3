import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { text } from './metric-filters.ts';
import { all, elsewhere, newWebhook, only, otherStack, type Resource, webhookTemplate } from './support.ts';

const stageOf = (template: Template): Resource => only(template, 'AWS::ApiGatewayV2::Stage').Properties;

test('the function is invoked from its own route of its own API, and has no other way in', () => {
  const template = webhookTemplate();
  const { Principal, SourceArn } = only(template, 'AWS::Lambda::Permission').Properties;
  assert.equal(Principal, 'apigateway.amazonaws.com');
  const { id } = only(template, 'AWS::ApiGatewayV2::Api');
  assert.deepEqual(SourceArn['Fn::Join'][1].slice(-2), [{ Ref: id }, '/*/*/webhook/genesys']);
  assert.deepEqual(all(template, 'AWS::Lambda::Url'), []);
});

test('requests are throttled unless told otherwise at 100 a second and bursts of 200', () => {
  const throttle = { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 };
  assert.deepEqual(stageOf(webhookTemplate()).DefaultRouteSettings, throttle);
});

test('the access log holds no query string, header, body or signature', () => {
  const format: Record<string, string> = JSON.parse(stageOf(webhookTemplate()).AccessLogSettings.Format);
  // Every variable by name. A new one has to be looked at here: a quote from a sender could forge a status.
  assert.deepEqual(Object.values(format).toSorted(), [
    '$context.apiId',
    '$context.error.responseType',
    '$context.httpMethod',
    '$context.identity.sourceIp',
    '$context.integrationErrorMessage',
    '$context.integrationLatency',
    '$context.integrationStatus',
    '$context.requestId',
    '$context.requestTime',
    '$context.responseLatency',
    '$context.routeKey',
    '$context.status',
  ]);
});

test('a given access log group is named as AWS reports it, without a wildcard', () => {
  const accessLogGroup = LogGroup.fromLogGroupName(elsewhere, 'Given', 'given-access-log');
  const { DestinationArn } = stageOf(webhookTemplate({ accessLogGroup })).AccessLogSettings;
  assert.match(text(DestinationArn), /:log-group:given-access-log$/);
});

test('the access log of each API has a name of its own under the one entry of the account for log delivery', () => {
  const stack = otherStack();
  newWebhook(stack, {}, 'One');
  newWebhook(stack, {}, 'Two');
  const names = all(Template.fromStack(stack), 'AWS::Logs::LogGroup').map(({ LogGroupName }) => LogGroupName);
  assert.deepEqual(names.filter(Boolean), [
    '/aws/vendedlogs/Other/OneHttpApi3FC9BF2B',
    '/aws/vendedlogs/Other/TwoHttpApi3BF6B012',
  ]);
});

test('a given API gets the route and keeps its own stage', () => {
  const stack = otherStack();
  const apiEndpoint = 'https://a1b2c3.example.com';
  const httpApi = HttpApi.fromHttpApiAttributes(stack, 'Given', { httpApiId: 'a1b2c3', apiEndpoint });
  const webhook = newWebhook(stack, { httpApi });
  const template = Template.fromStack(stack);
  assert.equal(only(template, 'AWS::ApiGatewayV2::Route').Properties.ApiId, 'a1b2c3');
  assert.deepEqual(all(template, 'AWS::ApiGatewayV2::Api'), []);
  assert.deepEqual(all(template, 'AWS::ApiGatewayV2::Stage'), []);
  assert.equal(webhook.webhookUrl, `${apiEndpoint}/webhook/genesys`);
});
