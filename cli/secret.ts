/** The shared secret as a sender needs it, and its versions as the doctor looks at them. */
import { text } from 'node:stream/consumers';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { SCHEMES, type Scheme } from '../contract/schemes.ts';
import type { AwsConfig } from './aws.ts';
import { jsonObject } from './json.ts';

export const STAGES = ['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS'] as const;

/** One version under a staging label. */
export interface SecretVersion {
  /** A staging label, or where else the value came from. */
  stage: string;
  versionId?: string;
  /** As stored; absent where the version has no value yet or a binary one, or is unreadable. */
  value?: string;
  /** Why the value cannot be read, and what mends it. */
  unreadable?: string;
  /** It is a label alone: its value is yet to come. */
  empty?: true;
  created?: Date;
}

export interface StoredSecret {
  versions: SecretVersion[];
  /** The grace of AWSPREVIOUS counts from here. */
  lastChanged?: Date;
  /** When it was scheduled for deletion: no value can be read since. */
  deleted?: Date;
  /** Absent where Secrets Manager does not rotate it. */
  rotation?: { last?: Date; next?: Date };
}

/** What mends the errors of GetSecretValue that concern one secret or version. */
const MENDS: Record<string, string> = {
  AccessDeniedException: 'allow secretsmanager:GetSecretValue on it, and kms:Decrypt on its key',
  DecryptionFailure: 'enable its KMS key, and allow kms:Decrypt on it',
  InvalidRequestException: 'restore the secret if it is scheduled for deletion',
};

/** Reads every labelled version, as the function does. */
export async function readVersions(secretId: string, aws: AwsConfig): Promise<StoredSecret> {
  const client = new SecretsManagerClient(aws);
  const {
    VersionIdsToStages = {},
    LastChangedDate,
    DeletedDate,
    RotationEnabled,
    LastRotatedDate,
    NextRotationDate,
  } = await client.send(new DescribeSecretCommand({ SecretId: secretId }));
  const labelled = STAGES.flatMap((stage) =>
    Object.entries(VersionIdsToStages).flatMap(([id, labels]) =>
      labels.includes(stage) ? [{ stage, id }] : [],
    ),
  );
  const versions = labelled.map(async ({ stage, id }): Promise<SecretVersion> => {
    const command = new GetSecretValueCommand({ SecretId: secretId, VersionId: id });
    try {
      const { SecretString: value, CreatedDate: created } = await client.send(command);
      return { stage, versionId: id, ...(value !== undefined && { value }), ...(created && { created }) };
    } catch (error) {
      const { name } = error as Error;
      if (name === 'ResourceNotFoundException') return { stage, versionId: id, empty: true };
      if (!MENDS[name]) throw error;
      return { stage, versionId: id, unreadable: `cannot be read (${name}): ${MENDS[name]}` };
    }
  });
  return {
    versions: await Promise.all(versions),
    ...(LastChangedDate && { lastChanged: LastChangedDate }),
    ...(DeletedDate && { deleted: DeletedDate }),
    ...(RotationEnabled && {
      rotation: {
        ...(LastRotatedDate && { last: LastRotatedDate }),
        ...(NextRotationDate && { next: NextRotationDate }),
      },
    }),
  };
}

/** The current secret. @throws where it cannot sign anything */
export async function readCurrent(secretId: string, aws: AwsConfig, jsonKey?: string): Promise<string> {
  const { SecretString } = await new SecretsManagerClient(aws).send(
    new GetSecretValueCommand({ SecretId: secretId }),
  );
  const secret = SecretString === undefined ? undefined : sharedSecret(SecretString, jsonKey);
  if (!secret) throw new Error('the secret holds no text to sign with: run `genesys-webhook doctor`');
  return secret;
}

/** Whether the text holds nothing visible. HMAC pads keys with zeros, so a key of NULs equals the empty key. */
export function isBlank(secret: string): boolean {
  return /^[\p{White_Space}\p{Cc}\p{Cf}]*$/u.test(secret);
}

/** Why the function never uses a secret, if it does not. */
export function unusable(secret: string, scheme: Scheme): string | undefined {
  if (isBlank(secret)) return 'is empty or all white space, control or format characters and is never used';
  const least = SCHEMES[scheme].minSecretChars;
  return [...secret].length < least
    ? `is shorter than ${least} characters, and ${scheme} never uses it: store a longer one`
    : undefined;
}

/** The shared secret within a stored value: the value itself, or a member of it. */
export function sharedSecret(stored: string, jsonKey?: string): string | undefined {
  if (!jsonKey) return stored;
  const member = jsonObject(stored)?.[jsonKey];
  return typeof member === 'string' ? member : undefined;
}

/** One line from standard input; the newline that ends it is not part of the secret. */
export async function secretFromStdin(): Promise<string> {
  const secret = (await text(process.stdin)).replace(/\r?\n$/, '');
  if (!secret)
    throw new Error(
      'standard input is empty: pipe the secret in, as in `pass show genesys | head -1 | genesys-webhook …`',
    );
  if (secret.includes('\n'))
    throw new Error('standard input has more than one line: pipe in the secret alone');
  return secret;
}
