/** The example consumer's queue: what arrives on the bus, as a consumer receives it. */
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { LocalAws } from './local-aws.ts';

const RECEIVE_LIMIT_MS = 10_000;

/** An EventBridge event; docs/events.md describes `detail`. */
export interface BusEvent {
  readonly id: string;
  readonly source: string;
  readonly 'detail-type': string;
  readonly time: string;
  // biome-ignore lint/suspicious/noExplicitAny: the sender's JSON may be anything
  readonly detail: any;
  readonly [name: string]: unknown;
}

export class Consumer {
  readonly #sqs: SQSClient;

  constructor(
    aws: LocalAws,
    readonly queueUrl: string,
  ) {
    // Of a queue's URL the host is the emulator's idea of its own name, which need not resolve.
    this.#sqs = new SQSClient({ ...aws.client, useQueueUrlAsEndpoint: false });
  }

  /** Takes what is on the queue within `waitSeconds` (0 to 20), up to ten events. */
  async take(waitSeconds: number): Promise<BusEvent[]> {
    const { Messages = [] } = await this.#sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: this.queueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: waitSeconds,
      }),
    );
    for (const { ReceiptHandle } of Messages) {
      await this.#sqs.send(new DeleteMessageCommand({ QueueUrl: this.queueUrl, ReceiptHandle }));
    }
    return Messages.map(({ Body = '' }) => JSON.parse(Body) as BusEvent);
  }

  /** Takes events until one is `wanted`, and resolves to that one. */
  async receive(wanted: (event: BusEvent) => boolean): Promise<BusEvent> {
    const deadline = Date.now() + RECEIVE_LIMIT_MS;
    while (Date.now() < deadline) {
      const event = (await this.take(1)).find(wanted);
      if (event) return event;
    }
    throw new Error(`the event did not arrive at the queue within ${RECEIVE_LIMIT_MS} ms`);
  }
}
