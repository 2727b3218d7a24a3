import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { SignatureScheme } from '../../cdk/signature-scheme.ts';
import type { WebhookApiProps } from '../../cdk/webhook-api.ts';
import { SCHEME_NAMES, SCHEMES } from '../../contract/schemes.ts';
import {
  all,
  deployed,
  environment,
  everyScheme,
  newWebhook,
  only,
  otherStack,
  webhookTemplate,
} from './support.ts';

describe('a signature scheme', () => {
  for (const scheme of everyScheme) {
    test(`${scheme.name} has its own route and is the function's one scheme`, () => {
      const template = webhookTemplate({ signatureScheme: scheme });
      assert.equal(environment(template).SIGNATURE_SCHEME, scheme.name);
      assert.equal(
        only(template, 'AWS::ApiGatewayV2::Route').Properties.RouteKey,
        `ANY ${SCHEMES[scheme.name].path}`,
      );
    });
  }

  test('that is deployed somewhere keeps its route and the names of its outputs', () => {
    assert.deepEqual(
      everyScheme.slice(0, 3).map(({ name, defaultPath, idPart }) => [name, defaultPath, idPart]),
      [
        ['form', '/webhook/genesys', ''],
        ['open-messaging', '/webhook/genesys/open-messaging', 'OpenMessaging'],
        ['static-token', '/webhook/genesys/events', 'StaticToken'],
      ],
    );
  });

  test('that is unknown is named together with those there are', () => {
    assert.throws(() => SignatureScheme.of('hmac'), {
      message: `there is no scheme "hmac"; use ${SCHEME_NAMES.join(', ')}`,
    });
  });
});

describe('several instances in one stack', () => {
  const template = Template.fromStack(deployed({ schemes: everyScheme }));

  test('share_one_api_and_one_bus', () => {
    const { id: api } = only(template, 'AWS::ApiGatewayV2::Api');
    const { id: bus } = only(template, 'AWS::Events::EventBus');
    only(template, 'AWS::ApiGatewayV2::Stage');
    only(template, 'AWS::Events::Archive');
    for (const route of all(template, 'AWS::ApiGatewayV2::Route'))
      assert.deepEqual(route.ApiId, { Ref: api });
    const handlers = all(template, 'AWS::Lambda::Function');
    assert.equal(handlers.length, everyScheme.length);
    for (const { Environment } of handlers)
      assert.deepEqual(Environment.Variables.EVENT_BUS_NAME, { Ref: bus });
  });

  test('run_one_and_the_same_code', () => {
    const keys = all(template, 'AWS::Lambda::Function').map(({ Code }) => Code.S3Key);
    assert.equal(new Set(keys).size, 1);
  });

  test('have_a_secret_a_role_and_a_log_group_each', () => {
    const functions = all(template, 'AWS::Lambda::Function');
    for (const of of [
      functions.map(({ Environment }) => Environment.Variables.WEBHOOK_SECRET_ARN.Ref),
      functions.map(({ Role }) => Role['Fn::GetAtt'][0]),
      functions.map(({ LoggingConfig }) => LoggingConfig.LogGroup.Ref),
    ]) {
      assert.equal(new Set(of).size, everyScheme.length, String(of));
    }
    for (const { PolicyDocument } of all(template, 'AWS::IAM::Policy')) {
      const secrets = JSON.stringify(PolicyDocument).match(/\w*Secret[0-9A-F]{8}/g);
      assert.equal(secrets?.length, 1, String(secrets));
    }
  });

  test('print_what_an_operator_needs_with_the_scheme_in_front', () => {
    const perInstance = ['WebhookUrl', 'SecretArn', 'ReadSecretCommand', 'FunctionName', 'LogGroupName'];
    assert.deepEqual(
      Object.keys(template.toJSON().Outputs).toSorted(),
      [
        ...everyScheme.flatMap(({ idPart }) => perInstance.map((name) => idPart + name)),
        'EventBusName',
      ].toSorted(),
    );
  });

  test('print_a_command_that_reads_the_secret', () => {
    const { Ref: secret } = template.toJSON().Outputs.OpenMessagingSecretArn.Value;
    assert.deepEqual(template.toJSON().Outputs.OpenMessagingReadSecretCommand.Value['Fn::Join'], [
      '',
      [
        'aws secretsmanager get-secret-value --region ',
        { Ref: 'AWS::Region' },
        ' --secret-id ',
        { Ref: secret },
        ' --query SecretString --output text',
      ],
    ]);
  });
});

describe('a given HTTP API', () => {
  test('gets_the_route_and_keeps_its_own_stage', () => {
    const stack = otherStack();
    const httpApi = HttpApi.fromHttpApiAttributes(stack, 'Given', {
      httpApiId: 'a1b2c3',
      apiEndpoint: 'https://a1b2c3.example.com',
    });
    const webhook = newWebhook(stack, { httpApi });
    const template = Template.fromStack(stack);
    assert.equal(only(template, 'AWS::ApiGatewayV2::Route').Properties.ApiId, 'a1b2c3');
    assert.deepEqual(all(template, 'AWS::ApiGatewayV2::Api'), []);
    assert.deepEqual(all(template, 'AWS::ApiGatewayV2::Stage'), []);
    assert.equal(webhook.webhookUrl, 'https://a1b2c3.example.com/webhook/genesys');
  });

  const stack = otherStack();
  const owners: Required<WebhookApiProps> = {
    throttlingRateLimit: 10,
    throttlingBurstLimit: 20,
    accessLogGroup: LogGroup.fromLogGroupName(stack, 'AccessLog', 'access-log'),
    corsPreflight: {},
  };
  for (const [name, value] of Object.entries(owners)) {
    test(`leaves ${name} to its owner`, () => {
      const httpApi = new HttpApi(stack, `Api-${name}`);
      assert.throws(() => newWebhook(stack, { httpApi, [name]: value }, `Webhook-${name}`), {
        message: `${name} can't be set beside httpApi; set it where httpApi is made`,
      });
    });
  }
});
