/** What the construct makes of its props: where each one ends in the template, and which are refused with which words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CorsHttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate, type ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { AlarmProps } from '../../cdk/alarms.ts';
import type { GenesysWebhookProps } from '../../cdk/genesys-webhook-props.ts';
import { Monitoring } from '../../cdk/monitoring.ts';
import { WebhookApi } from '../../cdk/webhook-api.ts';
import {
  elsewhere,
  environment,
  newApp,
  newWebhook,
  otherStack,
  type Resource,
  webhookTemplate,
} from './support.ts';

const { days, hours, millis, minutes, seconds } = Duration;
const cidrs = [
  '192.0.2.0/24',
  '198.51.100.7/32',
  '10.0.0.0/8',
  '2001:db8::/32',
  '::1/128',
  '1::ffff:0/112',
  '0.0.0.0/0',
  '::/0',
];

const API = 'AWS::ApiGatewayV2::Api';
const ARCHIVE = 'AWS::Events::Archive';
const FUNCTION = 'AWS::Lambda::Function';
const DOMAIN_NAME = 'AWS::ApiGatewayV2::DomainName';
const MAPPING = 'AWS::Lambda::EventSourceMapping';
const LOG_GROUP = 'AWS::Logs::LogGroup';
const RECORD = 'AWS::Route53::RecordSet';
const ROUTE = 'AWS::ApiGatewayV2::Route';
const STAGE = 'AWS::ApiGatewayV2::Stage';
const variables = (Variables: Record<string, string>) => ({ Environment: { Variables } });

const certificateArn = (region: string) => `arn:aws:acm:${region}:123456789012:certificate/0b1c2d3e`;
const certificate = (region = 'eu-central-1') =>
  Certificate.fromCertificateArn(otherStack(), 'Certificate', certificateArn(region));
const customDomain = { domainName: 'webhooks.example.com', certificate: certificate() };

/** Of a name in Route 53, which ends with a dot. */
const zone = (name: string) =>
  HostedZone.fromHostedZoneAttributes(otherStack(), 'Zone', {
    hostedZoneId: 'Z0123456789',
    zoneName: `${name}.`,
  });

const taken: [props: GenesysWebhookProps, type: string, properties: Resource][] = [
  [{ path: '/hooks/contact-centre' }, ROUTE, { RouteKey: 'ANY /hooks/contact-centre' }],
  [{ memorySize: 256 }, FUNCTION, { MemorySize: 256 }],
  [{ memorySize: 128 }, FUNCTION, { MemorySize: 128 }],
  [{ memorySize: 10_240 }, FUNCTION, { MemorySize: 10_240 }],
  [{ throttlingRateLimit: 1 }, STAGE, { DefaultRouteSettings: { ThrottlingRateLimit: 1 } }],
  [{ archiveRetention: days(1) }, ARCHIVE, { RetentionDays: 1 }],
  [{ parkingConcurrency: 1000 }, MAPPING, { ScalingConfig: { MaximumConcurrency: 1000 } }],
  [{ throttlingRateLimit: 500 }, STAGE, { DefaultRouteSettings: { ThrottlingRateLimit: 500 } }],
  [{ throttlingBurstLimit: 900 }, STAGE, { DefaultRouteSettings: { ThrottlingBurstLimit: 900 } }],
  [
    { corsPreflight: { allowOrigins: ['*'], allowMethods: [CorsHttpMethod.POST], maxAge: hours(1) } },
    API,
    { CorsConfiguration: { AllowOrigins: ['*'], AllowMethods: ['POST'], MaxAge: 3600 } },
  ],
  [{ logRetention: RetentionDays.ONE_DAY }, LOG_GROUP, { RetentionInDays: 1 }],
  [{ accessLogRetention: RetentionDays.ONE_WEEK }, LOG_GROUP, { RetentionInDays: 7 }],
  [{ customDomain }, DOMAIN_NAME, { DomainName: customDomain.domainName }],
  ...['a.x', 'a.example.museum', `${'x'.repeat(63)}.example.${'x'.repeat(63)}`].map(
    (domainName): (typeof taken)[number] => [
      { customDomain: { ...customDomain, domainName } },
      DOMAIN_NAME,
      { DomainName: domainName },
    ],
  ),
  [{ customDomain: { ...customDomain, hostedZone: zone('webhooks.example.com') } }, RECORD, { Type: 'A' }],
  [{ customDomain, disableExecuteApiEndpoint: true }, API, { DisableExecuteApiEndpoint: true }],
  [{ archiveRetention: days(90) }, ARCHIVE, { RetentionDays: 90 }],
  [{ eventSource: 'contact-centre' }, ARCHIVE, { EventPattern: { source: ['contact-centre'] } }],
  [{ eventSource: 'contact-centre' }, FUNCTION, variables({ EVENT_SOURCE: 'contact-centre' })],
  [{ eventSource: 'x'.repeat(256) }, FUNCTION, variables({ EVENT_SOURCE: 'x'.repeat(256) })],
  [{ allowedCidrs: cidrs }, FUNCTION, variables({ ALLOWED_CIDRS: cidrs.join(',') })],
  [{ webhookSecretJsonKey: 'key' }, FUNCTION, variables({ WEBHOOK_SECRET_JSON_KEY: 'key' })],
  [{ secretCacheTtl: minutes(1) }, FUNCTION, variables({ SECRET_CACHE_TTL_SECONDS: '60' })],
  [{ secretRefreshCooldown: seconds(1) }, FUNCTION, variables({ SECRET_REFRESH_COOLDOWN_SECONDS: '1' })],
  [{ previousSecretGrace: seconds(0) }, FUNCTION, variables({ PREVIOUS_SECRET_GRACE_SECONDS: '0' })],
  [
    { previousSecretGrace: seconds(4_294_967_295) },
    FUNCTION,
    variables({ PREVIOUS_SECRET_GRACE_SECONDS: '4294967295' }),
  ],
  [{ secretMaxStale: hours(6) }, FUNCTION, variables({ SECRET_MAX_STALE_SECONDS: '21600' })],
  // The other rules follow a TTL that is below or above their defaults.
  [{ secretCacheTtl: seconds(2) }, FUNCTION, variables({ SECRET_REFRESH_COOLDOWN_SECONDS: '2' })],
  [{ secretCacheTtl: days(2) }, FUNCTION, variables({ SECRET_MAX_STALE_SECONDS: '172800' })],
];

for (const [props, type, properties] of taken) {
  test(`a given ${Object.keys(props)} becomes ${JSON.stringify(properties)} of ${type}`, () => {
    webhookTemplate(props).hasResourceProperties(type, properties);
  });
}

const eventBus = EventBus.fromEventBusName(elsewhere, 'Bus', 'given-bus');
const foreignBusArn = 'arn:aws:events:eu-west-1:999999999999:event-bus/other';
const foreignBus = EventBus.fromEventBusArn(elsewhere, 'ForeignBus', foreignBusArn);
const text = 'it takes 1 to 256 characters, without white space at the ends';
const wholeSeconds = (least: number) => `it takes whole seconds from ${least} to 4294967295`;

/** Refused as props of the construct, each with these words. */
const refused: Record<string, GenesysWebhookProps> = {
  'archiveRetention is 0 days; it takes whole days, at least 1': { archiveRetention: days(0) },
  'archiveRetention is 1.5 days; it takes whole days, at least 1': { archiveRetention: hours(36) },
  'archiveRetention is set but archive is false; leave one of them out': {
    archive: false,
    archiveRetention: days(7),
  },
  "archive, archiveRetention can't be set beside eventBus; set it where eventBus is made": {
    eventBus,
    archive: true,
    archiveRetention: days(30),
  },
  "throttlingRateLimit, throttlingBurstLimit, accessLogGroup, corsPreflight, customDomain, disableExecuteApiEndpoint can't be set beside httpApi; set it where httpApi is made":
    {
      httpApi: new WebhookApi(elsewhere, 'Api'),
      throttlingRateLimit: 10,
      throttlingBurstLimit: 20,
      accessLogGroup: LogGroup.fromLogGroupName(elsewhere, 'AccessLog', 'access-log'),
      corsPreflight: {},
      customDomain,
      disableExecuteApiEndpoint: true,
    },
  'disableExecuteApiEndpoint leaves no way in; give the API a customDomain, too': {
    disableExecuteApiEndpoint: true,
  },
  ...Object.fromEntries(
    [
      '',
      'localhost',
      '*.example.com',
      'Webhooks.example.com',
      'https://example.com',
      `${'x'.repeat(64)}.com`,
      `example.${'x'.repeat(64)}`,
      'webhooks.example.com/',
      `${'a.'.repeat(126)}aa`,
    ].map((domainName) => [
      `customDomain.domainName is ${JSON.stringify(domainName)}; it takes one host name in lower case, such as "webhooks.example.com"`,
      { customDomain: { ...customDomain, domainName } },
    ]),
  ),
  'customDomain.hostedZone is example.org, which does not hold webhooks.example.com': {
    customDomain: {
      ...customDomain,
      hostedZone: zone('example.org'),
    },
  },
  "accessLogRetention can't be set beside accessLogGroup; set it where that is made": {
    accessLogGroup: LogGroup.fromLogGroupName(elsewhere, 'Kept', 'access-log'),
    accessLogRetention: RetentionDays.ONE_DAY,
  },
  "logRetention can't be set beside logGroup; set it where that is made": {
    logGroup: LogGroup.fromLogGroupName(elsewhere, 'Log', 'log'),
    logRetention: RetentionDays.ONE_DAY,
  },
  ...Object.fromEntries(
    ['', 'hooks', '/', '/hooks/', '/{proxy+}', '/a b', '/a?b', 'https://example.com/a'].map((path) => [
      `path is ${JSON.stringify(path)}; it takes a slash and a name, or several, such as "/webhook/genesys"`,
      { path },
    ]),
  ),
  ...Object.fromEntries(
    [127, 10_241, 128.5, NaN].map((memorySize) => [
      `memorySize is ${memorySize}; it takes whole MiB from 128 to 10240`,
      { memorySize },
    ]),
  ),
  ...Object.fromEntries(
    [0, 1, 2.5, 1001, NaN].map((parkingConcurrency) => [
      `parkingConcurrency is ${parkingConcurrency}; it takes a whole number from 2 to 1000`,
      { parkingConcurrency },
    ]),
  ),
  'parkingConcurrency is set but parking is false; leave one of them out': {
    parking: false,
    parkingConcurrency: 2,
  },
  'throttlingRateLimit is 0; below 1 the gateway refuses every request': { throttlingRateLimit: 0 },
  'throttlingRateLimit is NaN; below 1 the gateway refuses every request': { throttlingRateLimit: NaN },
  'throttlingBurstLimit is 0.9; below 1 the gateway refuses every request': { throttlingBurstLimit: 0.9 },
  'throttlingBurstLimit is 1.5; it takes a whole number': { throttlingBurstLimit: 1.5 },
  'eventSource is "aws.partner/genesys.com"; names that start with "aws." are for AWS services alone': {
    eventSource: 'aws.partner/genesys.com',
  },
  [`eventSource is ""; ${text}`]: { eventSource: '' },
  [`eventSource is " a"; ${text}`]: { eventSource: ' a' },
  [`eventSource is "${'x'.repeat(257)}"; ${text}`]: { eventSource: 'x'.repeat(257) },
  [`webhookSecretJsonKey is ""; ${text}`]: { webhookSecretJsonKey: '' },
  'the encryptionKey of webhookSecret is an alias; KMS grants need the key itself': {
    webhookSecret: Secret.fromSecretAttributes(elsewhere, 'Secret', {
      secretCompleteArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:given-AbCdEf',
      encryptionKey: Alias.fromAliasName(elsewhere, 'Key', 'alias/key'),
    }),
  },
  'allowedCidrs is empty; leave it out to allow every source, or name at least one range': {
    allowedCidrs: [],
  },
  [`secretCacheTtl is 0 seconds; ${wholeSeconds(1)}`]: { secretCacheTtl: seconds(0) },
  [`secretCacheTtl is 1.5 seconds; ${wholeSeconds(1)}`]: { secretCacheTtl: millis(1500) },
  [`secretRefreshCooldown is 0 seconds; ${wholeSeconds(1)}`]: { secretRefreshCooldown: seconds(0) },
  [`secretMaxStale is 0 seconds; ${wholeSeconds(1)}`]: { secretMaxStale: seconds(0) },
  [`previousSecretGrace is 4320000000 seconds; ${wholeSeconds(0)}`]: { previousSecretGrace: days(50_000) },
  'secretCacheTtl is 172800 seconds; it must not be more than secretMaxStale, 86400 seconds': {
    secretCacheTtl: days(2),
    secretMaxStale: days(1),
  },
  'secretRefreshCooldown is 360 seconds; it must not be more than secretCacheTtl, 300 seconds': {
    secretRefreshCooldown: minutes(6),
  },
};

for (const [message, props] of Object.entries(refused)) {
  test(`refuses a prop: ${message}`, () => {
    assert.throws(() => webhookTemplate(props), { message });
  });
}

for (const cidr of [
  '',
  '/24',
  '192.0.2.0',
  '192.0.2/24',
  '192.0.2.0/-1',
  '192.0.2.0/33',
  '192.0.2.0/024',
  '192.0.2.0/24/8',
  ' 192.0.2.0/24',
  '2001:db8::/129',
  'fe80::1%eth0/64',
  '::ffff:192.0.2.0/120',
  'example.com/24',
  'example.com/1',
]) {
  const message = `allowedCidrs holds ${JSON.stringify(cidr)}; it takes IPv4 and IPv6 ranges such as "192.0.2.0/24" or "2001:db8::/32"`;
  test(`refuses a prop: ${message}`, () => {
    assert.throws(() => webhookTemplate({ allowedCidrs: ['192.0.2.0/24', cidr] }), { message });
  });
}

const ranges = (count: number) => Array.from({ length: count }, (_, i) => `198.51.${i}.0/24`);

test('refuses more allowedCidrs than fit into the 4 KB that Lambda allows', () => {
  assert.doesNotThrow(() => webhookTemplate({ allowedCidrs: ranges(190) }));
  assert.throws(
    () => webhookTemplate({ allowedCidrs: ranges(250) }),
    /the function's environment takes about \d{4} bytes, and Lambda allows 4096; merge neighbouring ranges in allowedCidrs \(3889 bytes\)/,
  );
});

test('takes variables of 4,096 bytes, names included, and not one more', () => {
  const webhookOf = (source: number) =>
    webhookTemplate({ allowedCidrs: ranges(185), eventSource: 's'.repeat(source) });
  const bytes = Object.entries(environment(webhookOf(1)))
    // What is known at deployment alone counts as 256.
    .map(([name, value]) => name.length + (typeof value === 'string' ? value.length : 256))
    .reduce((sum, length) => sum + length);
  const rest = 4096 - bytes;
  assert.ok(rest > 0 && rest < 255, `${rest}: choose another number of ranges`);
  assert.doesNotThrow(() => webhookOf(1 + rest));
  assert.throws(() => webhookOf(2 + rest), /about 4097 bytes, and Lambda allows 4096/);
});

test('refuses a bus of another Region where both Regions are known', () => {
  const inRegion = (region?: string) => () =>
    newWebhook(new Stack(newApp(), 'Here', { env: { region } }), { eventBus: foreignBus });
  assert.throws(inRegion('eu-central-1'), {
    message:
      'eventBus is in eu-west-1 and the webhook in eu-central-1, and PutEvents reaches the buses of its own Region alone; publish on a bus in eu-central-1, with a rule that sends its events to that one',
  });
  for (const region of ['eu-west-1', undefined]) assert.doesNotThrow(inRegion(region));
});

test('refuses a certificate of another Region or service where both are known', () => {
  const withCertificate = (given: ICertificate, region?: string) => () =>
    newWebhook(new Stack(newApp(), 'Here', { env: { region } }), {
      customDomain: { ...customDomain, certificate: given },
    });
  const inRegion = (of: string, region?: string) => withCertificate(certificate(of), region);
  const ofIam = 'arn:aws:iam::123456789012:server-certificate/x';
  assert.throws(withCertificate(Certificate.fromCertificateArn(otherStack(), 'Other', ofIam)), {
    message: `customDomain.certificate is ${ofIam}; it takes one of ACM in the stack's Region`,
  });
  const message = `customDomain.certificate is ${certificateArn('us-east-1')}; it takes one of ACM in the stack's Region`;
  assert.throws(inRegion('us-east-1', 'eu-central-1'), { message });
  assert.doesNotThrow(inRegion('us-east-1', 'us-east-1'));
  assert.doesNotThrow(inRegion('us-east-1'));
});

test('refuses a second webhook on one path of an API', () => {
  const stack = otherStack();
  const { httpApi } = newWebhook(stack);
  assert.throws(() => newWebhook(stack, { httpApi }, 'Second'), {
    message: 'path is /webhook/genesys, which another webhook of the API has',
  });
});

test('takes values that are known at deployment alone', () => {
  const stack = otherStack();
  const number = new CfnParameter(stack, 'Number', { type: 'Number' }).valueAsNumber;
  newWebhook(stack, {
    ...{ memorySize: number, parkingConcurrency: number },
    ...{ throttlingRateLimit: number, throttlingBurstLimit: number },
  });
  Template.fromStack(stack).hasResourceProperties(FUNCTION, { MemorySize: { Ref: 'Number' } });
});

test('refuses a rule on a bus of another account', () => {
  const webhook = newWebhook(otherStack(), { eventBus: foreignBus });
  assert.throws(() => webhook.onEvent('Rule', { target: new SqsQueue(new Queue(elsewhere, 'Queue')) }), {
    message: 'eventBus is of another account or Region; add its rules there, to a stack of its own',
  });
});

test('refuses a target with a dead-letter queue of its own', () => {
  const stack = otherStack();
  const target = new SqsQueue(new Queue(stack, 'Target'), { deadLetterQueue: new Queue(stack, 'Own') });
  assert.throws(() => newWebhook(stack).onEvent('Rule', { target }), {
    message:
      'the target of Other/Webhook/Rule has a deadLetterQueue of its own; leave it out: onEvent gives every target one',
  });
});

/** Refused as props of the monitoring. */
const refusedAlarms: Record<string, AlarmProps> = {
  'lostThreshold is 0; it takes more than 0': { lostThreshold: 0 },
  'parkedThreshold is 0; it takes more than 0': { parkedThreshold: 0 },
  'deadLetterThreshold is NaN; it takes more than 0': { deadLetterThreshold: NaN },
  'secretStaleThreshold is 0; it takes more than 0': { secretStaleThreshold: seconds(0) },
  ...Object.fromEntries(
    [seconds(90), days(2), seconds(0)].map((expectedTrafficWindow) => [
      `expectedTrafficWindow is ${expectedTrafficWindow.toSeconds() / 60} minutes; it takes whole minutes from 1 to 1440`,
      { expectedTrafficWindow },
    ]),
  ),
};

for (const [message, props] of Object.entries(refusedAlarms)) {
  test(`refuses a prop: ${message}`, () => {
    const stack = otherStack();
    const monitored = () => new Monitoring(stack, 'Monitoring', { webhooks: [newWebhook(stack)], ...props });
    assert.throws(monitored, { message });
  });
}

test('takes the shortest and the longest window without traffic, and a threshold that is given as undefined', () => {
  for (const expectedTrafficWindow of [minutes(1), days(1)]) {
    const stack = otherStack();
    const webhooks = [newWebhook(stack)];
    new Monitoring(stack, 'Monitoring', { webhooks, expectedTrafficWindow, lostThreshold: undefined });
    const Period = expectedTrafficWindow.toSeconds();
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      MetricName: 'Accepted',
      Period,
    });
  }
});
