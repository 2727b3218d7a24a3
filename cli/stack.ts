/** What a deployed stack says of its instances: outputs and configuration. */
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SCHEME_NAMES, SCHEMES, type Scheme } from '../contract/schemes.ts';
import type { AwsConfig } from './aws.ts';
import { localUrl, WEBHOOK_ORIGIN } from './outputs.ts';

export const STACK_OPTION = {
  type: 'string',
  placeholder: 'NAME',
  description: 'Name of the stack, such as GenesysWebhook or GenesysWebhook-prod',
} as const;

/** What rotates an instance's secret. */
export interface Rotation {
  functionName: string;
  logGroup: string;
  /** Of the OAuth client by which it tells Genesys. */
  oauthSecretArn: string;
}

/** One instance of the construct. */
export interface Instance {
  scheme: Scheme;
  url: string;
  secretArn: string;
  functionName: string;
  logGroup: string;
  /** Absent where parking is off. */
  parkingQueueUrl?: string;
  /** Absent where the stack does not rotate the secret. */
  rotation?: Rotation;
  /** The function's own configuration (docs/configuration.md). */
  env: Record<string, string>;
}

export interface DeployedStack {
  instances: Instance[];
  /** The example consumer's queue, where the stack has one. */
  consumerQueueUrl?: string;
}

/** @throws where there is no such stack, or it is none of ours */
export async function readStack(name: string, aws: AwsConfig): Promise<DeployedStack> {
  const { Stacks = [] } = await new CloudFormationClient(aws).send(
    new DescribeStacksCommand({ StackName: name }),
  );
  const outputs: Record<string, string> = {};
  for (const { OutputKey = '', OutputValue = '' } of Stacks[0]?.Outputs ?? [])
    outputs[OutputKey] = OutputValue;

  const lambda = new LambdaClient(aws);
  const origin = aws.endpoint && process.env[WEBHOOK_ORIGIN];
  const deployed = SCHEME_NAMES.filter((scheme) => outputs[`${SCHEMES[scheme].idPart}WebhookUrl`]);
  const instances = deployed.map(async (scheme) => {
    const output = (key: string) => outputs[SCHEMES[scheme].idPart + key] ?? '';
    const functionName = output('FunctionName');
    const command = new GetFunctionConfigurationCommand({ FunctionName: functionName });
    const { Environment } = await lambda.send(command);
    const url = origin ? localUrl(output('WebhookUrl'), origin) : output('WebhookUrl');
    const parkingQueueUrl = output('ParkingQueueUrl');
    const rotation = {
      functionName: output('RotationFunctionName'),
      logGroup: output('RotationLogGroupName'),
      oauthSecretArn: output('OAuthSecretArn'),
    };
    return {
      scheme,
      url,
      secretArn: output('SecretArn'),
      functionName,
      logGroup: output('LogGroupName'),
      ...(parkingQueueUrl && { parkingQueueUrl }),
      ...(rotation.functionName && { rotation }),
      env: Environment?.Variables ?? {},
    };
  });
  if (instances.length === 0) {
    throw new Error(
      `stack ${name} has no output WebhookUrl: is it deployed to the end, and does it call addOutputs of its webhooks?`,
    );
  }
  const { ConsumerQueueUrl: consumerQueueUrl } = outputs;
  return { instances: await Promise.all(instances), ...(consumerQueueUrl && { consumerQueueUrl }) };
}
