/**
 * The app of this repository. Context, each as `-c NAME=VALUE`:
 *
 * - `stage`: names the stack, as in `GenesysWebhook-prod`
 * - `schemes`: what senders sign: names from `contract/schemes.ts`, with commas between
 * - `consumer=queue`: adds the example consumer
 * - `allowedCidrs`: source ranges that may send, separated by commas
 * - `alarmTopicArn`: the SNS topic that alarms notify
 * - `tracing=active`: X-Ray
 * - `code`: a folder with a ready `bootstrap`, so that nothing is compiled
 */
import { App, Errors } from 'aws-cdk-lib';
import { Code, Tracing } from 'aws-cdk-lib/aws-lambda';
import { SignatureScheme } from '../index.ts';
import { propError } from '../prop-error.ts';
import { GenesysWebhookStack } from './stack.ts';

const app = new App();
/** One value, which may be limited to `options`. */
function context(name: string, ...options: string[]): string | undefined {
  const value: string | undefined = app.node.tryGetContext(name);
  // An empty value is an error: a failed `$(…)` would otherwise deploy without an allow-list.
  if (value !== undefined && (typeof value !== 'string' || value.trim() === '')) {
    throw propError(`${name} is ${JSON.stringify(value)}; give it text, or leave it out`);
  }
  if (value && options.length > 0 && !options.includes(value)) {
    throw propError(`there is no ${name}=${value}; use ${name}=${options.join(' or ')}, or leave it out`);
  }
  return value;
}
const list = (name: string) => context(name)?.split(',');

try {
  const stage = context('stage');
  const code = context('code');
  new GenesysWebhookStack(app, stage ? `GenesysWebhook-${stage}` : 'GenesysWebhook', {
    description: 'Receives Genesys Cloud webhooks, verifies them and publishes them to EventBridge',
    schemes: list('schemes')?.map(SignatureScheme.of),
    queueConsumer: context('consumer', 'queue') !== undefined,
    allowedCidrs: list('allowedCidrs'),
    alarmTopicArn: context('alarmTopicArn'),
    tracing: context('tracing', 'active') ? Tracing.ACTIVE : undefined,
    code: code ? Code.fromAsset(code) : undefined,
  });
} catch (error) {
  // The message says what to do, and below a stack trace nobody reads it.
  if (!Errors.isValidationError(error)) throw error;
  const { constructPath, message } = error;
  console.error(constructPath ? `${constructPath}: ${message}` : message);
  // Not `exitCode`: the app would go on to synthesise what there is of it.
  process.exit(1);
}
