/** The shared secret as a sender needs it, and its versions as the doctor looks at them. */
import { text } from 'node:stream/consumers';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { AwsConfig } from './aws.ts';

export const STAGES = ['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS'] as const;

/** One version under a staging label. */
export interface SecretVersion {
  /** A staging label, or where else the value came from. */
  stage: string;
  versionId?: string;
  /** As stored; absent where the version has no value yet or a binary one. */
  value?: string;
  created?: Date;
}

export interface StoredSecret {
  versions: SecretVersion[];
  /** The grace of AWSPREVIOUS counts from here. */
  lastChanged?: Date;
}

/** Reads every labelled version, as the function does. */
export async function readVersions(secretId: string, aws: AwsConfig): Promise<StoredSecret> {
  const client = new SecretsManagerClient(aws);
  const { VersionIdsToStages = {}, LastChangedDate } = await client.send(
    new DescribeSecretCommand({ SecretId: secretId }),
  );
  const labelled = STAGES.flatMap((stage) =>
    Object.entries(VersionIdsToStages).flatMap(([id, labels]) =>
      labels.includes(stage) ? [{ stage, id }] : [],
    ),
  );
  const versions = labelled.map(async ({ stage, id }): Promise<SecretVersion> => {
    const read = client.send(new GetSecretValueCommand({ SecretId: secretId, VersionId: id }));
    const { SecretString: value, CreatedDate: created } = await read.catch((error: unknown) => {
      if (error instanceof ResourceNotFoundException)
        return { SecretString: undefined, CreatedDate: undefined };
      throw error;
    });
    return { stage, versionId: id, ...(value !== undefined && { value }), ...(created && { created }) };
  });
  return { versions: await Promise.all(versions), ...(LastChangedDate && { lastChanged: LastChangedDate }) };
}

/** The current secret. @throws where it cannot sign anything */
export async function readCurrent(secretId: string, aws: AwsConfig, jsonKey?: string): Promise<string> {
  const { SecretString } = await new SecretsManagerClient(aws).send(
    new GetSecretValueCommand({ SecretId: secretId }),
  );
  const secret = SecretString === undefined ? undefined : sharedSecret(SecretString, jsonKey);
  if (!secret) throw new Error('the secret holds no text to sign with: run `npm run webhook -- doctor`');
  return secret;
}

/** The shared secret within a stored value: the value itself, or a member of it. */
export function sharedSecret(stored: string, jsonKey?: string): string | undefined {
  if (!jsonKey) return stored;
  const member = jsonObject(stored)?.[jsonKey];
  return typeof member === 'string' ? member : undefined;
}

/** The object in a JSON text, if it is one. */
export function jsonObject(json: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** One line from standard input; the newline that ends it is not part of the secret. */
export async function secretFromStdin(): Promise<string> {
  const secret = (await text(process.stdin)).replace(/\r?\n$/, '');
  if (!secret)
    throw new Error('standard input is empty: pipe the secret in, as in `pass show genesys | npm run …`');
  return secret;
}
