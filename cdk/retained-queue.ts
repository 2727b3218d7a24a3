import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** The largest message SQS takes, which is also EventBridge's largest event: 1 MiB since January 2026. */
export const MAX_MESSAGE_BYTES = 1_048_576;

/** A queue of what Genesys got its 2xx for and nobody else may have: for 14 days, the longest that SQS allows. */
export class RetainedQueue extends Queue {
  constructor(scope: Construct, id: string, props: { readonly visibilityTimeout?: Duration } = {}) {
    super(scope, id, {
      retentionPeriod: Duration.days(14),
      maxMessageSizeBytes: MAX_MESSAGE_BYTES,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN,
      ...props,
    });
  }
}
