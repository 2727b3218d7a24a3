/** The steps of a rotation by hand, as docs/rotation.md has them for the AWS CLI. */
import { randomBytes } from 'node:crypto';
import {
  DescribeSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import type { LocalAws } from './local-aws.ts';

export type VersionStage = 'AWSCURRENT' | 'AWSPENDING' | 'AWSPREVIOUS';

export class SecretVersions {
  readonly #client: SecretsManagerClient;

  constructor(
    aws: LocalAws,
    readonly secretId: string,
  ) {
    this.#client = new SecretsManagerClient(aws.client);
  }

  async idOf(stage: VersionStage): Promise<string | undefined> {
    const command = new DescribeSecretCommand({ SecretId: this.secretId });
    const { VersionIdsToStages = {} } = await this.#client.send(command);
    return Object.keys(VersionIdsToStages).find((id) => VersionIdsToStages[id]?.includes(stage));
  }

  /** Stores a new value and resolves to it. Under AWSPENDING that begins a rotation; without a stage it is current at once. */
  async put(stage?: 'AWSPENDING'): Promise<string> {
    const SecretString = randomBytes(32).toString('hex');
    const VersionStages = stage && [stage];
    await this.#client.send(
      new PutSecretValueCommand({ SecretId: this.secretId, SecretString, VersionStages }),
    );
    return SecretString;
  }

  /** Makes the pending version the current one; what was current becomes the previous one. */
  async promote(): Promise<void> {
    const [MoveToVersionId, RemoveFromVersionId] = [
      await this.idOf('AWSPENDING'),
      await this.idOf('AWSCURRENT'),
    ];
    const move = { MoveToVersionId, RemoveFromVersionId, VersionStage: 'AWSCURRENT' };
    await this.#client.send(new UpdateSecretVersionStageCommand({ SecretId: this.secretId, ...move }));
    await this.removeLabel('AWSPENDING');
  }

  async removeLabel(VersionStage: VersionStage): Promise<void> {
    const RemoveFromVersionId = await this.idOf(VersionStage);
    const command = { SecretId: this.secretId, VersionStage, RemoveFromVersionId };
    await this.#client.send(new UpdateSecretVersionStageCommand(command));
  }
}
