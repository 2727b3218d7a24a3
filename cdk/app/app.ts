/**
 * The app of this repository: one stage of `deployments.ts`. Its context, each as `-c NAME=VALUE`:
 *
 * - `stage`: which one; without it, `default`
 * - `code`: a folder with a ready `bootstrap`, so that nothing is compiled
 */
import { App } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { propError } from '../prop-error.ts';
import { deploymentOf, explained } from './deployment.ts';
import { deployments } from './deployments.ts';
import { GenesysWebhookStack } from './stack.ts';

/** Context of version 0.1. To pass it over would open a door, or delete a route. */
const MOVED = ['schemes', 'consumer', 'allowedCidrs', 'alarmTopicArn', 'tracing'];

const app = new App();
const stage = context('stage') ?? 'default';
try {
  const moved = MOVED.find((name) => context(name) !== undefined);
  if (moved) throw propError(`${moved} is no context any more; set it in cdk/app/deployments.ts`);
  const code = context('code');
  new GenesysWebhookStack(app, stage === 'default' ? 'GenesysWebhook' : `GenesysWebhook-${stage}`, {
    deployment: deploymentOf(stage, deployments),
    code: code ? Code.fromAsset(code) : undefined,
  });
} catch (error) {
  const message = explained(stage, error);
  if (!message) throw error;
  console.error(message);
  // Not `exitCode`: the app would go on to synthesise what there is of it.
  process.exit(1);
}

function context(name: string): string | undefined {
  return app.node.tryGetContext(name);
}
