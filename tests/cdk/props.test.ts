/** What the construct makes of its props: where each one ends in the template, and which are refused with which words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Duration, Stack } from 'aws-cdk-lib';
import { CorsHttpMethod } from 'aws-cdk-lib/aws-apigatewayv2';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { GenesysWebhookProps } from '../../cdk/genesys-webhook-props.ts';
import { SignatureScheme } from '../../cdk/signature-scheme.ts';
import { WebhookApi } from '../../cdk/webhook-api.ts';
import {
  deployed,
  elsewhere,
  newApp,
  newWebhook,
  otherStack,
  type Resource,
  webhookTemplate,
} from './support.ts';

const { days, hours, millis, minutes, seconds } = Duration;
const cidrs = ['192.0.2.0/24', '198.51.100.7/32', '2001:db8::/32', '0.0.0.0/0', '::/0'];

const API = 'AWS::ApiGatewayV2::Api';
const ARCHIVE = 'AWS::Events::Archive';
const FUNCTION = 'AWS::Lambda::Function';
const ROUTE = 'AWS::ApiGatewayV2::Route';
const STAGE = 'AWS::ApiGatewayV2::Stage';
const variables = (Variables: Record<string, string>) => ({ Environment: { Variables } });

const taken: [props: GenesysWebhookProps, type: string, properties: Resource][] = [
  [{ path: '/hooks/contact-centre' }, ROUTE, { RouteKey: 'ANY /hooks/contact-centre' }],
  [{ memorySize: 256 }, FUNCTION, { MemorySize: 256 }],
  [{ throttlingRateLimit: 500 }, STAGE, { DefaultRouteSettings: { ThrottlingRateLimit: 500 } }],
  [{ throttlingBurstLimit: 900 }, STAGE, { DefaultRouteSettings: { ThrottlingBurstLimit: 900 } }],
  [
    { corsPreflight: { allowOrigins: ['*'], allowMethods: [CorsHttpMethod.POST], maxAge: hours(1) } },
    API,
    { CorsConfiguration: { AllowOrigins: ['*'], AllowMethods: ['POST'], MaxAge: 3600 } },
  ],
  [{ archiveRetention: days(90) }, ARCHIVE, { RetentionDays: 90 }],
  [{ eventSource: 'contact-centre' }, ARCHIVE, { EventPattern: { source: ['contact-centre'] } }],
  [{ eventSource: 'contact-centre' }, FUNCTION, variables({ EVENT_SOURCE: 'contact-centre' })],
  [{ allowedCidrs: cidrs }, FUNCTION, variables({ ALLOWED_CIDRS: cidrs.join(',') })],
  [{ webhookSecretJsonKey: 'key' }, FUNCTION, variables({ WEBHOOK_SECRET_JSON_KEY: 'key' })],
  [{ secretCacheTtl: minutes(1) }, FUNCTION, variables({ SECRET_CACHE_TTL_SECONDS: '60' })],
  [{ secretRefreshCooldown: seconds(1) }, FUNCTION, variables({ SECRET_REFRESH_COOLDOWN_SECONDS: '1' })],
  [{ previousSecretGrace: seconds(0) }, FUNCTION, variables({ PREVIOUS_SECRET_GRACE_SECONDS: '0' })],
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
  "throttlingRateLimit, throttlingBurstLimit, accessLogGroup, corsPreflight can't be set beside httpApi; set it where httpApi is made":
    {
      httpApi: new WebhookApi(elsewhere, 'Api'),
      throttlingRateLimit: 10,
      throttlingBurstLimit: 20,
      accessLogGroup: LogGroup.fromLogGroupName(elsewhere, 'AccessLog', 'access-log'),
      corsPreflight: {},
    },
  'throttlingRateLimit is 0; below 1 the gateway refuses every request': { throttlingRateLimit: 0 },
  'throttlingRateLimit is NaN; below 1 the gateway refuses every request': { throttlingRateLimit: NaN },
  'throttlingBurstLimit is 0; below 1 the gateway refuses every request': { throttlingBurstLimit: 0.9 },
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
]) {
  const message = `allowedCidrs holds ${JSON.stringify(cidr)}; it takes IPv4 and IPv6 ranges such as "192.0.2.0/24" or "2001:db8::/32"`;
  test(`refuses a prop: ${message}`, () => {
    assert.throws(() => webhookTemplate({ allowedCidrs: ['192.0.2.0/24', cidr] }), { message });
  });
}

test('refuses more allowedCidrs than fit into the 4 KB that Lambda allows', () => {
  const ranges = (count: number) => Array.from({ length: count }, (_, i) => `198.51.${i}.0/24`);
  assert.doesNotThrow(() => webhookTemplate({ allowedCidrs: ranges(200) }));
  assert.throws(
    () => webhookTemplate({ allowedCidrs: ranges(250) }),
    /the function's environment takes about \d{4} bytes, and Lambda allows 4096; merge neighbouring ranges in allowedCidrs \(3889 bytes\)/,
  );
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

test('refuses the example consumer without the form scheme', () => {
  assert.throws(() => deployed({ queueConsumer: true, schemes: [SignatureScheme.STATIC_TOKEN] }), {
    message: 'consumer=queue takes events of the form scheme; add form to schemes',
  });
});

for (const expectedTrafficWindow of [seconds(90), days(2), seconds(0)]) {
  const message = `expectedTrafficWindow is ${expectedTrafficWindow.toSeconds() / 60} minutes; it takes whole minutes from 1 to 1440`;
  test(`refuses a prop: ${message}`, () => {
    assert.throws(() => deployed({ alarms: { expectedTrafficWindow } }), { message });
  });
}
