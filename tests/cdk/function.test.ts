import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { GenesysWebhook } from '../../cdk/genesys-webhook.ts';
import {
  all,
  environment,
  newApp,
  newWebhook,
  only,
  otherStack,
  statements,
  webhookTemplate,
} from './support.ts';

describe('the function', () => {
  test('is_an_arm64_binary_on_al2023_with_ten_seconds', () => {
    const { Properties } = only(webhookTemplate(), 'AWS::Lambda::Function');
    assert.equal(Properties.Runtime, 'provided.al2023');
    assert.deepEqual(Properties.Architectures, ['arm64']);
    assert.equal(Properties.Handler, 'bootstrap');
    assert.equal(Properties.Timeout, 10);
    assert.equal(Properties.MemorySize, 128);
  });

  test('is_the_same_where_cargo_lambda_builds_it', () => {
    const app = newApp();
    // No stack is bundled: RustFunction itself, without a build.
    app.node.setContext('aws:cdk:bundling-stacks', []);
    const stack = new Stack(app, 'Other');
    new GenesysWebhook(stack, 'Webhook');
    const withoutAsset = (template: Template) => {
      const { Metadata, Properties, ...rest } = only(template, 'AWS::Lambda::Function');
      return { ...rest, Properties: { ...Properties, Code: undefined } };
    };
    assert.deepEqual(withoutAsset(Template.fromStack(stack)), withoutAsset(webhookTemplate()));
  });

  test('logs_json_to_a_log_group_of_its_own_for_a_month', () => {
    const template = webhookTemplate();
    const [id, logGroup] = Object.entries(template.findResources('AWS::Logs::LogGroup')).find(
      ([id]) => !id.includes('Access'),
    ) as [string, { Properties: object }];
    assert.deepEqual(logGroup.Properties, { RetentionInDays: 30 });
    assert.deepEqual(only(template, 'AWS::Lambda::Function').Properties.LoggingConfig, {
      LogFormat: 'JSON',
      LogGroup: { Ref: id },
      ApplicationLogLevel: 'INFO',
      SystemLogLevel: 'WARN',
    });
  });

  test('has_its_log_level_from_the_template_alone', () => {
    const { LoggingConfig, Environment } = only(webhookTemplate(), 'AWS::Lambda::Function').Properties;
    // Lambda drops lines below it: at WARN those of accepted webhooks, and with them what alarms count.
    assert.equal(LoggingConfig.ApplicationLogLevel, 'INFO');
    // Lambda sets the variable itself, to the same level.
    assert.equal('AWS_LAMBDA_LOG_LEVEL' in Environment.Variables, false);
    assert.doesNotMatch(
      readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8'),
      /AWS_LAMBDA_LOG_LEVEL/,
    );
  });

  test('logs_to_a_given_log_group', () => {
    const stack = otherStack();
    newWebhook(stack, { logGroup: LogGroup.fromLogGroupName(stack, 'Given', 'given-log') });
    const template = Template.fromStack(stack);
    assert.equal(only(template, 'AWS::Lambda::Function').Properties.LoggingConfig.LogGroup, 'given-log');
    const [logs] = statements(template);
    assert.deepEqual(logs.Action, ['logs:CreateLogStream', 'logs:PutLogEvents']);
    assert.match(JSON.stringify(logs.Resource), /:log-group:given-log:\*"/);
  });

  test('knows_its_secret_its_bus_and_every_default', () => {
    const template = webhookTemplate();
    assert.deepEqual(environment(template), {
      WEBHOOK_SECRET_ARN: { Ref: only(template, 'AWS::SecretsManager::Secret').id },
      EVENT_BUS_NAME: { Ref: only(template, 'AWS::Events::EventBus').id },
      EVENT_SOURCE: 'genesys.cloud.webhook',
      SIGNATURE_SCHEME: 'form',
      SECRET_CACHE_TTL_SECONDS: '300',
      SECRET_REFRESH_COOLDOWN_SECONDS: '5',
      PREVIOUS_SECRET_GRACE_SECONDS: '86400',
      SECRET_MAX_STALE_SECONDS: '86400',
      MIMALLOC_ALLOW_THP: '0',
      MIMALLOC_ARENA_RESERVE: '64MiB',
    });
  });

  test('takes_more_memory', () => {
    const template = webhookTemplate({ memorySize: 256 });
    assert.equal(only(template, 'AWS::Lambda::Function').Properties.MemorySize, 256);
  });
});

describe('the role of the function', () => {
  test('may_write_its_log_read_its_secret_and_put_events_on_its_bus_and_nothing_else', () => {
    const template = webhookTemplate();
    const logGroup = Object.keys(template.findResources('AWS::Logs::LogGroup')).find(
      (id) => !id.includes('Access'),
    );
    assert.deepEqual(statements(template), [
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: { 'Fn::GetAtt': [logGroup, 'Arn'] },
      },
      {
        Effect: 'Allow',
        Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
        Resource: { Ref: only(template, 'AWS::SecretsManager::Secret').id },
      },
      {
        Effect: 'Allow',
        Action: 'events:PutEvents',
        Resource: { 'Fn::GetAtt': [only(template, 'AWS::Events::EventBus').id, 'Arn'] },
      },
    ]);
  });

  test('is_lambda_s_alone_and_has_no_managed_policy', () => {
    const { Properties } = only(webhookTemplate(), 'AWS::IAM::Role');
    assert.equal(Properties.ManagedPolicyArns, undefined);
    assert.equal(Properties.Policies, undefined);
    assert.deepEqual(
      Properties.AssumeRolePolicyDocument.Statement.map(({ Principal }: { Principal: object }) => Principal),
      [{ Service: 'lambda.amazonaws.com' }],
    );
  });

  test('may_write_traces_only_where_tracing_is_on', () => {
    assert.equal(only(webhookTemplate(), 'AWS::Lambda::Function').Properties.TracingConfig, undefined);
    const template = webhookTemplate({ tracing: Tracing.ACTIVE });
    assert.deepEqual(only(template, 'AWS::Lambda::Function').Properties.TracingConfig, { Mode: 'Active' });
    const wildcards = statements(template).filter(({ Resource }) => Resource === '*');
    assert.deepEqual(
      wildcards.map(({ Action }) => Action),
      [['xray:PutTelemetryRecords', 'xray:PutTraceSegments']],
    );
    assert.equal(all(template, 'AWS::IAM::Policy').length, 1);
  });
});
