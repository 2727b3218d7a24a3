/** The rotation with Genesys: what Secrets Manager may call and when, what the function may do, and what is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { GenesysRotationProps } from '../../cdk/genesys-rotation.ts';
import type { GenesysWebhookProps } from '../../cdk/genesys-webhook-props.ts';
import { Monitoring } from '../../cdk/monitoring.ts';
import { SignatureScheme } from '../../cdk/signature-scheme.ts';
import { GENESYS_REGIONS } from '../../contract/genesys-regions.ts';
import { codeFolder, newApp, newWebhook, only, otherStack, type Resource } from './support.ts';

const { OPEN_MESSAGING, STATIC_TOKEN, FORM } = SignatureScheme;
const integrationId = '0b1c2d3e-0000-4000-8000-000000000001';

/** The template of a webhook of open-messaging whose secret rotates. */
function rotated(
  rotation: Partial<GenesysRotationProps> = {},
  given: GenesysWebhookProps | ((stack: Stack) => GenesysWebhookProps) = {},
): { template: Template; stack: Stack } {
  const stack = otherStack();
  const props = typeof given === 'function' ? given(stack) : given;
  const { signatureScheme = OPEN_MESSAGING } = props;
  const webhook = newWebhook(stack, {
    ...props,
    signatureScheme,
    rotateWithGenesys: {
      region: 'eu-central-1',
      ...(signatureScheme === OPEN_MESSAGING && { integrationId }),
      code: Code.fromAsset(codeFolder),
      ...rotation,
    },
  });
  new Monitoring(stack, 'Monitoring', { webhooks: [webhook] });
  webhook.addOutputs();
  return { template: Template.fromStack(stack), stack };
}

/** Of the rotation's resources of a type, which the webhook may have as well. */
function ofRotation(template: Template, type: string): Resource {
  const found = Object.entries(template.findResources(type)).filter(([id]) => id.includes('WebhookRotation'));
  assert.equal(found.length, 1, type);
  return { id: found[0]?.[0], ...found[0]?.[1] };
}
const functionOf = (template: Template) => ofRotation(template, 'AWS::Lambda::Function').Properties;
const variablesOf = (template: Template) => functionOf(template).Environment.Variables;
const statementsOf = (template: Template) =>
  ofRotation(template, 'AWS::IAM::Policy').Properties.PolicyDocument.Statement;

const SCHEDULE = 'AWS::SecretsManager::RotationSchedule';
const { template } = rotated();
const { id: schedule } = only(template, SCHEDULE);
const secret = { Ref: 'WebhookSecret11F7963D' };
const oauthSecret = ofRotation(template, 'AWS::SecretsManager::Secret');
const invoked = { 'Fn::GetAtt': [ofRotation(template, 'AWS::Lambda::Function').id, 'Arn'] };

for (const expression of [
  undefined,
  'cron(0 3 1 * ? *)',
  'rate(4 hours)',
  'rate(1 day)',
  'rate(1000 days)',
]) {
  test(`no deploy rotates the secret, with ${expression ?? 'no schedule'}`, () => {
    assert.deepEqual(only(rotated({ schedule: expression }).template, SCHEDULE).Properties, {
      SecretId: secret,
      RotationLambdaARN: invoked,
      RotateImmediatelyOnUpdate: false,
      ...(expression && { RotationRules: { ScheduleExpression: expression } }),
    });
  });
}

test('Secrets Manager may call the function for this account and this secret alone', () => {
  assert.deepEqual(ofRotation(template, 'AWS::Lambda::Permission').Properties, {
    Action: 'lambda:InvokeFunction',
    FunctionName: invoked,
    Principal: 'secretsmanager.amazonaws.com',
    SourceAccount: { Ref: 'AWS::AccountId' },
    SourceArn: secret,
  });
  template.resourceCountIs('AWS::SecretsManager::ResourcePolicy', 0);
});

/** What a deploy makes before a resource, by its type. */
function madeBefore(id: string, { Resources }: Resource): Record<string, number> {
  const before = new Set<string>();
  const follow = ({ DependsOn = [], Properties }: Resource) => {
    const references = [...JSON.stringify(Properties).matchAll(/\{"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/g)];
    for (const next of [DependsOn, references.map(([, name]) => name)].flat()) {
      if (!(next in Resources) || before.has(next)) continue;
      before.add(next);
      follow(Resources[next]);
    }
  };
  follow(Resources[id]);
  const types = [...before].map((name) => String(Resources[name].Type));
  return Object.fromEntries(types.map((type) => [type, types.filter((other) => other === type).length]));
}

for (const ownDomain of [false, true]) {
  test(`the schedule waits for all that its test meets, ${ownDomain ? 'with' : 'without'} a custom domain`, () => {
    const certificateArn = 'arn:aws:acm:eu-central-1:123456789012:certificate/0b1c2d3e';
    const zone = { hostedZoneId: 'Z0', zoneName: 'example.com' };
    const { template: made } = rotated({}, (stack) => ({
      customDomain: ownDomain
        ? {
            domainName: 'webhooks.example.com',
            certificate: Certificate.fromCertificateArn(stack, 'Certificate', certificateArn),
            hostedZone: HostedZone.fromHostedZoneAttributes(stack, 'Zone', zone),
          }
        : undefined,
    }));
    const before = madeBefore(schedule, made.toJSON());
    for (const [type, count] of Object.entries({
      'ApiGatewayV2::Route': 1,
      'ApiGatewayV2::Integration': 1,
      'ApiGatewayV2::Stage': 1,
      // Of the webhook and of the rotation.
      'Lambda::Function': 2,
      'Lambda::Permission': 2,
      'IAM::Policy': 2,
      ...(ownDomain && { 'ApiGatewayV2::ApiMapping': 1, 'Route53::RecordSet': 1 }),
    })) {
      assert.equal(before[`AWS::${type}`], count, type);
    }
  });
}

test('the function may write its log, rotate its secret and read the OAuth client, and nothing else', () => {
  const onSecret = ['DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'];
  assert.deepEqual(statementsOf(template), [
    {
      Effect: 'Allow',
      Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      Resource: { 'Fn::GetAtt': [ofRotation(template, 'AWS::Logs::LogGroup').id, 'Arn'] },
    },
    { Effect: 'Allow', Action: onSecret.map((action) => `secretsmanager:${action}`), Resource: secret },
    { Effect: 'Allow', Action: 'secretsmanager:GetRandomPassword', Resource: '*' },
    { Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: { Ref: oauthSecret.id } },
  ]);
});

test('the function knows Genesys, its secrets and the route, and has the time to wait for a staged secret', () => {
  const { WEBHOOK_URL, ...variables } = variablesOf(template);
  assert.match(JSON.stringify(WEBHOOK_URL), /ApiEndpoint.*"\/webhook\/genesys\/open-messaging"/);
  assert.deepEqual(variables, {
    GENESYS_DOMAIN: 'mypurecloud.de',
    GENESYS_INTEGRATION_ID: integrationId,
    GENESYS_OAUTH_SECRET_ARN: { Ref: oauthSecret.id },
    SIGNATURE_SCHEME: 'open-messaging',
    STAGING_WAIT_SECONDS: '30',
  });
  assert.deepEqual([functionOf(template).MemorySize, functionOf(template).Timeout], [128, 230]);
  assert.equal(ofRotation(template, 'AWS::Logs::LogGroup').Properties.RetentionInDays, 30);
});

const credential = { integrationId: undefined, credentialId: 'a-credential' };
const variables: [Partial<GenesysRotationProps>, GenesysWebhookProps, Record<string, string | undefined>][] =
  [
    [{ region: 'us-gov.example.com' }, {}, { GENESYS_DOMAIN: 'us-gov.example.com' }],
    [
      credential,
      { signatureScheme: STATIC_TOKEN },
      {
        GENESYS_CREDENTIAL_ID: 'a-credential',
        GENESYS_CREDENTIAL_FIELD: 'webhookKey',
        GENESYS_INTEGRATION_ID: undefined,
      },
    ],
    [{}, { webhookSecretJsonKey: 'key' }, { WEBHOOK_SECRET_JSON_KEY: 'key' }],
    [{}, { allowedCidrs: ['192.0.2.0/24'] }, { IS_RESTRICTED: 'true' }],
    [
      {},
      { secretRefreshCooldown: Duration.seconds(675), secretCacheTtl: Duration.hours(1) },
      { STAGING_WAIT_SECONDS: '700' },
    ],
  ];
for (const [rotation, props, expected] of variables) {
  test(`the function has the variables ${JSON.stringify(expected)}`, () => {
    const found = variablesOf(rotated(rotation, props).template);
    for (const [name, value] of Object.entries(expected)) assert.equal(found[name], value);
  });
}

test('the OAuth client is an empty secret that outlives the stack and that no deploy writes again', () => {
  const { Metadata, ...resource } = oauthSecret;
  assert.deepEqual(resource, {
    id: 'WebhookRotationOAuthSecret1B656E62',
    Type: 'AWS::SecretsManager::Secret',
    Properties: { SecretString: '{"clientId":"","clientSecret":""}' },
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
  });
});

test('of given secrets the function may use the keys, by way of Secrets Manager alone', () => {
  const given = (stack: Stack, name: string) =>
    Secret.fromSecretAttributes(stack, name, {
      secretCompleteArn: `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}-AbCdEf`,
      encryptionKey: Key.fromKeyArn(stack, `${name}Key`, `arn:aws:kms:eu-central-1:123456789012:key/${name}`),
    });
  const other = otherStack();
  const oauth = given(other, 'oauth');
  const using = rotated({ oauthSecret: oauth }, (stack) => ({ webhookSecret: given(stack, 'webhook') }));
  const kms = statementsOf(using.template).filter(({ Action }: Resource) => String(Action).includes('kms:'));
  assert.deepEqual(
    kms.map(({ Action, Resource, Condition }: Resource) => [
      Action,
      Resource.split('/')[1],
      Object.keys(Condition.StringEquals),
    ]),
    [
      [['kms:Decrypt', 'kms:GenerateDataKey'], 'webhook', ['kms:ViaService']],
      ['kms:Decrypt', 'oauth', ['kms:ViaService']],
    ],
  );
  using.template.resourceCountIs('AWS::SecretsManager::Secret', 0);
});

test('a secret that is given by its name is rotated by the function, whatever its ARN ends with', () => {
  const { template: byName } = rotated({}, (stack) => ({
    webhookSecret: Secret.fromSecretNameV2(stack, 'ByName', 'given'),
  }));
  assert.match(JSON.stringify(statementsOf(byName)[1].Resource), /:secret:given-\?{6}"/);
  assert.equal(ofRotation(byName, 'AWS::Lambda::Permission').Properties.SourceArn, undefined);
});

test('an alarm is raised by the first failed step, and the outputs name the function, its log and the OAuth client', () => {
  const [alarm] = Object.values(template.findResources('AWS::CloudWatch::Alarm')).filter(
    ({ Properties }) => Properties.Namespace === 'AWS/Lambda',
  );
  const { MetricName, Statistic, Period, Threshold, AlarmDescription } = alarm?.Properties ?? {};
  assert.deepEqual([MetricName, Statistic, Period, Threshold], ['Errors', 'Sum', 300, 1]);
  assert.match(AlarmDescription, /#rotation-failed$/);
  const { Outputs } = template.toJSON();
  for (const [name, value] of [
    ['RotationFunctionName', invoked['Fn::GetAtt'][0]],
    ['RotationLogGroupName', ofRotation(template, 'AWS::Logs::LogGroup').id],
    ['OAuthSecretArn', oauthSecret.id],
  ]) {
    assert.deepEqual(Outputs[`OpenMessaging${name}`].Value, { Ref: value });
  }
});

test('the log of the function is kept as long as that of the webhook', () => {
  const kept = rotated({}, { logRetention: RetentionDays.ONE_WEEK }).template;
  assert.equal(ofRotation(kept, 'AWS::Logs::LogGroup').Properties.RetentionInDays, 7);
});

const domains =
  'it takes a Region of Genesys Cloud such as "eu-central-1", or the organisation\'s domain such as "mypurecloud.de"';
const schedules =
  'it takes six fields with minute 0 and any year, such as "cron(0 3 1 * ? *)", or a rate from 4 hours to 1000 days, such as "rate(30 days)"';
const ofIntegration = 'it takes the id of the Open Messaging integration, 1 to 64 letters, digits and "-"';
const refused: [message: string, Partial<GenesysRotationProps>, GenesysWebhookProps?][] = [
  ...[
    '',
    'eu-north-1',
    'Mypurecloud.de',
    'https://mypurecloud.de',
    'mypurecloud.de:443',
    'a.de/b',
    'constructor',
  ].map((region): (typeof refused)[number] => [
    `region is ${JSON.stringify(region)}; ${domains}`,
    { region },
  ]),
  ['region is "api.mypurecloud.de"; leave "api." out', { region: 'api.mypurecloud.de' }],
  ['region is "login.mypurecloud.de"; leave "login." out', { region: 'login.mypurecloud.de' }],
  [`integrationId is missing; ${ofIntegration}`, { integrationId: undefined }],
  [`integrationId is "a/b"; ${ofIntegration}`, { integrationId: 'a/b' }],
  [`integrationId is "${'a'.repeat(65)}"; ${ofIntegration}`, { integrationId: 'a'.repeat(65) }],
  ['credentialId is set; the scheme open-messaging has none', { credentialId: 'a' }],
  ['credentialField is set; the scheme open-messaging has none', { credentialField: 'a' }],
  [
    'integrationId is set; the scheme static-token has none',
    { ...credential, integrationId },
    { signatureScheme: STATIC_TOKEN },
  ],
  [
    'credentialId is missing; it takes the id of the data action integration\'s credential, 1 to 64 letters, digits and "-"',
    {},
    { signatureScheme: STATIC_TOKEN },
  ],
  [
    'credentialField is ""; it takes 1 to 256 characters, without white space at the ends',
    { ...credential, credentialField: '' },
    { signatureScheme: STATIC_TOKEN },
  ],
  ...[
    '',
    'cron(5 3 1 * ? *)',
    'cron(0 3 1 * ?)',
    'cron(0 3 1 * ? 2027)',
    'rate(3 hours)',
    'rate(1001 days)',
    'rate(1 days)',
    'rate(30 minutes)',
  ].map((expression): (typeof refused)[number] => [
    `schedule is ${JSON.stringify(expression)}; ${schedules}`,
    { schedule: expression },
  ]),
];
for (const [message, rotation, props] of refused) {
  test(`refuses a prop of the rotation: ${message}`, () => {
    assert.throws(() => rotated(rotation, props), { message: `rotateWithGenesys.${message}` });
  });
}

test('refuses to rotate with the sender of a form, and points to the steps by hand', () => {
  assert.throws(() => rotated({}, { signatureScheme: FORM }), {
    message:
      'rotateWithGenesys is set and the scheme is form; Genesys documents no API for the secret of its sender, so rotate it by hand (docs/rotation.md)',
  });
});

const elsewhere = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:given-AbCdEf';
const refusedBeside: Record<string, (stack: Stack) => GenesysWebhookProps> = {
  'secretRefreshCooldown is 676 seconds; beside rotateWithGenesys it takes at most 675, because the rotation waits for it within the 15 minutes of Lambda':
    () => ({ secretRefreshCooldown: Duration.seconds(676), secretCacheTtl: Duration.hours(1) }),
  'previousSecretGrace is 3599 seconds; beside rotateWithGenesys it takes 1 hour or more, because Genesys may sign with the old secret for a while':
    () => ({ previousSecretGrace: Duration.seconds(3599) }),
  'webhookSecret is of another account or Region; rotateWithGenesys takes one of its own': (stack) => ({
    webhookSecret: Secret.fromSecretCompleteArn(stack, 'Elsewhere', elsewhere),
  }),
};
for (const [message, props] of Object.entries(refusedBeside)) {
  test(`refuses beside a rotation: ${message}`, () => {
    const stack = new Stack(newApp(), 'Other', { env: { account: '123456789012', region: 'eu-central-1' } });
    const rotateWithGenesys = { region: 'eu-central-1', integrationId };
    assert.throws(
      () => newWebhook(stack, { signatureScheme: OPEN_MESSAGING, rotateWithGenesys, ...props(stack) }),
      { message },
    );
  });
}

test('each Region of Genesys Cloud leads to a domain of its own', () => {
  const given = Object.values(GENESYS_REGIONS);
  assert.deepEqual(
    given.filter((domain) => !/^[a-z0-9.-]+\.[a-z.]+$/.test(domain)),
    [],
  );
  assert.equal(new Set(given).size, given.length);
});
