/** One deployed instance of the construct: what its users do with it, on a local AWS. */
import { setTimeout as sleep } from 'node:timers/promises';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  GetFunctionConfigurationCommand,
  LambdaClient,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type SignedRequest, signWebhook } from '../../cli/signing.ts';
import { SCHEMES, type Scheme } from '../../contract/schemes.ts';
import type { Outputs } from './deploy.ts';
import type { LocalAws } from './local-aws.ts';

const LOG_POLL_MS = 25;
const LOG_LIMIT_MS = 10_000;

/** The log line of one request; see docs/runbook.md, "The log line". */
export type RequestLine = Readonly<Record<string, string | number | boolean>>;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Changes variables of a function. */
export async function configure(
  lambda: LambdaClient,
  FunctionName: string,
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
  const Variables = { ...Environment?.Variables, ...variables };
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment: { Variables } }));
}

export class Receiver {
  readonly url: string;
  readonly secretArn: string;
  readonly functionName: string;
  readonly #lambda: LambdaClient;
  readonly #logs: CloudWatchLogsClient;
  readonly #secrets: SecretsManagerClient;
  readonly #logGroup: string;

  constructor(
    aws: LocalAws,
    outputs: Outputs,
    readonly scheme: Scheme = 'form',
  ) {
    const output = (name: string) => {
      const key = SCHEMES[scheme].idPart + name;
      const value = outputs[key];
      if (!value) throw new Error(`the stack has no output ${key}`);
      return value;
    };
    this.url = aws.localUrl(output('WebhookUrl'));
    this.secretArn = output('SecretArn');
    this.functionName = output('FunctionName');
    this.#logGroup = output('LogGroupName');
    this.#lambda = new LambdaClient(aws.client);
    this.#logs = new CloudWatchLogsClient(aws.client);
    this.#secrets = new SecretsManagerClient(aws.client);
  }

  /** The shared secret, as its owner reads it to paste it into Genesys. */
  async secret(versionStage = 'AWSCURRENT'): Promise<string> {
    const command = new GetSecretValueCommand({ SecretId: this.secretArn, VersionStage: versionStage });
    return (await this.#secrets.send(command)).SecretString ?? '';
  }

  /** Sends a payload signed with the current secret, or with the one given. */
  async send(payload: string, secret?: string): Promise<Answer> {
    return this.sendRequest(signWebhook(this.scheme, payload, secret ?? (await this.secret())));
  }

  async sendRequest({ method, headers, body }: SignedRequest): Promise<Answer> {
    const response = await fetch(this.url, { method, headers, body });
    return { status: response.status, headers: response.headers, body: await response.text() };
  }

  /** Changes variables of the function. As on AWS, the next request meets a new execution environment. */
  async configure(variables: Readonly<Record<string, string>>): Promise<void> {
    await configure(this.#lambda, this.functionName, variables);
  }

  /** The function's log from now on, line by line, until the signal. */
  async *log(signal?: AbortSignal): AsyncGenerator<string> {
    // The emulator writes an invocation's lines at once, into a stream of its own.
    const seen = new Set<string>();
    for (let since = Date.now(); !signal?.aborted; await sleep(LOG_POLL_MS)) {
      const fresh = (await this.#events(since)).filter(({ logStreamName = '' }) => !seen.has(logStreamName));
      for (const { logStreamName = '', message = '', timestamp = since } of fresh) {
        seen.add(logStreamName);
        since = timestamp;
        yield message;
      }
    }
  }

  /** The function's log so far. */
  async logLines(since = 0): Promise<string[]> {
    return (await this.#events(since)).map(({ message = '' }) => message);
  }

  /** Waits for the log line of a request that has these members, among those since `since`. */
  async logged(members: RequestLine, since: number): Promise<RequestLine> {
    const deadline = Date.now() + LOG_LIMIT_MS;
    do {
      for (const text of await this.logLines(since)) {
        const line: RequestLine = text.startsWith('{') ? JSON.parse(text) : {};
        if (Object.entries(members).every(([name, value]) => line[name] === value)) return line;
      }
      await sleep(LOG_POLL_MS);
    } while (Date.now() < deadline);
    throw new Error(`the function logged no line with ${JSON.stringify(members)} within ${LOG_LIMIT_MS} ms`);
  }

  #events(startTime: number) {
    return logEvents(this.#logs, this.#logGroup, startTime);
  }
}

/** The emulator gives at most 10,000 and no token for more. */
export async function logEvents(logs: CloudWatchLogsClient, logGroupName: string, startTime = 0) {
  const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName, startTime }));
  if (events.length === 10_000)
    throw new Error('the log has too many lines to be read at once: raise `since`');
  return events;
}
