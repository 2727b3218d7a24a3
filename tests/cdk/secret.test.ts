import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Duration, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { SignatureScheme } from '../../cdk/signature-scheme.ts';
import {
  all,
  deployed,
  environment,
  newWebhook,
  only,
  otherStack,
  statements,
  webhookTemplate,
} from './support.ts';

const secretArn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:given-AbCdEf';

describe('the secret', () => {
  /**
   * A rotated value survives every deploy because CloudFormation generates a value in two cases only: when the
   * resource is created (a new logical id), and when GenerateSecretString changes. So all of it is pinned.
   */
  test('is_never_generated_again_by_a_later_deploy', () => {
    const { Metadata, ...secret } = only(Template.fromStack(deployed()), 'AWS::SecretsManager::Secret');
    assert.deepEqual(secret, {
      id: 'WebhookSecret11F7963D',
      Type: 'AWS::SecretsManager::Secret',
      Properties: { GenerateSecretString: { PasswordLength: 64, ExcludePunctuation: true } },
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });

  test('and_the_url_keep_their_logical_ids_whatever_else_changes', () => {
    const variants = [
      deployed(),
      deployed({ queueConsumer: true, allowedCidrs: ['192.0.2.0/24'] }),
      deployed({
        schemes: [SignatureScheme.STATIC_TOKEN, SignatureScheme.OPEN_MESSAGING, SignatureScheme.FORM],
      }),
    ].map((stack) => Template.fromStack(stack));
    for (const template of variants) {
      assert.equal(only(template, 'AWS::ApiGatewayV2::Api').id, 'HttpApiF5A9A8A7');
      assert.ok('WebhookSecret11F7963D' in template.findResources('AWS::SecretsManager::Secret'));
    }
    assert.deepEqual(Object.keys(variants.at(-1)?.findResources('AWS::SecretsManager::Secret') ?? {}), [
      'StaticTokenWebhookSecret05329D17',
      'OpenMessagingWebhookSecretF2FAE763',
      'WebhookSecret11F7963D',
    ]);
  });

  test('in_someone_else_s_stack_keeps_its_logical_ids_too', () => {
    const template = webhookTemplate();
    assert.equal(only(template, 'AWS::SecretsManager::Secret').id, 'WebhookSecret11F7963D');
    assert.equal(only(template, 'AWS::ApiGatewayV2::Api').id, 'WebhookHttpApiC0016618');
  });

  test('may_be_given', () => {
    const stack = otherStack();
    newWebhook(stack, {
      webhookSecret: Secret.fromSecretCompleteArn(stack, 'Given', secretArn),
      webhookSecretJsonKey: 'signature-secret',
    });
    const template = Template.fromStack(stack);
    assert.deepEqual(all(template, 'AWS::SecretsManager::Secret'), []);
    assert.equal(environment(template).WEBHOOK_SECRET_ARN, secretArn);
    assert.equal(environment(template).WEBHOOK_SECRET_JSON_KEY, 'signature-secret');
    assert.deepEqual(statements(template)[1], {
      Effect: 'Allow',
      Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
      Resource: secretArn,
    });
  });

  test('may_be_given_by_name_and_then_only_that_secret_is_readable', () => {
    const stack = otherStack();
    newWebhook(stack, { webhookSecret: Secret.fromSecretNameV2(stack, 'Given', 'given') });
    const { Resource } = statements(Template.fromStack(stack))[1];
    assert.match(JSON.stringify(Resource), /:secret:given-\?{6}"/);
  });

  for (const [kind, newKey] of [
    [
      'imported',
      (stack: Stack) => Key.fromKeyArn(stack, 'Key', `arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d`),
    ],
    ['new', (stack: Stack) => new Key(stack, 'Key')],
  ] as const) {
    test(`encrypted_with_a_key_that_is_${kind}_may_be_decrypted_by_way_of_secrets_manager_alone`, () => {
      const stack = otherStack();
      const encryptionKey = newKey(stack);
      newWebhook(stack, {
        webhookSecret: Secret.fromSecretAttributes(stack, 'Given', {
          secretCompleteArn: secretArn,
          encryptionKey,
        }),
      });
      const kms = statements(Template.fromStack(stack)).filter(({ Action }) =>
        Action.includes('kms:Decrypt'),
      );
      assert.deepEqual(kms, [
        {
          Effect: 'Allow',
          Action: 'kms:Decrypt',
          Resource: stack.resolve(encryptionKey.keyArn),
          Condition: {
            StringEquals: {
              'kms:ViaService': {
                'Fn::Join': ['', ['secretsmanager.', { Ref: 'AWS::Region' }, '.amazonaws.com']],
              },
            },
          },
        },
      ]);
    });
  }
});

describe('the rotation rules', () => {
  test('reach_the_function_in_seconds', () => {
    const variables = environment(
      webhookTemplate({
        secretCacheTtl: Duration.minutes(1),
        secretRefreshCooldown: Duration.seconds(1),
        previousSecretGrace: Duration.seconds(0),
        secretMaxStale: Duration.hours(6),
      }),
    );
    assert.equal(variables.SECRET_CACHE_TTL_SECONDS, '60');
    assert.equal(variables.SECRET_REFRESH_COOLDOWN_SECONDS, '1');
    assert.equal(variables.PREVIOUS_SECRET_GRACE_SECONDS, '0');
    assert.equal(variables.SECRET_MAX_STALE_SECONDS, '21600');
  });

  test('follow_a_ttl_that_is_below_or_above_their_defaults', () => {
    const short = environment(webhookTemplate({ secretCacheTtl: Duration.seconds(2) }));
    assert.equal(short.SECRET_REFRESH_COOLDOWN_SECONDS, '2');
    const long = environment(webhookTemplate({ secretCacheTtl: Duration.days(2) }));
    assert.equal(long.SECRET_MAX_STALE_SECONDS, '172800');
  });

  const none = Duration.seconds(0);
  const century = Duration.days(50_000);
  for (const [props, message] of [
    [{ secretCacheTtl: none }, 'secretCacheTtl is 0 seconds; it takes whole seconds from 1 to 4294967295'],
    [
      { secretRefreshCooldown: none },
      'secretRefreshCooldown is 0 seconds; it takes whole seconds from 1 to 4294967295',
    ],
    [{ secretMaxStale: none }, 'secretMaxStale is 0 seconds; it takes whole seconds from 1 to 4294967295'],
    [
      { secretCacheTtl: Duration.millis(1500) },
      'secretCacheTtl is 1.5 seconds; it takes whole seconds from 1 to 4294967295',
    ],
    [
      { previousSecretGrace: century },
      'previousSecretGrace is 4320000000 seconds; it takes whole seconds from 0 to 4294967295',
    ],
    [
      { secretCacheTtl: Duration.days(2), secretMaxStale: Duration.days(1) },
      'secretCacheTtl is 172800 seconds; it must not be more than secretMaxStale, 86400 seconds',
    ],
    [
      { secretRefreshCooldown: Duration.minutes(6) },
      'secretRefreshCooldown is 360 seconds; it must not be more than secretCacheTtl, 300 seconds',
    ],
  ] as const) {
    test(`refuse: ${message}`, () => {
      assert.throws(() => webhookTemplate(props), { message });
    });
  }
});
