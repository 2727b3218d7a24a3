/** moto, started by `moto-server.py`: AWS with IAM enforced, in a process that ends with this one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { installed, venvBin } from '../../dev/common/venv.ts';

const REGION = 'eu-central-1';
/** Its requests are not checked: they make what CloudFormation would. moto takes 20 characters for an access key. */
const TESTS_OWN = { accessKeyId: 'AKIATESTSOWN00000000', secretAccessKey: 'not-checked' };

export type Moto = Awaited<ReturnType<typeof startMoto>>;

export async function startMoto() {
  await installed('moto');
  const server = spawn(`${venvBin}/python`, [join(import.meta.dirname, 'moto-server.py')], {
    // Nothing of the user's own AWS set-up.
    env: { PYTHONDONTWRITEBYTECODE: '1', UNCHECKED_ACCESS_KEY: TESTS_OWN.accessKeyId },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(server, 'close');
  const [port] = await Promise.race([once(createInterface({ input: server.stdout }), 'line'), ended]);
  if (server.exitCode !== null) throw new Error('moto ended before it listened: see above');
  const endpoint = `http://127.0.0.1:${port}`;
  const client = { endpoint, region: REGION, credentials: TESTS_OWN };
  return {
    secretsManager: new SecretsManagerClient(client),
    eventBridge: new EventBridgeClient(client),
    /** Assumes a new role that has this policy and no other. @returns the environment that Lambda would make of it */
    async assumeRoleWith(policy: object): Promise<Record<string, string>> {
      const RoleName = `role-${Math.random().toString(36).slice(2)}`;
      const trust = JSON.stringify({ Statement: [] });
      const created = await query(endpoint, 'iam', 'CreateRole', {
        RoleName,
        AssumeRolePolicyDocument: trust,
      });
      const PolicyDocument = JSON.stringify(policy);
      await query(endpoint, 'iam', 'PutRolePolicy', { RoleName, PolicyName: 'policy', PolicyDocument });
      const session = { RoleArn: element(created, 'Arn'), RoleSessionName: 'genesys-webhook' };
      const assumed = await query(endpoint, 'sts', 'AssumeRole', session);
      return {
        AWS_REGION: REGION,
        AWS_ACCESS_KEY_ID: element(assumed, 'AccessKeyId'),
        AWS_SECRET_ACCESS_KEY: element(assumed, 'SecretAccessKey'),
        AWS_SESSION_TOKEN: element(assumed, 'SessionToken'),
        AWS_ENDPOINT_URL_SECRETS_MANAGER: endpoint,
        AWS_ENDPOINT_URL_EVENTBRIDGE: endpoint,
      };
    },
    async stop(): Promise<void> {
      server.stdin.end();
      await ended;
    },
  };
}

/** IAM and STS, whose clients this project has no other use for. moto reads the service from the credential's scope. */
async function query(endpoint: string, service: string, Action: string, parameters: Record<string, string>) {
  const credential = `${TESTS_OWN.accessKeyId}/20260101/${REGION}/${service}/aws4_request`;
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { Authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0` },
    body: new URLSearchParams({ Action, ...parameters }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${service} ${Action}: ${response.status} ${text}`);
  return text;
}

function element(xml: string, name: string): string {
  const value = new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml)?.[1];
  if (!value) throw new Error(`no ${name} in ${xml}`);
  return value;
}
