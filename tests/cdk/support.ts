/** Synthesis for tests: with the feature flags of cdk.json, and with neither cargo nor cargo-lambda. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Deployment, Rotation } from '../../cdk/app/deployment.ts';
import { deployments } from '../../cdk/app/deployments.ts';
import { GenesysWebhookStack } from '../../cdk/app/stack.ts';
import { GenesysWebhook } from '../../cdk/genesys-webhook.ts';
import type { GenesysWebhookProps } from '../../cdk/genesys-webhook-props.ts';
import { SCHEME_NAMES, type Scheme } from '../../contract/schemes.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

// biome-ignore lint/suspicious/noExplicitAny: templates are plain JSON
export type Resource = any;

/** The flags that the real app runs with. */
const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8'));

export const codeFolder = temporaryFolder();
writeFileSync(join(codeFolder, 'bootstrap'), 'stands for the function');

export function newApp(): App {
  // The check against CloudFormation's schemas takes seconds in each process: `app.test.ts` has it.
  return new App({ context, outdir: temporaryFolder(), builtinCloudFormationValidation: false });
}

const allowedCidrs = ['192.0.2.0/24', '2001:db8::/32'];
const rotations: Partial<Record<Scheme, Rotation>> = {
  'open-messaging': {
    region: 'eu-west-2',
    integrationId: 'an-integration',
    oauthSecretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:client-AbCdEf',
    schedule: 'cron(0 3 1 * ? *)',
  },
  'static-token': { region: 'genesys.example.com', credentialId: 'a-credential', credentialField: 'key' },
};

/** Every member of a deployment. */
export const everythingOn = {
  account: '123456789012',
  region: 'eu-central-1',
  schemes: Object.fromEntries(
    SCHEME_NAMES.map((name) => [
      name,
      { path: `/hooks/${name}`, allowedCidrs, rotateWithGenesys: rotations[name] },
    ]),
  ),
  throttlingRateLimit: 500,
  throttlingBurstLimit: 900,
  customDomain: {
    domainName: 'webhooks.example.com',
    certificateArn: 'arn:aws:acm:eu-central-1:123456789012:certificate/0b1c2d3e',
    hostedZone: { id: 'Z0123456789', name: 'example.com' },
  },
  disableExecuteApiEndpoint: true,
  secretCacheTtl: Duration.minutes(1),
  secretRefreshCooldown: Duration.seconds(1),
  previousSecretGrace: Duration.hours(2),
  secretMaxStale: Duration.hours(6),
  parking: true,
  parkingConcurrency: 7,
  memorySize: 256,
  logRetention: RetentionDays.ONE_YEAR,
  alarms: {
    topicArn: 'arn:aws:sns:eu-central-1:123456789012:alarms',
    serverErrorsThreshold: 11,
    throttledThreshold: 12,
    refusedSignaturesThreshold: 13,
    lostThreshold: 14,
    parkedThreshold: 19,
    parkingBacklogThreshold: 20,
    secretStaleThreshold: Duration.minutes(15),
    previousSecretLateThreshold: Duration.minutes(16),
    deadLetterThreshold: 17,
    expectedTrafficWindow: Duration.minutes(18),
  },
  dashboard: true,
  tracing: true,
  archive: true,
  archiveRetention: Duration.days(90),
  tags: { team: 'contact-centre' },
  consumers: deployments.trial.consumers,
} satisfies Required<Deployment>;

/** The example consumer. */
export const { consumers } = deployments.trial;

/** Deployments for what looks at templates as a whole. */
export const variants: Record<string, Deployment> = {
  ...deployments,
  'everything on': everythingOn,
};

/** The stack of this repository. */
export function deployed(
  deployment: Deployment = {},
  app = newApp(),
  name = 'GenesysWebhook',
): GenesysWebhookStack {
  const code = Code.fromAsset(codeFolder);
  return new GenesysWebhookStack(app, name, { code, rotationCode: code, deployment });
}

/** A stack of someone else, for the construct to be lifted into. */
export function otherStack(): Stack {
  return new Stack(newApp(), 'Other');
}

/** Holds what a construct in another stack is given. */
export const elsewhere = otherStack();

export function newWebhook(scope: Stack, props: GenesysWebhookProps = {}, id = 'Webhook'): GenesysWebhook {
  return new GenesysWebhook(scope, id, { code: Code.fromAsset(codeFolder), ...props });
}

/** The template of a stack that holds one webhook with these props. */
export function webhookTemplate(props?: GenesysWebhookProps): Template {
  const stack = otherStack();
  newWebhook(stack, props);
  return Template.fromStack(stack);
}

/** The properties of all resources of a type. */
export function all(template: Template, type: string): Resource[] {
  return Object.values(template.findResources(type)).map(({ Properties }) => Properties);
}

/** The one resource of a type, with its logical id. */
export function only(template: Template, type: string): Resource {
  const found = Object.entries(template.findResources(type));
  assert.equal(found.length, 1, `${type}: ${found.map(([id]) => id)}`);
  const [id, resource] = found[0] as [string, Resource];
  return { id, ...resource };
}

/** Variables of the one function. */
export function environment(template: Template): Record<string, Resource> {
  return only(template, 'AWS::Lambda::Function').Properties.Environment.Variables;
}

/** Statements of the function's role. */
export function statements(template: Template): Resource[] {
  return only(template, 'AWS::IAM::Policy').Properties.PolicyDocument.Statement;
}
