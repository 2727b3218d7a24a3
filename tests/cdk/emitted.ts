/** What our log lines and the services we use emit: the metrics that an alarm or a graph may rely on. */
import type { Template } from 'aws-cdk-lib/assertions';
import { OUTCOME_NAMES } from '../../contract/outcomes.ts';
import { dataPoints, type LogLine, text } from './metric-filters.ts';

/** The line of a webhook in its grace, as the contract has it; `tests/function` compares it with the real one. */
export function line(function_name: string, outcome = 'accepted'): LogLine {
  const secret = { secret_stage: 'AWSPREVIOUS', secret_age_seconds: 12, grace_left_seconds: 600 };
  return { message: 'webhook', function_name, outcome, duration_ms: 1.5, ...secret };
}

/** A metric as a string that can be compared. */
export const key = (namespace: string, metric: string, dimensions: [string, string][]) =>
  JSON.stringify([namespace, metric, dimensions.toSorted()]);

/** Every metric that our log lines and the services we use emit, with all its dimensions. */
export function emitted(of: Template): Set<string> {
  const [apiId] = Object.keys(of.findResources('AWS::ApiGatewayV2::Api'));
  const functions = Object.keys(of.findResources('AWS::Lambda::Function'));
  const lines = functions.flatMap((name) => OUTCOME_NAMES.map((outcome) => line(name, outcome)));
  const own = [...lines, { apiId, status: '429' }].flatMap((entry) => dataPoints(of, entry));
  const rules = Object.entries(of.findResources('AWS::Events::Rule'));
  const queues = Object.keys(of.findResources('AWS::SQS::Queue'));
  return new Set([
    ...own.map(({ namespace, metric, dimensions }) => key(namespace, metric, Object.entries(dimensions))),
    // API Gateway developer guide, "Working with metrics for HTTP APIs".
    ...['5xx', 'Count', 'Latency'].map((metric) => key('AWS/ApiGateway', metric, [['ApiId', String(apiId)]])),
    // EventBridge user guide, "Monitoring Amazon EventBridge": both dimensions where the bus is a custom one.
    ...rules.map(([rule, { Properties }]) =>
      key('AWS/Events', 'InvocationsFailedToBeSentToDlq', [
        ['EventBusName', text(Properties.EventBusName)],
        ['RuleName', rule],
      ]),
    ),
    // SQS developer guide, "Available CloudWatch metrics for Amazon SQS".
    ...queues.map((queue) => key('AWS/SQS', 'ApproximateNumberOfMessagesVisible', [['QueueName', queue]])),
  ]);
}
