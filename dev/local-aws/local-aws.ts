/**
 * A local AWS: ministack (see requirements.txt), started through `bridge.py` on a free port of 127.0.0.1. It takes requests
 * only from this start's own clients (`guard.py`). The webhook's listener in front of it is open to everyone.
 *
 * It ends with this process, however that ends, because the bridge watches the pipe that is its standard input.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { deployments } from '../../cdk/app/deployments.ts';
import { localUrl, WEBHOOK_ORIGIN } from '../../cli/outputs.ts';
import { GENESYS_REGIONS } from '../../contract/genesys-regions.ts';
import { root } from '../common/root.ts';
import { installed, venvBin } from '../common/venv.ts';
import { GenesysStub } from './genesys-stub.ts';
import { Internet, type SiteAnswer, type SiteRequest } from './internet.ts';
import { createPrivateCa, type PrivateCa } from './private-ca.ts';
import { type Target, WebhookListener } from './webhook-listener.ts';

const START_LIMIT_MS = 30_000;
const REGION = 'us-east-1';
const API_HOSTS = `*.execute-api.${REGION}.amazonaws.com`;
/** As the stage `trial` knows Genesys. */
const { 'open-messaging': openMessaging, 'static-token': staticToken } = deployments.trial.schemes;
const { region, integrationId } = openMessaging.rotateWithGenesys;
const { credentialId } = staticToken.rotateWithGenesys;
const GENESYS_DOMAIN = GENESYS_REGIONS[region] ?? region;
/** As `guard.py` has it. */
const PASS_HEADER = 'x-genesys-webhook-pass';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface LocalAwsOptions {
  /** Where the emulator's own log goes. */
  readonly logFile: string;
  /** The webhook's listener takes it if it is free. @default - any free port */
  readonly preferredPort?: number;
  /** What functions take for these services' endpoints, for a proxy in front. @default - the emulator */
  readonly endpoints?: {
    readonly secretsManager?: string;
    readonly eventBridge?: string;
    readonly sqs?: string;
    /** PEM, of the CA that functions trust where these are HTTPS. */
    readonly certificateFile?: string;
  };
}

export interface LocalAws {
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** Environment for the AWS CLI, the CDK CLI and SDKs in other processes; nothing of the user's own AWS set-up. */
  readonly env: NodeJS.ProcessEnv;
  /** For the clients of the AWS SDK for JavaScript. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: Credentials;
  };
  /** The Genesys that functions reach. */
  readonly genesys: GenesysStub;
  /** Passes on what comes for a webhook's URL to a deployed API. */
  readonly open: (apiId: string, webhookUrl: string) => void;
  /** The address at which a webhook's URL is reached here, once it is open. */
  readonly localUrl: (webhookUrl: string) => string;
  /** Ends the emulator and the functions it runs. */
  readonly stop: () => Promise<void>;
}

/** @throws where it does not answer within 30 s, with the last lines of its log. */
export async function startLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  await installed('local-aws');
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const credentials = {
    accessKeyId: `LOCAL${randomBytes(10).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(24).toString('base64url'),
  };
  const target: Target = { endpoint, pass: [PASS_HEADER, randomBytes(24).toString('base64url')] };
  const scratch = mkdtempSync(join(tmpdir(), 'genesys-webhook-'));
  const genesys = new GenesysStub({ integrationId, credentialId });
  const ca = await createPrivateCa(scratch, [...GenesysStub.hosts(GENESYS_DOMAIN), API_HOSTS]);
  const internet = await Internet.start(ca, (request) => site(request, genesys, target));
  mkdirSync(dirname(options.logFile), { recursive: true });
  const log = openSync(options.logFile, 'w');
  const child = spawn(`${venvBin}/python`, [`${root}/dev/local-aws/bridge.py`], {
    cwd: scratch,
    // A group of its own: Ctrl-C on the terminal reaches this process alone, which then decides.
    detached: true,
    stdio: ['pipe', log, log],
    env: {
      ...serverEnvironment(target, port, scratch, credentials, options),
      ...internet.env,
      SSL_CERT_FILE: trusted(scratch, ca, options),
    },
  });
  child.stdin?.on('error', () => {}); // the pipe breaks where the emulator ends first
  await healthy(child, target, options.logFile);
  child.unref();
  (child.stdin as Socket).unref();
  const listener = await WebhookListener.start(target, options.preferredPort);
  return {
    endpoint,
    env: userEnvironment(endpoint, credentials, listener.origin),
    client: { endpoint, region: REGION, credentials },
    genesys,
    open: (apiId, webhookUrl) => listener.open(apiId, webhookUrl),
    localUrl: (webhookUrl) => localUrl(webhookUrl, listener.origin),
    stop: async () => {
      await Promise.all([listener.stop(), internet.stop()]);
      await end(child);
    },
  };
}

/** What a function reaches by name: the webhooks' URLs, and Genesys. */
async function site(
  request: SiteRequest,
  genesys: GenesysStub,
  { endpoint, pass }: Target,
): Promise<SiteAnswer> {
  const { host, method, path, headers, body } = request;
  if (!host.endsWith(API_HOSTS.slice(1))) return genesys.answer(request);
  const [apiId] = host.split('.');
  const [name, value] = pass;
  const passed = Object.entries(headers).filter(([header]) => !['host', 'content-length'].includes(header));
  const answer = await fetch(`${endpoint}/_aws/execute-api/${apiId}/$default${path}`, {
    method,
    headers: { ...(Object.fromEntries(passed) as Record<string, string>), [name]: value },
    body,
  });
  return { status: answer.status, headers: {}, body: Buffer.from(await answer.arrayBuffer()) };
}

/** One file with every CA that functions trust. */
function trusted(folder: string, ca: PrivateCa, { endpoints }: LocalAwsOptions): string {
  const files = [ca.certificateFile, endpoints?.certificateFile].filter((file) => file !== undefined);
  const all = `${folder}/trusted.pem`;
  writeFileSync(all, files.map((file) => readFileSync(file, 'utf8')).join('\n'));
  return all;
}

/** Functions inherit the emulator's environment, so it holds no variable of the user's. */
function serverEnvironment(
  { endpoint, pass }: Target,
  port: number,
  scratch: string,
  credentials: Credentials,
  { endpoints }: LocalAwsOptions,
) {
  const { secretsManager, eventBridge, sqs } = endpoints ?? {};
  const proxies = [secretsManager, eventBridge, sqs].filter((url) => url !== undefined);
  return {
    // The first is for functions of Node runtimes, which the emulator runs with the `node` that it finds.
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    HOME: scratch,
    TMPDIR: scratch,
    BIND_HOST: '127.0.0.1',
    GATEWAY_PORT: String(port),
    DOCKER_HOST: 'unix:///nonexistent', // it would look for containers of its own
    IOT_MTLS_ENABLED: '0', // a listener on a fixed port
    SFTP_ENABLED: '0',
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    LOCAL_AWS_PASS: pass[1],
    LOCAL_AWS_SIGNED_HOSTS: proxies.map((url) => new URL(url).host).join(),
    ...(secretsManager && { AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager }),
    ...(eventBridge && { AWS_ENDPOINT_URL_EVENTBRIDGE: eventBridge }),
    ...(sqs && { AWS_ENDPOINT_URL_SQS: sqs }),
  };
}

function userEnvironment(
  endpoint: string,
  credentials: Credentials,
  webhookOrigin: string,
): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('AWS_') && !name.startsWith('CDK_'),
  );
  return {
    ...Object.fromEntries(own),
    AWS_ENDPOINT_URL: endpoint,
    [WEBHOOK_ORIGIN]: webhookOrigin,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await once(probe.listen(0, '127.0.0.1'), 'listening');
  const { port } = probe.address() as AddressInfo;
  await once(probe.close(), 'close');
  return port;
}

async function healthy(child: ChildProcess, { endpoint, pass }: Target, logFile: string): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  while (child.exitCode === null && Date.now() < deadline) {
    const answer = await fetch(`${endpoint}/_ministack/health`, { headers: [[...pass]] }).catch(
      () => undefined,
    );
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    await sleep(50);
  }
  await end(child);
  const lastLines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-15).join('\n');
  throw new Error(`the local AWS did not start; its log, ${logFile}, ends with:\n${lastLines}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const exited = once(child, 'exit');
  child.stdin?.end();
  await exited;
}
