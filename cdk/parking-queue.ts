import { Duration, Token } from 'aws-cdk-lib';
import { MathExpression, type MathExpressionOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { GenesysWebhookProps } from './genesys-webhook-props.ts';
import { propError } from './prop-error.ts';
import { RetainedQueue } from './retained-queue.ts';

const DEFAULT_CONCURRENCY = 2;

/**
 * Keeps the webhooks that could not be verified or published yet, until the function can.
 *
 * It has no redrive policy. SQS moves a message away after 1,000 receives at most (SetQueueAttributes API reference,
 * `maxReceiveCount`), and an outage of a day would send good messages away.
 */
export class ParkingQueue extends RetainedQueue {
  constructor(scope: Construct, id: string) {
    // Six times the function's time-out: Lambda guide, "Creating and configuring an Amazon SQS event source mapping".
    super(scope, id, { visibilityTimeout: Duration.seconds(60) });
  }

  /** Lets a function send to this queue, and has Lambda call it with each message, so many at a time. */
  handleBy(handler: IFunction, maxConcurrency: number): void {
    handler.addToRolePolicy(
      new PolicyStatement({
        // The CDK's grants allow more. The last three are what an event source mapping takes (AWS managed policy
        // AWSLambdaSQSQueueExecutionRole).
        actions: ['sqs:SendMessage', 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
        resources: [this.queueArn],
      }),
    );
    new EventSourceMapping(this, 'Mapping', {
      target: handler,
      eventSourceArn: this.queueArn,
      // An error then is of one webhook, and Lambda shows that one again.
      batchSize: 1,
      maxConcurrency,
    });
  }

  /**
   * Parked webhooks: those that wait and those that are being handled.
   *
   * @default - maximum over 5 minutes
   */
  metricParkedMessages(options?: MathExpressionOptions): MathExpression {
    return new MathExpression({
      // SQS reports the second only while a message is in flight (SQS guide, "Available CloudWatch metrics for Amazon
      // SQS"), and a sum with a metric without data would have none.
      expression: 'visible + FILL(inFlight, 0)',
      usingMetrics: {
        visible: this.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
        inFlight: this.metricApproximateNumberOfMessagesNotVisible({ statistic: 'Maximum' }),
      },
      label: 'parked messages',
      ...options,
    });
  }
}

/** How many parked webhooks are handled at a time, or undefined where none is parked. */
export function parkingConcurrency(scope: Construct, props: GenesysWebhookProps): number | undefined {
  const { parking, parkingConcurrency: given } = props;
  if (parking === false) {
    if (given !== undefined) {
      throw propError('parkingConcurrency is set but parking is false; leave one of them out', scope);
    }
    return undefined;
  }
  const concurrency = given ?? DEFAULT_CONCURRENCY;
  // Lambda API reference, ScalingConfig, MaximumConcurrency.
  const possible = Number.isInteger(concurrency) && concurrency >= 2 && concurrency <= 1000;
  if (!Token.isUnresolved(concurrency) && !possible) {
    throw propError(`parkingConcurrency is ${concurrency}; it takes a whole number from 2 to 1000`, scope);
  }
  return concurrency;
}
