import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CorsHttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { text } from './metric-filters.ts';
import { all, deployed, newWebhook, only, otherStack, type Resource, webhookTemplate } from './support.ts';

function accessLogs(template: Template): Resource[] {
  const logGroups = Object.entries(template.findResources('AWS::Logs::LogGroup'));
  return logGroups.filter(([id]) => id.includes('AccessLog')).map(([, resource]) => resource);
}

describe('the HTTP API', () => {
  test('has_one_route_for_any_method_and_no_other', () => {
    const template = webhookTemplate();
    const api = only(template, 'AWS::ApiGatewayV2::Api');
    const integration = only(template, 'AWS::ApiGatewayV2::Integration');
    const { Properties: route } = only(template, 'AWS::ApiGatewayV2::Route');
    assert.equal(route.RouteKey, 'ANY /webhook/genesys');
    assert.deepEqual(route.ApiId, { Ref: api.id });
    assert.deepEqual(route.Target, { 'Fn::Join': ['', ['integrations/', { Ref: integration.id }]] });
  });

  test('hands_payload_2_0_to_the_function', () => {
    const template = webhookTemplate();
    const handler = only(template, 'AWS::Lambda::Function');
    const { Properties: integration } = only(template, 'AWS::ApiGatewayV2::Integration');
    assert.equal(integration.PayloadFormatVersion, '2.0');
    assert.equal(integration.IntegrationType, 'AWS_PROXY');
    assert.deepEqual(integration.IntegrationUri, { 'Fn::GetAtt': [handler.id, 'Arn'] });
  });

  test('may_invoke_the_function_from_that_route_only', () => {
    const template = webhookTemplate();
    const api = only(template, 'AWS::ApiGatewayV2::Api');
    const { Properties: permission } = only(template, 'AWS::Lambda::Permission');
    assert.equal(permission.Principal, 'apigateway.amazonaws.com');
    assert.deepEqual(permission.SourceArn['Fn::Join'][1].slice(-2), [
      { Ref: api.id },
      '/*/*/webhook/genesys',
    ]);
  });

  test('takes_another_path', () => {
    const template = webhookTemplate({ path: '/hooks/contact-centre' });
    assert.equal(only(template, 'AWS::ApiGatewayV2::Route').Properties.RouteKey, 'ANY /hooks/contact-centre');
  });

  test('is_throttled_unless_told_otherwise_at_100_a_second_and_bursts_of_200', () => {
    const { Properties: stage } = only(webhookTemplate(), 'AWS::ApiGatewayV2::Stage');
    assert.equal(stage.StageName, '$default');
    assert.equal(stage.AutoDeploy, true);
    assert.deepEqual(stage.DefaultRouteSettings, { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 });
  });

  test('takes_other_throttles_but_none_that_refuses_everything', () => {
    const template = webhookTemplate({ throttlingRateLimit: 1_000, throttlingBurstLimit: 500 });
    assert.deepEqual(only(template, 'AWS::ApiGatewayV2::Stage').Properties.DefaultRouteSettings, {
      ThrottlingRateLimit: 1_000,
      ThrottlingBurstLimit: 500,
    });
    assert.throws(() => webhookTemplate({ throttlingRateLimit: 0 }), /throttlingRateLimit is 0; below 1/);
    assert.throws(() => webhookTemplate({ throttlingBurstLimit: 0 }), /throttlingBurstLimit is 0; below 1/);
  });

  test('logs_each_request_as_json_for_a_month', () => {
    const template = deployed();
    const [id, logGroup] = Object.entries(
      Template.fromStack(template).findResources('AWS::Logs::LogGroup'),
    ).find(([id]) => id.startsWith('HttpApi')) as [string, Resource];
    assert.equal(logGroup.Properties.RetentionInDays, 30);
    const { AccessLogSettings } = only(Template.fromStack(template), 'AWS::ApiGatewayV2::Stage').Properties;
    assert.match(text(AccessLogSettings.DestinationArn), new RegExp(`:log-group:${id}$`));
    assert.doesNotThrow(() => JSON.parse(AccessLogSettings.Format));
  });

  test('logs_no_query_string_header_body_or_signature', () => {
    const { Format } = only(webhookTemplate(), 'AWS::ApiGatewayV2::Stage').Properties.AccessLogSettings;
    const variables = Object.values<string>(JSON.parse(Format));
    // Every variable by name: a new one has to be looked at here.
    assert.deepEqual(variables.toSorted(), [
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

  test('logs_to_a_given_log_group', () => {
    const stack = otherStack();
    newWebhook(stack, { accessLogGroup: LogGroup.fromLogGroupName(stack, 'Given', 'given-access-log') });
    const { DestinationArn } = only(Template.fromStack(stack), 'AWS::ApiGatewayV2::Stage').Properties
      .AccessLogSettings;
    assert.match(JSON.stringify(DestinationArn), /:log-group:given-access-log"/);
  });

  test('logs_where_one_entry_of_the_account_s_policy_for_log_delivery_serves_every_api', () => {
    const stack = otherStack();
    newWebhook(stack, {}, 'One');
    newWebhook(stack, {}, 'Two');
    const names = [Template.fromStack(deployed()), Template.fromStack(stack)].flatMap((template) =>
      accessLogs(template).map(({ Properties }) => Properties.LogGroupName),
    );
    assert.deepEqual(names, [
      '/aws/vendedlogs/GenesysWebhook/HttpApiF5A9A8A7',
      '/aws/vendedlogs/Other/OneHttpApi3FC9BF2B',
      '/aws/vendedlogs/Other/TwoHttpApi3BF6B012',
    ]);
  });

  test('leaves_no_log_group_behind_whose_name_the_next_deploy_would_find_taken', () => {
    const [logGroup] = accessLogs(webhookTemplate());
    assert.equal(logGroup.DeletionPolicy, 'Delete');
    assert.equal(logGroup.UpdateReplacePolicy, 'Delete');
  });

  test('names_its_log_group_as_aws_reports_it_without_a_wildcard', () => {
    const stack = otherStack();
    newWebhook(stack, { accessLogGroup: new LogGroup(stack, 'Given') });
    for (const template of [webhookTemplate(), Template.fromStack(stack)]) {
      const { DestinationArn } = only(template, 'AWS::ApiGatewayV2::Stage').Properties.AccessLogSettings;
      assert.match(text(DestinationArn), /:log-group:\w+$/);
    }
  });

  test('has_cors_only_where_asked_for', () => {
    assert.equal(only(webhookTemplate(), 'AWS::ApiGatewayV2::Api').Properties.CorsConfiguration, undefined);
    const corsPreflight = {
      allowOrigins: ['https://example.com'],
      allowMethods: [CorsHttpMethod.POST],
      maxAge: Duration.hours(1),
    };
    const { CorsConfiguration } = only(
      webhookTemplate({ corsPreflight }),
      'AWS::ApiGatewayV2::Api',
    ).Properties;
    assert.deepEqual(CorsConfiguration, {
      AllowOrigins: ['https://example.com'],
      AllowMethods: ['POST'],
      MaxAge: 3600,
    });
  });

  test('is_the_only_way_in', () => {
    assert.deepEqual(all(webhookTemplate(), 'AWS::Lambda::Url'), []);
  });
});
