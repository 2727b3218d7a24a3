/**
 * The app's own stack with every scheme, deployed by the CDK CLI to a local AWS, once for all suites of this folder.
 * EventBridge and Secrets Manager are behind proxies that fail as told.
 */
import { randomUUID } from 'node:crypto';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { hmacSha256, signWebhook } from '../../cli/signing.ts';
import { SCHEME_NAMES, SCHEMES, type Scheme } from '../../contract/schemes.ts';
import { wrapped } from '../../dev/build.ts';
import { root } from '../../dev/common/root.ts';
import { Consumer } from '../../dev/local-aws/consumer.ts';
import { deploy } from '../../dev/local-aws/deploy.ts';
import { startLocalAws } from '../../dev/local-aws/local-aws.ts';
import { ParkingQueue } from '../../dev/local-aws/parking-queue.ts';
import { type Answer, Receiver } from '../../dev/local-aws/receiver.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { type Fault, noFault } from '../support/faults.ts';
import { functionBinary, rotationBinary } from '../support/function-process.ts';
import { forbid, keepLog } from '../support/test-logs.ts';

const eventBridge = await new FaultProxy('').start();
const secretsManager = await new FaultProxy('').start();

export const aws = await startLocalAws({
  logFile: `${root}/.local/test-logs/local-aws.log`,
  endpoints: { eventBridge: eventBridge.url, secretsManager: secretsManager.url },
});
eventBridge.target = secretsManager.target = aws.endpoint;

export const outputs = await deploy(aws, {
  code: wrapped('end-to-end', functionBinary()),
  rotationCode: wrapped('end-to-end-rotation', rotationBinary()),
});
export const receivers = SCHEME_NAMES.map((scheme) => new Receiver(aws, outputs, scheme));
const receiverOf = (scheme: Scheme) => receivers.find((receiver) => receiver.scheme === scheme) as Receiver;
export const form = receiverOf('form');
export const openMessaging = receiverOf('open-messaging');
export const staticToken = receiverOf('static-token');
/** The example consumer: conversation events of the form instance. */
export const consumer = new Consumer(aws, outputs.ConsumerQueueUrl ?? '');

/** Their messages are shown again after a second, not a minute. */
const parkingQueues = SCHEME_NAMES.map(
  (scheme) => new ParkingQueue(aws, outputs[`${SCHEMES[scheme].idPart}ParkingQueueUrl`] ?? ''),
);
await Promise.all(parkingQueues.map((queue) => queue.setVisibilityTimeout(1)));

/** Resolves when nothing is parked any more. */
export async function drained(): Promise<void> {
  for (const queue of parkingQueues) while ((await queue.count()) > 0) await sleep(100);
}

after(async () => {
  for (const receiver of receivers) keepLog('end-to-end', `${(await receiver.logLines()).join('\n')}\n`);
  await Promise.all([aws.stop(), eventBridge.stop(), secretsManager.stop()]);
});

/** A conversation, and the payload of an event about it. */
export const conversationEvent = (eventType = 'conversation:created', id: string = randomUUID()) => ({
  id,
  payload: JSON.stringify({ eventType, conversation: { id, type: 'voice', participant: `marker-${id}` } }),
});

/** Sends a signed payload; from then on neither its secret nor its signature may stand in a log. */
export async function send(receiver: Receiver, payload: string, secret?: string): Promise<Answer> {
  const key = secret ?? (await receiver.secret());
  const tag = hmacSha256(key, payload);
  forbid(key, tag.toString('hex'), tag.toString('base64'));
  return receiver.sendRequest(signWebhook(receiver.scheme, payload, key));
}

/** The entry that the latest PutEvents request held. */
export function published() {
  const [entry] = JSON.parse(String(eventBridge.lastCall?.body)).Entries;
  return { ...entry, Detail: JSON.parse(entry.Detail) };
}

/** Runs `work` while EventBridge fails. */
export const whileEventBridge = whileFailing(eventBridge);

/** Runs `work` while Secrets Manager fails. */
export const whileSecretsManager = whileFailing(secretsManager);

function whileFailing(proxy: FaultProxy) {
  return async <T>(fault: Fault, work: () => Promise<T>): Promise<T> => {
    proxy.fault = fault;
    return work().finally(() => {
      proxy.fault = noFault;
    });
  };
}
