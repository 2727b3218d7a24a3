/** `npm start -- --demo rotation`: Secrets Manager rotates the secret of a sender that Genesys's API knows, under webhooks. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { LambdaClient } from '@aws-sdk/client-lambda';
import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { samplePayload } from '../../cli/send.ts';
import { SCHEMES } from '../../contract/schemes.ts';
import type { Outputs } from './deploy.ts';
import type { LocalAws } from './local-aws.ts';
import { configure, type Receiver } from './receiver.ts';

const FORGED_ONE_IN = 10;
const WEBHOOKS_BEFORE_AND_AFTER = 10;
const ROTATION_LIMIT_MS = 120_000;
/** Shorter than the defaults of 300 s and 5 s, and so is the wait of 30 s, so that nobody has to wait for them. */
const SHORT_TIMES = { SECRET_CACHE_TTL_SECONDS: '8', SECRET_REFRESH_COOLDOWN_SECONDS: '2' };
const SHORT_WAIT = { STAGING_WAIT_SECONDS: '5' };

export interface Counts {
  accepted: number;
  refused: number;
  forgedAccepted: number;
  forgedRefused: number;
}

export interface RotationOptions {
  /** Between two webhooks. @default 250 */
  readonly intervalMs?: number;
  readonly print?: (line: string) => void;
}

/**
 * Rotates by `RotateSecret` while a sender signs with what Genesys holds at each moment, one webhook in ten forged.
 *
 * @throws where the rotation does not end, or does not reach Genesys
 */
export async function rotateUnderWebhooks(
  aws: LocalAws,
  receiver: Receiver,
  outputs: Outputs,
  { intervalMs = 250, print = () => {} }: RotationOptions = {},
): Promise<Counts> {
  const { genesys } = aws;
  const { scheme, secretArn } = receiver;
  const { idPart } = SCHEMES[scheme];
  const holder = scheme === 'open-messaging' ? 'integration' : 'credential';
  const secretsManager = new SecretsManagerClient(aws.client);
  const counts: Counts = { accepted: 0, refused: 0, forgedAccepted: 0, forgedRefused: 0 };
  let sent = 0;

  async function sendOne(): Promise<void> {
    sent += 1;
    const isForged = sent % FORGED_ONE_IN === 0;
    const secret = isForged ? randomUUID() : genesys.held[holder];
    const { status } = await receiver.send(
      samplePayload(scheme, SCHEMES[scheme].sampleType, randomUUID()),
      secret,
    );
    if (isForged) counts[status === 401 ? 'forgedRefused' : 'forgedAccepted'] += 1;
    else counts[status === 200 ? 'accepted' : 'refused'] += 1;
  }

  async function sendUntil(isOver: () => Promise<boolean> | boolean): Promise<void> {
    while (!(await isOver())) await Promise.all([sleep(intervalMs), sendOne()]);
  }
  const sendSome = () => {
    const enough = sent + WEBHOOKS_BEFORE_AND_AFTER;
    return sendUntil(() => sent >= enough);
  };

  await receiver.configure(SHORT_TIMES);
  await configure(new LambdaClient(aws.client), outputs[`${idPart}RotationFunctionName`] ?? '', SHORT_WAIT);
  await secretsManager.send(
    new PutSecretValueCommand({
      SecretId: outputs[`${idPart}OAuthSecretArn`],
      SecretString: JSON.stringify(genesys.oauth),
    }),
  );
  const old = await receiver.secret();
  genesys.held[holder] = old;
  print('before: Genesys signs with the current secret');
  await sendSome();

  print(`aws secretsmanager rotate-secret --secret-id ${secretArn}`);
  const { VersionId: version = '' } = await secretsManager.send(
    new RotateSecretCommand({ SecretId: secretArn }),
  );
  const deadline = Date.now() + ROTATION_LIMIT_MS;
  let stages = '';
  await sendUntil(async () => {
    const { VersionIdsToStages = {} } = await secretsManager.send(
      new DescribeSecretCommand({ SecretId: secretArn }),
    );
    const now = `  the new version is ${VersionIdsToStages[version]?.join(' and ')}; Genesys holds the ${genesys.held[holder] === old ? 'old' : 'new'} secret`;
    if (now !== stages) print(now);
    stages = now;
    if (Date.now() > deadline)
      throw new Error(`the rotation did not end within ${ROTATION_LIMIT_MS / 1000} s`);
    return VersionIdsToStages[version]?.join() === 'AWSCURRENT';
  });
  print('after: the old secret verifies nothing that Genesys sends');
  await sendSome();
  if (genesys.held[holder] !== (await receiver.secret()) || genesys.held[holder] === old)
    throw new Error('Genesys does not hold the new secret');
  return counts;
}

/** @throws if a webhook was not answered as it should be */
export async function playRotation(aws: LocalAws, receiver: Receiver, outputs: Outputs): Promise<void> {
  const { SECRET_REFRESH_COOLDOWN_SECONDS: cooldown } = SHORT_TIMES;
  console.log(
    `\na rotation by Secrets Manager, for ${receiver.scheme}: with a wait of ${SHORT_WAIT.STAGING_WAIT_SECONDS} s and a cooldown of ${cooldown} s instead of 30 s and 5 s\n`,
  );
  const counts = await rotateUnderWebhooks(aws, receiver, outputs, { print: console.log });
  console.log(`\ncounts
  ${counts.accepted} signed: accepted
  ${counts.refused} signed: refused
  ${counts.forgedRefused} forged: refused
  ${counts.forgedAccepted} forged: accepted`);
  if (counts.refused + counts.forgedAccepted > 0)
    throw new Error('webhooks were not answered as they should be');
  console.log('  the secret is another one, and nobody had to give it to Genesys');
}
