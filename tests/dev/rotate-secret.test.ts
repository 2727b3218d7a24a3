/** What `dev/local-aws/rotation.py` and `bridge.py` add to the emulator: a rotation calls its function, as on AWS. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormation, waitUntilStackCreateComplete } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs';
import { SecretsManager } from '@aws-sdk/client-secrets-manager';
import { root } from '../../dev/common/root.ts';
import { startLocalAws } from '../../dev/local-aws/local-aws.ts';

const LIMIT_MS = 120_000;
const FIRST = 'first value';

const aws = await startLocalAws({ logFile: `${root}/.local/test-logs/local-aws-rotation.log` });
after(() => aws.stop());
const secrets = new SecretsManager(aws.client);
const logs = new CloudWatchLogs(aws.client);
const { RotatorArn: RotationLambdaARN, SecretArn, ApiEndpoint } = await deployed();

async function deployed(): Promise<Record<string, string | undefined>> {
  const client = new CloudFormation(aws.client);
  const StackName = 'rotation';
  const TemplateBody = readFileSync(`${root}/tests/dev/rotate-secret.yaml`, 'utf8');
  const Parameters = [{ ParameterKey: 'NodePath', ParameterValue: `${root}/node_modules` }];
  await logs.createLogGroup({ logGroupName: 'calls' });
  await logs.createLogStream({ logGroupName: 'calls', logStreamName: 'calls' });
  await client.createStack({ StackName, TemplateBody, Parameters });
  const poll = { client, maxWaitTime: LIMIT_MS / 1000, minDelay: 0.1, maxDelay: 0.1 };
  await waitUntilStackCreateComplete(poll, { StackName });
  const { Stacks } = await client.describeStacks({ StackName });
  return Object.fromEntries((Stacks?.[0]?.Outputs ?? []).map((o) => [o.OutputKey, o.OutputValue]));
}

/** Polls for it. */
async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + LIMIT_MS; Date.now() < deadline; await sleep(100)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(`it did not come about within ${LIMIT_MS} ms`);
}
/** What the function noted of a secret, once it has that many lines. */
const calls = (SecretId: string | undefined, count: number) =>
  eventually(async () => {
    const { events = [] } = await logs.filterLogEvents({ logGroupName: 'calls' });
    const lines = events.filter(({ message }) => message?.includes(`"${SecretId}"`));
    return lines.length < count ? undefined : lines.map(({ message = '' }) => JSON.parse(message));
  });
const rotated = (SecretId: string | undefined) =>
  eventually(async () => (await secrets.describeSecret({ SecretId })).LastRotatedDate);
const makeSecret = async (Description?: string) =>
  (await secrets.createSecret({ Name: randomUUID(), SecretString: FIRST, Description })).ARN;

test('a rotation takes four steps with one token, whose version has no value before the first', async () => {
  const SecretId = await makeSecret();
  const { VersionId: token } = await secrets.rotateSecret({ SecretId, RotationLambdaARN });
  await rotated(SecretId);
  const { SecretString = '', VersionId } = await secrets.getSecretValue({ SecretId });
  assert.equal(VersionId, token);
  assert.match(SecretString, /^[A-Za-z0-9]{64}$/);
  assert.deepEqual(await calls(SecretId, 4), [
    { Step: 'createSecret', SecretId, token, met: 'ResourceNotFoundException' },
    ...['setSecret', 'testSecret', 'finishSecret'].map((Step) => ({
      Step,
      SecretId,
      token,
      met: SecretString,
    })),
  ]);
  const previous = await secrets.getSecretValue({ SecretId, VersionStage: 'AWSPREVIOUS' });
  assert.equal(previous.SecretString, FIRST);
});

test('a rotation runs again from its first step with the same token when a step fails', async () => {
  const SecretId = await makeSecret('fails the test');
  const { VersionId: token } = await secrets.rotateSecret({ SecretId, RotationLambdaARN });
  await calls(SecretId, 3);
  await secrets.updateSecret({ SecretId, Description: '' });
  await rotated(SecretId);
  const ran = (await calls(SecretId, 7)).map((call) => `${call.Step} ${call.token === token}`);
  const attempt = ['createSecret true', 'setSecret true', 'testSecret true'];
  assert.deepEqual(ran, [...attempt, ...attempt, 'finishSecret true']);
});

test('a schedule that does not rotate immediately only tests; a pending version is rotated again', async () => {
  const SecretId = SecretArn;
  const { VersionIdsToStages = {}, ...secret } = await eventually(async () => {
    const described = await secrets.describeSecret({ SecretId });
    return Object.keys(described.VersionIdsToStages ?? {}).length === 1 ? described : undefined;
  });
  assert.deepEqual(Object.values(VersionIdsToStages), [['AWSCURRENT']]);
  assert.deepEqual(secret.RotationRules, { AutomaticallyAfterDays: 30 });
  const [{ Step, met }, ...more] = await calls(SecretId, 1);
  assert.deepEqual([Step, met, more], ['testSecret', FIRST, []]);

  const pending = { SecretString: 'by hand', VersionStages: ['AWSPENDING'] };
  const { VersionId } = await secrets.putSecretValue({ SecretId, ...pending });
  const message = "A previous rotation isn't complete. That rotation will be reattempted.";
  await assert.rejects(secrets.rotateSecret({ SecretId }), { name: 'InvalidRequestException', message });
  await rotated(SecretId);
  assert.equal((await secrets.getSecretValue({ SecretId })).VersionId, VersionId);
});

test('a secret does not rotate without a function, or with one that it may not invoke', async () => {
  const SecretId = await makeSecret();
  const message = 'No Lambda rotation function ARN is associated with this secret.';
  await assert.rejects(secrets.rotateSecret({ SecretId }), { name: 'InvalidRequestException', message });
  const other = { RotationLambdaARN: `${RotationLambdaARN}-other` };
  await assert.rejects(secrets.rotateSecret({ SecretId, ...other }), { name: 'AccessDeniedException' });
});

test('a token stands for one value, and a label for one version', async () => {
  const SecretId = await makeSecret();
  const put = (ClientRequestToken: string, SecretString: string) =>
    secrets.putSecretValue({ SecretId, ClientRequestToken, SecretString, VersionStages: ['AWSPENDING'] });
  const [one, other] = [randomUUID(), randomUUID()];
  await put(one, 'second');
  await put(one, 'second');
  await assert.rejects(put(one, 'third'), { name: 'ResourceExistsException' });
  await put(other, 'third');
  const pending = { SecretId, VersionStage: 'AWSPENDING' };
  assert.equal((await secrets.getSecretValue(pending)).VersionId, other);
  const name = 'InvalidRequestException';
  await assert.rejects(secrets.getSecretValue({ ...pending, VersionId: one }), { name });
});

test("an API's endpoint is named as on AWS", () => {
  assert.match(ApiEndpoint ?? '', /^https:\/\/\w{8}\.execute-api\.us-east-1\.amazonaws\.com$/);
});
