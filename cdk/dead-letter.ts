import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { IRuleTarget } from 'aws-cdk-lib/aws-events';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { propError } from './prop-error.ts';

/** The largest message SQS takes, which is also EventBridge's largest event: 1 MiB since January 2026. */
export const MAX_MESSAGE_BYTES = 1_048_576;

/** Keeps what a consumer did not take: 14 days, the longest that SQS allows. */
export class DeadLetterQueue extends Queue {
  constructor(scope: Construct, id: string) {
    super(scope, id, {
      retentionPeriod: Duration.days(14),
      maxMessageSizeBytes: MAX_MESSAGE_BYTES,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // Genesys got its 2xx, and the archive may have expired.
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}

/**
 * The same target. Events that EventBridge can't deliver to it go to `queue`.
 *
 * `IRuleTarget` shows its dead-letter queue only when bound to a rule, so the wrapping happens there.
 */
export function withDeadLetterQueue(target: IRuleTarget, queue: DeadLetterQueue): IRuleTarget {
  return {
    bind(rule, id) {
      const config = target.bind(rule, id);
      if (config.deadLetterConfig) {
        throw propError(
          `the target of ${rule.node.path} has a deadLetterQueue of its own; leave it out: onEvent gives every target one`,
          rule,
        );
      }
      queue.grantSendMessages(
        new ServicePrincipal('events.amazonaws.com', {
          conditions: { ArnEquals: { 'aws:SourceArn': rule.ruleRef.ruleArn } },
        }),
      );
      return {
        ...config,
        deadLetterConfig: { arn: queue.queueArn },
        // EventBridge's own defaults, written out so that the template says them.
        retryPolicy: {
          maximumRetryAttempts: config.retryPolicy?.maximumRetryAttempts ?? 185,
          maximumEventAgeInSeconds: config.retryPolicy?.maximumEventAgeInSeconds ?? 86_400,
        },
      };
    },
  };
}
