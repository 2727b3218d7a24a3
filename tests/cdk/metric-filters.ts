/** What CloudWatch would make of a log line, by the metric filters of a template. */
import type { Template } from 'aws-cdk-lib/assertions';
import { all, type Resource } from './support.ts';

export type LogLine = Record<string, unknown>;

export interface DataPoint {
  readonly namespace: string;
  readonly metric: string;
  readonly dimensions: Record<string, string>;
  readonly value: number;
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
 * The part of the filter language that we use: comparisons of top-level fields, `&&`, `||` and parentheses.
 * Source: CloudWatch Logs user guide, "Filter pattern syntax for metric filters", JSON log events.
 */
export function matches(pattern: string, line: LogLine): boolean {
  const tokens = pattern.match(/&&|\|\||[{}()]|>=|=|"[^"]*"|\$\.\w+|\d+|\S/g) ?? [];
  const next = (expected?: string): string => {
    const token = tokens.shift();
    if (token === undefined || (expected && token !== expected))
      throw new Error(`cannot read ${pattern} at ${token}`);
    return token;
  };
  const chain =
    (operator: string, operand: () => boolean, join: (a: boolean, b: boolean) => boolean) => () => {
      let result = operand();
      while (tokens[0] === operator) {
        next();
        result = join(operand(), result);
      }
      return result;
    };
  const term = (): boolean => {
    const token = next();
    if (token === '(') {
      const result = any();
      next(')');
      return result;
    }
    const [field, operator, literal] = [select(token, line), next(), next()];
    if (operator === '=' && literal.startsWith('"')) return field === literal.slice(1, -1);
    if (operator === '>=') return typeof field === 'number' && field >= Number(literal);
    throw new Error(`cannot read ${pattern} at ${operator}`);
  };
  const every = chain('&&', term, (a, b) => a && b);
  const any = chain('||', every, (a, b) => a || b);
  next('{');
  const result = any();
  next('}');
  return result;
}
