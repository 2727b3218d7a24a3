/** An instance's parking queue on a local AWS: how much is in it, and how soon it is tried again. */
import { GetQueueAttributesCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { LocalAws } from './local-aws.ts';

export class ParkingQueue {
  readonly #sqs: SQSClient;

  constructor(
    aws: LocalAws,
    readonly url: string,
  ) {
    this.#sqs = new SQSClient({ ...aws.client, useQueueUrlAsEndpoint: false });
  }

  /** The webhooks in it, visible or in flight. */
  async count(): Promise<number> {
    const { Attributes = {} } = await this.#sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: this.url,
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
  }

  async setVisibilityTimeout(seconds: number): Promise<void> {
    const Attributes = { VisibilityTimeout: String(seconds) };
    await this.#sqs.send(new SetQueueAttributesCommand({ QueueUrl: this.url, Attributes }));
  }
}
