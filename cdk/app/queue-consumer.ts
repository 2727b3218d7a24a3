import { CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { GenesysWebhook } from '../genesys-webhook.ts';
import { MAX_MESSAGE_BYTES } from '../retained-queue.ts';

/** The example consumer: the two conversation events of a form instance, in a queue, whose URL is an output of the stack. */
export class QueueConsumer extends Construct {
  constructor(scope: Construct, id: string, { webhook }: { readonly webhook: GenesysWebhook }) {
    super(scope, id);
    const queue = new Queue(this, 'Queue', {
      // The longest that SQS allows: a consumer that stands still for days loses nothing.
      retentionPeriod: Duration.days(14),
      removalPolicy: RemovalPolicy.RETAIN,
      maxMessageSizeBytes: MAX_MESSAGE_BYTES,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // What the consumer fails on ends beside what the queue could not take: one place to look, one alarm.
      deadLetterQueue: { queue: webhook.deadLetterQueue, maxReceiveCount: 5 },
    });
    webhook.onEvent('ConversationEvents', {
      // The last is what `genesys-webhook smoke` sends, to see it arrive.
      eventTypes: ['conversation:created', 'conversation:updated', 'genesys-webhook.smoke'],
      target: new SqsQueue(queue),
    });
    new CfnOutput(Stack.of(this), 'ConsumerQueueUrl', { value: queue.queueUrl });
  }
}
