import { randomBytes, randomUUID } from 'node:crypto';
import { type Answer, awsJson, type Call } from './faults.ts';
import { FaultyServer, type Tls } from './faulty-server.ts';

/** A value as Secrets Manager keeps it; `undefined` is a version whose value was never put (RotateSecret in progress). */
export type SecretValue = string | Buffer | undefined;

interface Version {
  value: SecretValue;
  created: Date;
  stages: Set<string>;
}

/** One secret with its versions and staging labels, as PutSecretValue and UpdateSecretVersionStage move them. */
export class StubSecret {
  readonly arn: string;
  readonly versions = new Map<string, Version>();
  /** DescribeSecret's LastChangedDate: moves with every edit. */
  lastChanged = new Date();
  /** Whether it has a rotation function. */
  rotationEnabled = false;
  /** DeleteSecret: its labels can be read until then, its values no longer. */
  deletedDate?: Date;

  constructor(readonly name: string) {
    this.arn = `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${name}-AbCdEf`;
  }

  /**
   * PutSecretValue: a new version under `stage`; its id.
   * @param created when the version was made, which AWS never changes afterwards
   */
  put(value: SecretValue, stage = 'AWSCURRENT', created = new Date()): string {
    const id = randomUUID();
    this.versions.set(id, { value, created, stages: new Set() });
    this.moveStage(stage, id);
    return id;
  }

  /** UpdateSecretVersionStage: AWSPREVIOUS follows to the version that AWSCURRENT leaves; no `id` removes the label. */
  moveStage(stage: string, id?: string): void {
    const [from, holder] = [...this.versions].find(([, version]) => version.stages.has(stage)) ?? [];
    holder?.stages.delete(stage);
    if (id) this.versions.get(id)?.stages.add(stage);
    if (stage === 'AWSCURRENT' && from && from !== id) this.moveStage('AWSPREVIOUS', from);
    this.lastChanged = new Date();
  }

  /** The id of the version under a stage. */
  versionId(stage = 'AWSCURRENT'): string | undefined {
    return [...this.versions].find(([, version]) => version.stages.has(stage))?.[0];
  }
}

/** What the functions ask, over as many secrets as a test puts there. */
export class SecretsManagerStub extends FaultyServer {
  readonly #secrets: StubSecret[] = [];

  constructor(tls?: Tls) {
    super(async (call) => this.#answer(call), tls);
  }

  create(name: string, value?: SecretValue): StubSecret {
    const secret = new StubSecret(name);
    this.#secrets.push(secret);
    if (value !== undefined) secret.put(value);
    return secret;
  }

  #answer({ operation, body }: Call): Answer {
    const input = JSON.parse(body.toString());
    if (operation === 'GetRandomPassword') return randomPassword(input);
    const secret = this.#secrets.find(({ arn, name }) => [arn, name].includes(input.SecretId));
    if (!secret) return refusal('ResourceNotFoundException');
    if (operation === 'DescribeSecret') return describe(secret);
    if (operation === 'GetSecretValue') return getValue(secret, input);
    if (operation === 'PutSecretValue') return putValue(secret, input);
    if (operation === 'UpdateSecretVersionStage') return updateStage(secret, input);
    return refusal('UnknownOperationException');
  }
}

function describe(secret: StubSecret): Answer {
  const { arn, name, lastChanged, deletedDate, versions, rotationEnabled } = secret;
  const labelled = [...versions].filter(([, version]) => version.stages.size > 0);
  return awsJson(200, {
    ARN: arn,
    Name: name,
    RotationEnabled: rotationEnabled,
    LastChangedDate: lastChanged.getTime() / 1000,
    ...(deletedDate && { DeletedDate: deletedDate.getTime() / 1000 }),
    VersionIdsToStages: Object.fromEntries(labelled.map(([id, { stages }]) => [id, [...stages]])),
  });
}

function getValue(secret: StubSecret, input: { VersionId?: string; VersionStage?: string }): Answer {
  if (secret.deletedDate) return refusal('InvalidRequestException');
  const id = input.VersionId ?? secret.versionId(input.VersionStage) ?? '';
  const version = secret.versions.get(id);
  if (version?.value === undefined || (input.VersionStage && !version.stages.has(input.VersionStage)))
    return refusal('ResourceNotFoundException');
  const { value, created, stages } = version;
  return awsJson(200, {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: id,
    ...(typeof value === 'string' ? { SecretString: value } : { SecretBinary: value.toString('base64') }),
    VersionStages: [...stages],
    CreatedDate: created.getTime() / 1000,
  });
}

interface Put {
  ClientRequestToken: string;
  SecretString: string;
  VersionStages: string[];
}

/** For a version without a value, or again with the same one. */
function putValue(secret: StubSecret, input: Put): Answer {
  const { ClientRequestToken: id, SecretString: value, VersionStages: stages } = input;
  const { value: before, created = new Date() } = secret.versions.get(id) ?? {};
  if (before !== undefined && before !== value) return refusal('ResourceExistsException');
  secret.versions.set(id, { created, stages: new Set(), ...secret.versions.get(id), value });
  for (const stage of stages) secret.moveStage(stage, id);
  return awsJson(200, { ARN: secret.arn, Name: secret.name, VersionId: id, VersionStages: stages });
}

/** A label that stands on another version than the one named stays there. */
function updateStage(
  secret: StubSecret,
  input: { VersionStage: string; MoveToVersionId?: string; RemoveFromVersionId?: string },
): Answer {
  if (secret.versionId(input.VersionStage) !== input.RemoveFromVersionId)
    return refusal('InvalidParameterException');
  secret.moveStage(input.VersionStage, input.MoveToVersionId);
  return awsJson(200, { ARN: secret.arn, Name: secret.name });
}

function randomPassword(input: { PasswordLength: number; ExcludePunctuation: boolean }): Answer {
  const letter = () => (randomBytes(1)[0] ?? 0) % 36;
  const length = input.ExcludePunctuation ? input.PasswordLength : 1;
  return awsJson(200, { RandomPassword: Array.from({ length }, () => letter().toString(36)).join('') });
}

function refusal(code: string): Answer {
  return awsJson(400, { __type: code, Message: 'refused by the stub' });
}
