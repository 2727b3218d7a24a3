/** Synthesis for tests: with the feature flags of cdk.json, and with neither cargo nor cargo-lambda. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code, Tracing } from 'aws-cdk-lib/aws-lambda';
import { GenesysWebhookStack, type GenesysWebhookStackProps } from '../../cdk/app/stack.ts';
import { GenesysWebhook } from '../../cdk/genesys-webhook.ts';
import type { GenesysWebhookProps } from '../../cdk/genesys-webhook-props.ts';
import { SignatureScheme } from '../../cdk/signature-scheme.ts';
import { SCHEME_NAMES } from '../../contract/schemes.ts';
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

export const everyScheme = SCHEME_NAMES.map(SignatureScheme.of);

export const everythingOn = {
  schemes: everyScheme,
  queueConsumer: true,
  tracing: Tracing.ACTIVE,
  allowedCidrs: ['192.0.2.0/24', '2001:db8::/32'],
  alarmTopicArn: 'arn:aws:sns:eu-central-1:123456789012:alarms',
} satisfies GenesysWebhookStackProps;

/** The stacks that `npm run deploy` can make, for what looks at templates as a whole. */
export const variants: Record<string, GenesysWebhookStackProps> = {
  'as it comes': {},
  'with the example consumer': { queueConsumer: true },
  'with every scheme': { schemes: everyScheme },
  'with everything on': everythingOn,
};

/** The stack of this repository. */
export function deployed(
  props: GenesysWebhookStackProps = {},
  app = newApp(),
  name = 'GenesysWebhook',
): GenesysWebhookStack {
  return new GenesysWebhookStack(app, name, { code: Code.fromAsset(codeFolder), ...props });
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
