/**
 * The app of this repository: one stage of `deployments.ts`. Its context, each as `-c NAME=VALUE`:
 *
 * - `stage`: which one; without it, `default`
 * - `code`: a folder with a ready `bootstrap`, and `rotationCode` one with that of the rotation function, so that nothing
 *   is compiled
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { propError } from '../prop-error.ts';
import { deploymentOf, explained } from './deployment.ts';
import { deployments } from './deployments.ts';
import { GenesysWebhookStack } from './stack.ts';

/** Context of version 0.1, with the members that are in its place. To pass it over would open a door, or delete a route. */
const MOVED = {
  schemes: 'schemes',
  consumer: 'consumers',
  allowedCidrs: 'allowedCidrs of each scheme',
  alarmTopicArn: 'alarms.topicArn',
  tracing: 'tracing',
};

const app = new App();
const stage = context('stage') ?? 'default';
try {
  for (const [name, member] of Object.entries(MOVED)) {
    if (context(name) !== undefined) {
      throw propError(`${name} is no context any more; set ${member} in cdk/app/deployments.ts`);
    }
  }
  new GenesysWebhookStack(app, stage === 'default' ? 'GenesysWebhook' : `GenesysWebhook-${stage}`, {
    deployment: deploymentOf(stage, deployments),
    code: code('code'),
    rotationCode: code('rotationCode'),
  });
} catch (error) {
  const message = explained(stage, error);
  if (!message) throw error;
  console.error(message);
  // Not `exitCode`: the app would go on to synthesise what there is of it.
  process.exit(1);
}

/** Ready built, where there is such a context. */
function code(name: string): Code | undefined {
  const folder = context(name);
  if (folder === undefined) return undefined;
  // An empty value, or an empty folder, is what a failed `$(…)` leaves.
  if (!existsSync(join(folder, 'bootstrap'))) {
    throw propError(`${name} is ${JSON.stringify(folder)}; it takes a folder with a \`bootstrap\``);
  }
  return Code.fromAsset(folder);
}

function context(name: string): string | undefined {
  return app.node.tryGetContext(name);
}
