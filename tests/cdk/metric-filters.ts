/** What CloudWatch would make of a log line, by the metric filters of a template. */
import assert from 'node:assert/strict';
import { runInNewContext } from 'node:vm';
import type { Template } from 'aws-cdk-lib/assertions';
import { all, type Resource } from './support.ts';

export type LogLine = Record<string, unknown>;

export interface DataPoint {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Record<string, string>;
  readonly value: number;
}

/** The line of a webhook in its grace, as the contract has it; `tests/function` compares it with the real one. */
export function line(function_name: string, outcome = 'accepted'): LogLine {
  const secret = { secret_stage: 'AWSPREVIOUS', secret_age_seconds: 12, grace_left_seconds: 600 };
  return { message: 'webhook', function_name, outcome, duration_ms: 1.5, ...secret };
}

/** A function or an API is called by its logical id, in the template and in the lines. */
export function dataPoints(template: Template, line: LogLine): DataPoint[] {
  return all(template, 'AWS::Logs::MetricFilter')
    .filter(({ FilterPattern }) => matches(text(FilterPattern), line))
    .map(({ MetricTransformations: [made] }) => ({
      namespace: made.MetricNamespace,
      metric: made.MetricName,
      dimensions: Object.fromEntries(
        made.Dimensions.map(({ Key, Value }: { Key: string; Value: string }) => [Key, select(Value, line)]),
      ),
      value: Number(made.MetricValue.startsWith('$') ? select(made.MetricValue, line) : made.MetricValue),
    }));
}

/** A string of a template, with each reference replaced by the logical id. */
export function text(value: Resource): string {
  if (typeof value === 'string') return value;
  if (value.Ref) return value.Ref;
  if (value['Fn::GetAtt']) return value['Fn::GetAtt'][0];
  // The name in an ARN.
  if (value['Fn::Select']) return text(value['Fn::Select'][1]['Fn::Split'][1]);
  return value['Fn::Join'][1].map(text).join('');
}

function select(selector: string, line: LogLine): unknown {
  return line[selector.slice('$.'.length)];
}

/**
 * The part of the filter language that we use: comparisons of top-level fields, `NOT EXISTS`, `&&`, `||` and parentheses.
 * Source: CloudWatch Logs user guide, "Filter pattern syntax for metric filters", JSON log events.
 */
function matches(pattern: string, line: LogLine): boolean {
  const present = pattern.replace(/(\$\.\w+) NOT EXISTS/g, (_, selector) =>
    String(select(selector, line) === undefined),
  );
  const compared = present.replace(/(\$\.\w+) (=|>=) ("[^"]*"|\d+)/g, (_, selector, operator, literal) => {
    const [field, value] = [select(selector, line), JSON.parse(literal)];
    return String(operator === '=' ? field === value : typeof field === 'number' && field >= value);
  });
  assert.match(compared, /^\{(true|false|&&|\|\||[ ()])+\}$/, `cannot read ${pattern}`);
  return runInNewContext(compared.slice(1, -1));
}
