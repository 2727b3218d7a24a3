import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { elsewhere, only, statements, webhookTemplate } from './support.ts';

test('the function has 128 MB, and logs what alarms count and no more of the lines of Lambda than warnings', () => {
  const template = webhookTemplate();
  const { MemorySize, LoggingConfig } = only(template, 'AWS::Lambda::Function').Properties;
  assert.equal(MemorySize, 128);
  const { LogGroup, ...levels } = LoggingConfig;
  // Lambda drops lines below its level: at WARN those of accepted webhooks, and with them what alarms count.
  assert.deepEqual(levels, { LogFormat: 'JSON', ApplicationLogLevel: 'INFO', SystemLogLevel: 'WARN' });
});

test('a given log group is the one that the function may write', () => {
  const template = webhookTemplate({ logGroup: LogGroup.fromLogGroupName(elsewhere, 'Given', 'given-log') });
  assert.equal(only(template, 'AWS::Lambda::Function').Properties.LoggingConfig.LogGroup, 'given-log');
  assert.match(JSON.stringify(statements(template)[0].Resource), /:log-group:given-log:\*"/);
});

test('the role may write its log, read its secret, put events on its bus and use its parking queue, and nothing else', () => {
  const template = webhookTemplate();
  assert.deepEqual(statements(template), [
    {
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: { 'Fn::GetAtt': ['WebhookLogFD163155', 'Arn'] },
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
    {
      Effect: 'Allow',
      // Lambda guide, "Setting up execution role permissions" of an SQS event source mapping, and what the function does.
      Action: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage', 'sqs:SendMessage'],
      Resource: { 'Fn::GetAtt': ['WebhookParkingQueue936CBDCF', 'Arn'] },
    },
  ]);
});

test('the role is for Lambda alone and has no managed policy', () => {
  const { AssumeRolePolicyDocument, ...rest } = only(webhookTemplate(), 'AWS::IAM::Role').Properties;
  const principals = AssumeRolePolicyDocument.Statement.map(
    ({ Principal }: { Principal: object }) => Principal,
  );
  assert.deepEqual(principals, [{ Service: 'lambda.amazonaws.com' }]);
  assert.deepEqual(rest, {});
});

test('the role may write traces where tracing is on', () => {
  const template = webhookTemplate({ tracing: Tracing.ACTIVE });
  template.hasResourceProperties('AWS::Lambda::Function', { TracingConfig: { Mode: 'Active' } });
  assert.deepEqual(
    statements(template)
      .filter(({ Resource }) => Resource === '*')
      .map(({ Action }) => Action),
    [['xray:PutTelemetryRecords', 'xray:PutTraceSegments']],
  );
});
