/** An entry of deployments.ts: what each member changes, and with which words a wrong one is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { type Deployment, deploymentOf, explained } from '../../cdk/app/deployment.ts';
import { all, consumers, deployed, everythingOn, newApp, type Resource } from './support.ts';

const stack = deployed(deploymentOf('prod', { prod: everythingOn }));
const template = Template.fromStack(stack);
const has = (type: string, properties: Resource) => () =>
  template.hasResourceProperties(`AWS::${type}`, properties);
/** In each of the three instances, or in so many resources. */
const everywhere =
  (type: string, properties: Resource, count = 3) =>
  () =>
    template.resourcePropertiesCountIs(`AWS::${type}`, properties, count);
const variable = (name: string, value: string, count?: number) =>
  everywhere('Lambda::Function', { Environment: { Variables: { [name]: value } } }, count);
/** The functions of the three instances, and those that rotate the secrets of two of them. */
const FUNCTIONS = 5;

/** What stands in the template of each member of `everythingOn`. The compiler misses none. */
const members: Record<keyof Deployment, () => void> = {
  account: () => assert.equal(stack.account, everythingOn.account),
  region: () => assert.equal(stack.region, everythingOn.region),
  schemes: () => {
    const routes = all(template, 'AWS::ApiGatewayV2::Route').map(({ RouteKey }) => RouteKey);
    const names = Object.keys(everythingOn.schemes);
    assert.deepEqual(
      routes,
      names.map((name) => `ANY /hooks/${name}`),
    );
    variable('ALLOWED_CIDRS', '192.0.2.0/24,2001:db8::/32')();
    variable('IS_RESTRICTED', 'true', 2)();
    for (const [name, value] of [
      ['GENESYS_DOMAIN', 'euw2.pure.cloud'],
      ['GENESYS_INTEGRATION_ID', 'an-integration'],
      ['GENESYS_CREDENTIAL_ID', 'a-credential'],
      ['GENESYS_CREDENTIAL_FIELD', 'key'],
      ['GENESYS_OAUTH_SECRET_ARN', 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:client-AbCdEf'],
    ] as const) {
      variable(name, value, 1)();
    }
    const rules = { ScheduleExpression: 'cron(0 3 1 * ? *)' };
    has('SecretsManager::RotationSchedule', { RotationRules: rules })();
  },
  throttlingRateLimit: has('ApiGatewayV2::Stage', { DefaultRouteSettings: { ThrottlingRateLimit: 500 } }),
  throttlingBurstLimit: has('ApiGatewayV2::Stage', { DefaultRouteSettings: { ThrottlingBurstLimit: 900 } }),
  customDomain: () => {
    const { domainName, certificateArn, hostedZone } = everythingOn.customDomain;
    const configuration = {
      CertificateArn: certificateArn,
      EndpointType: 'REGIONAL',
      SecurityPolicy: 'TLS_1_2',
    };
    has('ApiGatewayV2::DomainName', {
      DomainName: domainName,
      DomainNameConfigurations: [configuration],
    })();
    const [mapping] = all(template, 'AWS::ApiGatewayV2::ApiMapping');
    assert.deepEqual(Object.keys(mapping).toSorted(), ['ApiId', 'DomainName', 'Stage']);
    has('Route53::RecordSet', { Name: `${domainName}.`, Type: 'A', HostedZoneId: hostedZone.id })();
    const { WebhookUrl, CustomDomainTarget, ApiId } = template.toJSON().Outputs;
    assert.equal(WebhookUrl.Value, `https://${domainName}/hooks/form`);
    assert.match(JSON.stringify(CustomDomainTarget.Value), /RegionalDomainName/);
    assert.deepEqual(ApiId.Value, mapping.ApiId);
  },
  disableExecuteApiEndpoint: has('ApiGatewayV2::Api', { DisableExecuteApiEndpoint: true }),
  secretCacheTtl: variable('SECRET_CACHE_TTL_SECONDS', '60'),
  secretRefreshCooldown: variable('SECRET_REFRESH_COOLDOWN_SECONDS', '1'),
  previousSecretGrace: variable('PREVIOUS_SECRET_GRACE_SECONDS', '7200'),
  secretMaxStale: variable('SECRET_MAX_STALE_SECONDS', '21600'),
  parking: () => {
    template.resourceCountIs('AWS::Lambda::EventSourceMapping', 3);
    Template.fromStack(deployed({ parking: false })).resourceCountIs('AWS::Lambda::EventSourceMapping', 0);
  },
  parkingConcurrency: everywhere('Lambda::EventSourceMapping', { ScalingConfig: { MaximumConcurrency: 7 } }),
  memorySize: everywhere('Lambda::Function', { MemorySize: 256 }),
  logRetention: () =>
    assert.deepEqual(
      all(template, 'AWS::Logs::LogGroup').map(({ RetentionInDays }) => RetentionInDays),
      [365, 365, 365, 365, 365, 365],
    ),
  alarms: () => {
    const alarms = all(template, 'AWS::CloudWatch::Alarm');
    const thresholds = new Set(alarms.map(({ Threshold }) => Threshold));
    assert.deepEqual([...thresholds].toSorted(), [1, 11, 12, 13, 14, 17, 19, 20, 900, 960].toSorted());
    assert.equal(alarms.filter(({ Period }) => Period === 18 * 60).length, 3);
    for (const { AlarmActions } of alarms) assert.deepEqual(AlarmActions, [everythingOn.alarms.topicArn]);
  },
  dashboard: () => {
    template.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
    const without = Template.fromStack(deployed({ dashboard: false }));
    without.resourceCountIs('AWS::CloudWatch::Dashboard', 0);
  },
  tracing: everywhere('Lambda::Function', { TracingConfig: { Mode: 'Active' } }),
  archive: () => {
    Template.fromStack(deployed({ archive: false })).resourceCountIs('AWS::Events::Archive', 0);
  },
  archiveRetention: has('Events::Archive', { RetentionDays: 90 }),
  tags: everywhere('Lambda::Function', { Tags: [{ Key: 'team', Value: 'contact-centre' }] }, FUNCTIONS),
  consumers: () => assert.ok(template.toJSON().Outputs.ConsumerQueueUrl),
};

for (const [member, appears] of Object.entries(members)) {
  test(`${member} of a deployment changes what it says`, () => {
    appears();
  });
}

test('without a hosted zone the record is left to its owner', () => {
  const { hostedZone, ...customDomain } = everythingOn.customDomain;
  const { Resources, Outputs } = Template.fromStack(
    deployed({ region: 'eu-central-1', customDomain }),
  ).toJSON();
  assert.ok(!JSON.stringify(Resources).includes('AWS::Route53'));
  assert.match(JSON.stringify(Outputs.CustomDomainTarget.Value), /RegionalDomainName/);
});

/** As `npm run deploy` says it. */
function refusal(entry: unknown): string | undefined {
  try {
    deployed(deploymentOf('prod', { prod: entry }), newApp(), 'GenesysWebhook-prod');
  } catch (error) {
    return explained('prod', error);
  }
  return undefined;
}

for (const [entry, message] of [
  [{ memorySise: 256 }, 'stage prod: Unrecognized key: "memorySise"'],
  [{ memorySize: '256' }, 'stage prod: memorySize: Invalid input: expected number, received string'],
  [
    { memorySize: 100 },
    'stage prod: GenesysWebhook-prod/Webhook: memorySize is 100; it takes whole MiB from 128 to 10240',
  ],
  [{ parking: 'no' }, 'stage prod: parking: Invalid input: expected boolean, received string'],
  [
    { parkingConcurrency: 1 },
    'stage prod: GenesysWebhook-prod/Webhook: parkingConcurrency is 1; it takes a whole number from 2 to 1000',
  ],
  [{ account: 123 }, 'stage prod: account: Invalid input: expected string, received number'],
  [{ account: '123' }, 'stage prod: account: it takes the 12 digits of an AWS account'],
  [{ region: 'Frankfurt' }, 'stage prod: region: it takes the name of a Region, such as eu-central-1'],
  [{ schemes: {} }, 'stage prod: GenesysWebhook-prod: schemes is empty; name at least one'],
  [
    { schemes: { form: { path: '/a' }, 'static-token': { path: '/a' } } },
    'stage prod: GenesysWebhook-prod/StaticTokenWebhook: path is /a, which another webhook of the API has',
  ],
  [
    { customDomain: { domainName: 'a.example.com', certificateArn: 'arn:' } },
    'stage prod: customDomain.certificateArn: it takes the ARN of a certificate of ACM',
  ],
  [{ schemes: { hmac: {} } }, 'stage prod: schemes: Unrecognized key: "hmac"'],
  [{ schemes: { form: { cidrs: [] } } }, 'stage prod: schemes.form: Unrecognized key: "cidrs"'],
  [
    { schemes: { form: { allowedCidrs: [] } } },
    'stage prod: GenesysWebhook-prod/Webhook: allowedCidrs is empty; leave it out to allow every source, or name at least one range',
  ],
  [
    {
      schemes: {
        'static-token': {
          rotateWithGenesys: { region: 'eu-west-1', credentialId: 'a', oauthSecretArn: 'b' },
        },
      },
    },
    'stage prod: schemes.static-token.rotateWithGenesys.oauthSecretArn: it takes the complete ARN of a secret of Secrets Manager',
  ],
  [{ archiveRetention: 7 }, 'stage prod: archiveRetention: it takes a Duration, such as Duration.days(7)'],
  [{ logRetention: 31 }, /^stage prod: logRetention: Invalid option/],
  [{ alarms: { topicArn: 'on-call' } }, 'stage prod: alarms.topicArn: it takes the ARN of an SNS topic'],
  [
    { region: 'eu-west-1', alarms: { topicArn: everythingOn.alarms.topicArn } },
    `stage prod: GenesysWebhook-prod: alarms.topicArn is ${everythingOn.alarms.topicArn}; alarms notify topics of their own Region`,
  ],
  [{ throttlingRateLimit: 0 }, /^stage prod: GenesysWebhook-prod\/HttpApi: throttlingRateLimit is 0; /],
  [
    { schemes: { 'static-token': {} }, consumers },
    'stage prod: GenesysWebhook-prod: schemes has no form; add it',
  ],
  [
    { dashboard: 'no', tracing: 1 },
    'stage prod: dashboard: Invalid input: expected boolean, received string; tracing: Invalid input: expected boolean, received number',
  ],
] as const) {
  test(`a stage with ${JSON.stringify(entry)} is refused by its name and the member's`, () => {
    const said = refusal(entry);
    if (typeof message === 'string') assert.equal(said, message);
    else assert.match(String(said), message);
  });
}
