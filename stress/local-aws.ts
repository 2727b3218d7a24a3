/**
 * The same on the local AWS: this project's own stack, real HTTP, and the fault proxy, over TLS, in front of the
 * emulator's Secrets Manager (HTTP/2) and EventBridge (HTTP/1.1). What counts as on the bus is what a consumer's queue
 * received. No process is killed, because what follows would be the emulator's way, not Lambda's.
 */
import type { SignedRequest } from '../cli/signing.ts';
import { wrapped } from '../dev/build.ts';
import type { Note } from '../dev/common/progress.ts';
import { root } from '../dev/common/root.ts';
import { Consumer } from '../dev/local-aws/consumer.ts';
import { deploy } from '../dev/local-aws/deploy.ts';
import { startLocalAws } from '../dev/local-aws/local-aws.ts';
import { Receiver } from '../dev/local-aws/receiver.ts';
import { SecretVersions } from '../dev/local-aws/secret-versions.ts';
import { FaultProxy } from '../tests/support/fault-proxy.ts';
import { createPrivateCa } from '../tests/support/private-ca.ts';
import { keepLog } from '../tests/support/test-logs.ts';
import { Accounts } from './accounts.ts';
import { binaryToStress } from './binary.ts';
import { runCampaign } from './campaign.ts';
import { Instance, SHORT_TIMES } from './instance.ts';
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

class DeployedInstance extends Instance {
  readonly #receiver: Receiver;
  readonly #versions: SecretVersions;
  #underWay = 0;

  constructor(receiver: Receiver, versions: SecretVersions, secret: string) {
    super(receiver.scheme, secret);
    this.#receiver = receiver;
    this.#versions = versions;
  }

  protected override async deliver(request: SignedRequest): Promise<number> {
    if (this.#underWay === REQUESTS_AT_ONCE) return 429;
    this.#underWay += 1;
    try {
      return (await this.#receiver.sendRequest(request)).status;
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
  const ca = await createPrivateCa();
  const proxy = (protocol: 'h2' | 'https') => new FaultProxy('', { protocol, ca }).start();
  // Which of the two AWS's EventBridge speaks is not known.
  const [secretsManager, eventBridge] = [await proxy('h2'), await proxy('https')];
  const aws = await startLocalAws({
    logFile: `${root}/.local/test-logs/local-aws-stress.log`,
    endpoints: {
      secretsManager: secretsManager.url,
      eventBridge: eventBridge.url,
      certificateFile: ca.certificateFile,
    },
  });
  secretsManager.target = eventBridge.target = aws.endpoint;
  try {
    const outputs = await deploy(aws, { code: wrapped('stress', binary), onLine: note });
    const receiver = new Receiver(aws, outputs);
    await receiver.configure(SHORT_TIMES);
    const versions = new SecretVersions(aws, receiver.secretArn);
    const instance = new DeployedInstance(receiver, versions, await receiver.secret());
    const consumer = new Consumer(aws, outputs.ConsumerQueueUrl ?? '');
    const accounts = new Accounts(extent);
    const over = new AbortController();
    const services = { secretsManager, eventBridge, instances: [instance], accounts };
    const [outcome] = await Promise.all([
      runCampaign({ ...EXTENT, ...services }, note).finally(() => over.abort()),
      consume(consumer, accounts, over.signal),
      keepLogs(receiver, over.signal),
    ]);
    return [...accounts.rows(), ...outcome];
  } finally {
    await aws.stop();
    await Promise.all([secretsManager.stop(), eventBridge.stop()]);
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

async function keepLogs(receiver: Receiver, signal: AbortSignal): Promise<void> {
  for await (const line of receiver.log(signal)) keepLog('stress-local-aws', `${line}\n`);
}
