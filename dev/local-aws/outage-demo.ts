/** `npm start -- --demo outage`: EventBridge, then Secrets Manager, is away for longer than Genesys tries, under a webhook a second. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Consumer } from './consumer.ts';
import type { LocalAws } from './local-aws.ts';
import type { ParkingQueue } from './parking-queue.ts';
import type { Receiver } from './receiver.ts';

/** Genesys tries for about 85 s. */
export const OUTAGE_SECONDS = 90;
/** Instead of 60 s, so that nobody has to wait for it. */
const VISIBILITY_TIMEOUT_SECONDS = 5;
const DRAIN_LIMIT_SECONDS = 120;
const INTERVAL_MS = 1000;
/** Nobody listens there: the discard protocol's port. */
const NOWHERE = 'http://127.0.0.1:9';

/** The function's environment variable for the endpoint of each service. */
const SERVICES = {
  EventBridge: 'AWS_ENDPOINT_URL_EVENTBRIDGE',
  'Secrets Manager': 'AWS_ENDPOINT_URL_SECRETS_MANAGER',
};

export interface Outage {
  readonly receiver: Receiver;
  readonly consumer: Consumer;
  readonly queue: ParkingQueue;
  readonly seconds: number;
}

/** @throws if a webhook is not on the bus at the end. */
export async function playOutages(
  aws: LocalAws,
  { receiver, consumer, queue, seconds }: Outage,
): Promise<void> {
  const missing = new Set<string>();
  const answers = new Map<string, number>();
  let sent = 0;

  async function sendOne(): Promise<void> {
    const conversation = { id: randomUUID(), type: 'voice' };
    missing.add(conversation.id);
    sent += 1;
    const { status, body } = await receiver.send(
      JSON.stringify({ eventType: 'conversation:updated', conversation }),
    );
    const answer = `${status} ${body}`;
    answers.set(answer, (answers.get(answer) ?? 0) + 1);
    console.log(`  answer: ${answer}, parked: ${await queue.count()}`);
  }

  async function takeEvents(waitSeconds: number): Promise<void> {
    for (const { detail } of await consumer.take(waitSeconds))
      missing.delete(detail.eventBody?.conversation?.id);
  }

  await queue.setVisibilityTimeout(VISIBILITY_TIMEOUT_SECONDS);
  console.log(
    `\ntwo outages of ${seconds} s; what still cannot be handled is tried again after ${VISIBILITY_TIMEOUT_SECONDS} s instead of 60 s`,
  );
  for (const [service, variable] of Object.entries(SERVICES)) {
    // As on AWS, another configuration means a new environment, which has read no secret yet.
    await receiver.configure({ [variable]: NOWHERE });
    console.log(`\n${service} cannot be reached, and the environment is new`);
    for (let second = 0; second < seconds; second += 1) await Promise.all([sleep(INTERVAL_MS), sendOne()]);
    await receiver.configure({ [variable]: aws.endpoint });
    console.log(`\n${service} is back: what is parked is handled`);
    const deadline = Date.now() + DRAIN_LIMIT_SECONDS * 1000;
    for (
      let parked = await queue.count();
      parked > 0 && Date.now() < deadline;
      parked = await queue.count()
    ) {
      console.log(`  parked: ${parked}`);
      await takeEvents(1);
    }
    await sendOne();
  }
  for (let before = Number.POSITIVE_INFINITY; missing.size > 0 && missing.size < before; ) {
    before = missing.size;
    await takeEvents(5);
  }

  console.log(`\ncounts\n  ${String(sent).padStart(4)} sent`);
  for (const [answer, count] of [...answers].sort())
    console.log(`    ${String(count).padStart(4)} answered ${answer}`);
  console.log(`  ${String(sent - missing.size).padStart(4)} on the bus`);
  console.log(`  ${String(missing.size).padStart(4)} lost`);
  if (missing.size > 0) throw new Error(`${missing.size} webhooks are not on the bus`);
}
