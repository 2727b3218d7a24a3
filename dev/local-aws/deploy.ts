/** Deploys a stack into a local AWS with the CDK CLI, as anyone deploys it to AWS. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { cdkCommand } from '../common/cdk.ts';
import { run } from '../common/command.ts';
import { root } from '../common/root.ts';
import type { LocalAws } from './local-aws.ts';

export interface Deployment {
  /** Folder with the `bootstrap` to deploy. */
  readonly code: string;
  /** Folder with that of the rotation function. */
  readonly rotationCode: string;
  /** The command of a CDK app with one stack. @default - this project's own, as its stage {@link STAGE} */
  readonly app?: string;
  /** Called with each line that the CDK CLI prints. */
  readonly onLine?: (line: string) => void;
}

/** The stack's outputs by name. */
export type Outputs = Readonly<Record<string, string>>;

/** The entry of `cdk/app/deployments.ts` that has everything to be tried. */
const STAGE = 'trial';
export const STACK_NAME = `GenesysWebhook-${STAGE}`;

export async function deploy(
  aws: LocalAws,
  { code, rotationCode, app, onLine }: Deployment,
): Promise<Outputs> {
  await bootstrap(aws);
  const scratch = mkdtempSync(join(tmpdir(), 'genesys-webhook-cdk-'));
  try {
    const outputs = join(scratch, 'outputs.json');
    const [command, args] = cdkCommand(
      'deploy',
      ...(app ? ['--app', app] : ['--context', `stage=${STAGE}`]),
      ...['--context', `code=${code}`, '--context', `rotationCode=${rotationCode}`],
      ...['--output', join(scratch, 'cdk.out'), '--outputs-file', outputs],
      ...['--require-approval', 'never', '--progress', 'events', '--no-notices', '--ci'],
    );
    await run(command, args, {
      cwd: root,
      // A home of its own: the CLI caches the account that a key belongs to. And no call to the outside.
      env: {
        ...aws.env,
        CDK_HOME: scratch,
        CDK_DISABLE_VERSION_CHECK: '1',
        CDK_DISABLE_CLI_TELEMETRY: 'true',
      },
      onLine,
    });
    const [stack] = Object.values(JSON.parse(readFileSync(outputs, 'utf8')) as Record<string, Outputs>);
    if (!stack) throw new Error('the stack was deployed without outputs');
    for (const [name, url] of Object.entries(stack))
      if (name.endsWith('WebhookUrl')) aws.open(stack[name.replace('WebhookUrl', 'ApiId')] ?? '', url);
    return stack;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** What `cdk deploy` needs of a bootstrapped account. `cdk bootstrap` would take 12 seconds to make it. */
async function bootstrap(aws: LocalAws): Promise<void> {
  const bucket = `cdk-hnb659fds-assets-000000000000-${aws.client.region}`;
  await Promise.all([
    new S3Client({ ...aws.client, forcePathStyle: true }).send(new CreateBucketCommand({ Bucket: bucket })),
    new SSMClient(aws.client).send(
      new PutParameterCommand({
        Name: '/cdk-bootstrap/hnb659fds/version',
        Value: '30',
        Type: 'String',
        Overwrite: true,
      }),
    ),
  ]);
}
