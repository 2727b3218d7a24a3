import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import {
  all,
  deployed,
  elsewhere,
  environment,
  everythingOn,
  newWebhook,
  only,
  otherStack,
  statements,
  webhookTemplate,
} from './support.ts';

const secretCompleteArn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:given-AbCdEf';

/**
 * A rotated value survives every deploy because CloudFormation generates a value in two cases only: when the resource
 * is created (a new logical id), and when GenerateSecretString changes. So all of it is pinned.
 */
test('the secret outlives the stack and is never generated again by a later deploy', () => {
  for (const template of [Template.fromStack(deployed()), webhookTemplate()]) {
    const { Metadata, ...secret } = only(template, 'AWS::SecretsManager::Secret');
    assert.deepEqual(secret, {
      id: 'WebhookSecret11F7963D',
      Type: 'AWS::SecretsManager::Secret',
      Properties: { GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true } },
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  }
});

for (const [what, template, api, secrets] of [
  [
    'the stack with other options',
    Template.fromStack(deployed({ ...everythingOn, schemes: { form: {} } })),
    'HttpApiF5A9A8A7',
    ['WebhookSecret11F7963D'],
  ],
  [
    'the stack with other schemes before the first',
    Template.fromStack(deployed({ schemes: { 'static-token': {}, 'open-messaging': {}, form: {} } })),
    'HttpApiF5A9A8A7',
    ['StaticTokenWebhookSecret05329D17', 'OpenMessagingWebhookSecretF2FAE763', 'WebhookSecret11F7963D'],
  ],
  ['the stack of someone else', webhookTemplate(), 'WebhookHttpApiC0016618', ['WebhookSecret11F7963D']],
] as const) {
  test(`the secrets and the URL keep their logical ids in ${what}`, () => {
    assert.equal(only(template, 'AWS::ApiGatewayV2::Api').id, api);
    assert.deepEqual(Object.keys(template.findResources('AWS::SecretsManager::Secret')), secrets);
  });
}

for (const [how, webhookSecret, read] of [
  [
    'by ARN',
    Secret.fromSecretCompleteArn(elsewhere, 'ByArn', secretCompleteArn),
    /^"arn:.*:secret:given-AbCdEf"$/,
  ],
  ['by name', Secret.fromSecretNameV2(elsewhere, 'ByName', 'given'), /:secret:given-\?{6}"/],
] as const) {
  test(`a secret that is given ${how} is the only one that the function may read`, () => {
    const template = webhookTemplate({ webhookSecret });
    assert.deepEqual(all(template, 'AWS::SecretsManager::Secret'), []);
    assert.match(JSON.stringify(environment(template).WEBHOOK_SECRET_ARN), /:secret:given/);
    const { Action, Resource } = statements(template)[1];
    assert.deepEqual(Action, ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue']);
    assert.match(JSON.stringify(Resource), read);
  });
}

const keyArn = 'arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d';
for (const [kind, newKey] of [
  ['imported', (stack: Stack) => Key.fromKeyArn(stack, 'Key', keyArn)],
  ['new', (stack: Stack) => new Key(stack, 'Key')],
] as const) {
  test(`a given secret under a key that is ${kind} may be decrypted by way of Secrets Manager alone`, () => {
    const stack = otherStack();
    const encryptionKey = newKey(stack);
    newWebhook(stack, {
      webhookSecret: Secret.fromSecretAttributes(stack, 'Given', { secretCompleteArn, encryptionKey }),
    });
    const viaService = { 'Fn::Join': ['', ['secretsmanager.', { Ref: 'AWS::Region' }, '.amazonaws.com']] };
    const kms = statements(Template.fromStack(stack)).filter(({ Action }) => Action.includes('kms:Decrypt'));
    assert.deepEqual(kms, [
      {
        Effect: 'Allow',
        Action: 'kms:Decrypt',
        Resource: stack.resolve(encryptionKey.keyArn),
        Condition: { StringEquals: { 'kms:ViaService': viaService } },
      },
    ]);
  });
}
