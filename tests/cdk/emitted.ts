/** What our log lines and the services we use emit: the metrics that an alarm or a graph may rely on. */
import type { Template } from 'aws-cdk-lib/assertions';
import { OUTCOMES } from '../../contract/outcomes.ts';
import { dataPoints, type LogLine, text } from './metric-filters.ts';

/** The line of a request, as the function's contract has it; `tests/function` compares it with the real one. */
export function line(outcome: string, more: LogLine = {}): LogLine {
  return { message: 'webhook', outcome, duration_ms: 1.5, ...more };
}
export const accepted = (more: LogLine = {}) =>
  line('accepted', { status: 200, secret_stage: 'AWSCURRENT', secret_age_seconds: 12, ...more });

/** How each outcome is counted: the metric, and its dimensions beside the function. */
export const counted = Object.entries(OUTCOMES).map(([outcome, { counted: metric }]) => {
  const byCause = metric === 'Refused' || metric === 'Unavailable';
  return { outcome, metric, dimensions: byCause ? { Outcome: outcome } : {} };
});

/** A metric as a string that can be compared. */
export const key = (namespace: string, metric: string, dimensions: [string, string][]) =>
  JSON.stringify([namespace, metric, dimensions.toSorted()]);

/** Every metric that our log lines and the services we use emit, with all its dimensions. */
export function emitted(of: Template): Set<string> {
  const [apiId] = Object.keys(of.findResources('AWS::ApiGatewayV2::Api'));
  const functions = Object.keys(of.findResources('AWS::Lambda::Function'));
  const lines = functions.flatMap((function_name) => [
    ...counted.map(({ outcome }) => line(outcome, { function_name })),
    accepted({ function_name, secret_stage: 'AWSPREVIOUS', grace_left_seconds: 600 }),
  ]);
  const own = [...lines, { apiId, status: '429' }].flatMap((entry) => dataPoints(of, entry));
  const queues = Object.keys(of.findResources('AWS::SQS::Queue'));
  return new Set([
    ...own.map(({ namespace, metric, dimensions }) => key(namespace, metric, Object.entries(dimensions))),
    // API Gateway developer guide, "Working with metrics for HTTP APIs".
    ...['5xx', 'Count', 'Latency'].map((metric) => key('AWS/ApiGateway', metric, [['ApiId', String(apiId)]])),
    // EventBridge user guide, "Monitoring Amazon EventBridge": both dimensions where the bus is a custom one.
    ...Object.entries(of.findResources('AWS::Events::Rule')).map(([rule, { Properties }]) =>
      key('AWS/Events', 'InvocationsFailedToBeSentToDlq', [
        ['EventBusName', text(Properties.EventBusName)],
        ['RuleName', rule],
      ]),
    ),
    // SQS developer guide, "Available CloudWatch metrics for Amazon SQS".
    ...queues.map((queue) => key('AWS/SQS', 'ApproximateNumberOfMessagesVisible', [['QueueName', queue]])),
  ]);
}
