/** moto, started by `moto-server.py`: AWS with IAM enforced, in a process that ends with this one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import { installed, venvBin } from '../../dev/common/venv.ts';

const REGION = 'eu-central-1';
/** Its requests are not checked: they make what CloudFormation would. moto takes 20 characters for an access key. */
const TESTS_OWN = { accessKeyId: 'AKIATESTSOWN00000000', secretAccessKey: 'not-checked' };

export class Moto {
  readonly endpoint: string;
  readonly secretsManager: SecretsManagerClient;
  readonly eventBridge: EventBridgeClient;
  readonly sqs: SQSClient;
  readonly #server: ChildProcess;

  private constructor(server: ChildProcess, port: string) {
    this.#server = server;
    this.endpoint = `http://127.0.0.1:${port}`;
    const options = { endpoint: this.endpoint, region: REGION, credentials: TESTS_OWN };
    this.secretsManager = new SecretsManagerClient(options);
    this.eventBridge = new EventBridgeClient(options);
    this.sqs = new SQSClient(options);
  }

  static async start(): Promise<Moto> {
    await installed('moto');
    const server = spawn(`${venvBin}/python`, [join(import.meta.dirname, 'moto-server.py')], {
      // Nothing of the user's own AWS set-up.
      env: { PYTHONDONTWRITEBYTECODE: '1', UNCHECKED_ACCESS_KEY: TESTS_OWN.accessKeyId },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const port = once(createInterface({ input: server.stdout }), 'line').then(([line]) => String(line));
    const ended = once(server, 'close').then(([code]) => {
      throw new Error(`moto ended with ${code} before it listened: see above`);
    });
    return new Moto(server, await Promise.race([port, ended]));
  }

  /** Assumes a new role that has this policy and no other. @returns its credentials, as Lambda sets them */
  async assumeRoleWith(policy: object): Promise<Record<string, string>> {
    const role = `role-${Math.random().toString(36).slice(2)}`;
    const trust = {
      Statement: [
        { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ],
    };
    const created = await this.#query('iam', {
      Action: 'CreateRole',
      RoleName: role,
      AssumeRolePolicyDocument: JSON.stringify(trust),
    });
    await this.#query('iam', {
      Action: 'PutRolePolicy',
      RoleName: role,
      PolicyName: 'policy',
      PolicyDocument: JSON.stringify(policy),
    });
    const assumed = await this.#query('sts', {
      Action: 'AssumeRole',
      RoleArn: element(created, 'Arn'),
      RoleSessionName: 'genesys-webhook',
    });
    return {
      AWS_REGION: REGION,
      AWS_ACCESS_KEY_ID: element(assumed, 'AccessKeyId'),
      AWS_SECRET_ACCESS_KEY: element(assumed, 'SecretAccessKey'),
      AWS_SESSION_TOKEN: element(assumed, 'SessionToken'),
      AWS_ENDPOINT_URL_SECRETS_MANAGER: this.endpoint,
      AWS_ENDPOINT_URL_EVENTBRIDGE: this.endpoint,
    };
  }

  async stop(): Promise<void> {
    const ended = once(this.#server, 'close');
    this.#server.stdin?.end();
    await ended;
  }

  /** IAM and STS, whose clients this project has no other use for. moto reads the service from the credential's scope. */
  async #query(service: string, parameters: Record<string, string>): Promise<string> {
    const response = await fetch(this.endpoint, {
      method: 'POST',
      headers: {
        Authorization: `AWS4-HMAC-SHA256 Credential=${TESTS_OWN.accessKeyId}/20260101/${REGION}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: new URLSearchParams(parameters),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${service} ${parameters.Action}: ${response.status} ${text}`);
    return text;
  }
}

function element(xml: string, name: string): string {
  const value = new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml)?.[1];
  if (!value) throw new Error(`no ${name} in ${xml}`);
  return value;
}
