import type { IRuleTarget } from 'aws-cdk-lib/aws-events';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { propError } from './prop-error.ts';
import { RetainedQueue } from './retained-queue.ts';

/** Keeps what a consumer did not take. The archive may have expired before somebody looks. */
export class DeadLetterQueue extends RetainedQueue {}

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
