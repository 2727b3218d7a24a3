/**
 * The same on the local AWS: this project's own stack, real HTTP, and the fault proxy, over TLS, in front of the
 * emulator's Secrets Manager (HTTP/2), EventBridge and SQS (HTTP/1.1). What counts as on the bus is what a consumer's
 * queue received. No process is killed, because what follows would be the emulator's way, not Lambda's.
 */
import {
  GetQueueAttributesCommand,
  type QueueAttributeName,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SignedRequest } from '../cli/signing.ts';
import { wrapped } from '../dev/build.ts';
import type { Note } from '../dev/common/progress.ts';
import { root } from '../dev/common/root.ts';
import { Consumer } from '../dev/local-aws/consumer.ts';
import { deploy } from '../dev/local-aws/deploy.ts';
import { type LocalAws, startLocalAws } from '../dev/local-aws/local-aws.ts';
import { createPrivateCa } from '../dev/local-aws/private-ca.ts';
import { type Answer, Receiver } from '../dev/local-aws/receiver.ts';
import { SecretVersions } from '../dev/local-aws/secret-versions.ts';
import { FaultProxy } from '../tests/support/fault-proxy.ts';
import { temporaryFolder } from '../tests/support/temporary-folder.ts';
import { keepLog } from '../tests/support/test-logs.ts';
import { Accounts } from './accounts.ts';
import { binaryToStress, rotationBinary } from './binary.ts';
import { parkedBy, runCampaign } from './campaign.ts';
import { VISIBILITY_TIMEOUT_MS } from './event-source-mapping.ts';
import { Instance, SHORT_TIMES, TIME_SCALE } from './instance.ts';
import { outagesOf } from './outages.ts';
import type { Extent, Row } from './part.ts';

/** The stage's throttle, which the emulator lacks; past it the answer is 429. */
const REQUESTS_AT_ONCE = 16;
/** Queues are read this long after the last webhook was answered. */
const LAST_EVENTS_S = 3;

const EXTENT = {
  webhooks: 10_000,
  underWay: Number.POSITIVE_INFINITY,
  outageMs: 2_000,
  recoveryMs: 10_000,
} as const;

/** Where the instance's webhooks are parked. */
class ParkingQueue {
  readonly #sqs: SQSClient;

  constructor(
    aws: LocalAws,
    readonly queueUrl: string,
  ) {
    // Of a queue's URL the host is the emulator's idea of its own name, which need not resolve.
    this.#sqs = new SQSClient({ ...aws.client, useQueueUrlAsEndpoint: false });
  }

  async setVisibilityTimeout(ms: number): Promise<void> {
    const Attributes = { VisibilityTimeout: String(ms / 1_000) };
    await this.#sqs.send(new SetQueueAttributesCommand({ QueueUrl: this.queueUrl, Attributes }));
  }

  /** Visible or in flight. */
  async messages(): Promise<number> {
    const AttributeNames: QueueAttributeName[] = [
      'ApproximateNumberOfMessages',
      'ApproximateNumberOfMessagesNotVisible',
    ];
    const command = new GetQueueAttributesCommand({ QueueUrl: this.queueUrl, AttributeNames });
    const { Attributes = {} } = await this.#sqs.send(command);
    return Object.values(Attributes).reduce((sum, number) => sum + Number(number), 0);
  }
}

class DeployedInstance extends Instance {
  readonly #receiver: Receiver;
  readonly #versions: SecretVersions;
  readonly #queue: ParkingQueue;
  #underWay = 0;
  #deployments = 0;

  constructor(
    receiver: Receiver,
    versions: SecretVersions,
    queue: ParkingQueue,
    secret: string,
    accounts: Accounts,
  ) {
    super(receiver.scheme, secret, accounts);
    this.#receiver = receiver;
    this.#versions = versions;
    this.#queue = queue;
  }

  override async renew(): Promise<void> {
    this.#deployments += 1;
    await this.#receiver.configure({ DEPLOYMENT: String(this.#deployments) });
  }

  override parked(): Promise<number> {
    return this.#queue.messages();
  }

  protected override async deliver(request: SignedRequest): Promise<Pick<Answer, 'status' | 'body'>> {
    if (this.#underWay === REQUESTS_AT_ONCE) return { status: 429, body: '' };
    this.#underWay += 1;
    try {
      return await this.#receiver.sendRequest(request);
    } finally {
      this.#underWay -= 1;
    }
  }

  protected override stage(): Promise<string> {
    return this.#versions.put('AWSPENDING');
  }

  protected override promote(): Promise<void> {
    return this.#versions.promote();
  }

  protected override endPrevious(): Promise<void> {
    return this.#versions.removeLabel('AWSPREVIOUS');
  }
}

export async function localAws(extent: Extent, note: Note): Promise<Row[]> {
  const binary = await binaryToStress(note);
  const rotation = await rotationBinary(note);
  const ca = await createPrivateCa(temporaryFolder());
  const proxy = (protocol: 'h2' | 'https') => new FaultProxy('', { protocol, ca }).start();
  // Which of the two AWS's EventBridge speaks is not known.
  const [secretsManager, eventBridge, sqs] = [await proxy('h2'), await proxy('https'), await proxy('https')];
  const aws = await startLocalAws({
    logFile: `${root}/.local/test-logs/local-aws-stress.log`,
    endpoints: {
      secretsManager: secretsManager.url,
      eventBridge: eventBridge.url,
      sqs: sqs.url,
      certificateFile: ca.certificateFile,
    },
  });
  secretsManager.target = eventBridge.target = sqs.target = aws.endpoint;
  try {
    const [code, rotationCode] = [wrapped('stress', binary), wrapped('stress-rotation', rotation)];
    const outputs = await deploy(aws, { code, rotationCode, onLine: note });
    const receiver = new Receiver(aws, outputs);
    await receiver.configure(SHORT_TIMES);
    const versions = new SecretVersions(aws, receiver.secretArn);
    const queue = new ParkingQueue(aws, outputs.ParkingQueueUrl ?? '');
    await queue.setVisibilityTimeout(VISIBILITY_TIMEOUT_MS / TIME_SCALE);
    const accounts = new Accounts(extent);
    const instance = new DeployedInstance(receiver, versions, queue, await receiver.secret(), accounts);
    const consumer = new Consumer(aws, outputs.ConsumerQueueUrl ?? '');
    const over = new AbortController();
    const services = { 'Secrets Manager': [secretsManager], EventBridge: [eventBridge], SQS: [sqs] };
    const what = { services, outages: outagesOf(extent), instances: [instance], accounts };
    const [outcome] = await Promise.all([
      runCampaign({ ...EXTENT, ...what }, note).finally(() => over.abort()),
      consume(consumer, accounts, over.signal),
      readLogs(receiver, accounts, over.signal),
    ]);
    return [...accounts.rows(await parkedBy([instance])), ...outcome];
  } finally {
    await aws.stop();
    await Promise.all([secretsManager.stop(), eventBridge.stop(), sqs.stop()]);
  }
}

async function consume(consumer: Consumer, accounts: Accounts, signal: AbortSignal): Promise<void> {
  for (;;) {
    const last = signal.aborted;
    const events = await consumer.take(last ? LAST_EVENTS_S : 1);
    for (const { detail } of events) accounts.published(JSON.stringify(detail));
    if (last && events.length === 0) return;
  }
}

async function readLogs(receiver: Receiver, accounts: Accounts, signal: AbortSignal): Promise<void> {
  for await (const line of receiver.log(signal)) {
    keepLog('stress-local-aws', `${line}\n`);
    if (line.startsWith('{')) accounts.logged(JSON.parse(line));
  }
}
