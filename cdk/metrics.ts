import { Metric, type MetricOptions, Unit } from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { FilterPattern, type ILogGroup, type JsonPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type Count, type CountedAs, countedAs, type ParkingCause } from '../contract/outcomes.ts';

/** The namespace of every metric made from this project's log lines. */
export const METRIC_NAMESPACE = 'GenesysWebhook';

/**
 * The metrics of an instance. Metric filters make them from the log line that each request writes.
 *
 * A filter takes its dimensions from fields of the line, never from a constant. That is why the line names its function.
 */
export abstract class MeasuredWebhook extends Construct {
  /** The function that verifies and publishes. */
  abstract readonly function: IFunction;

  /** Webhooks that were verified and published. @default - sum over 5 minutes */
  metricAccepted(options?: MetricOptions): Metric {
    return this.metric('Accepted', {}, { statistic: 'Sum', ...options });
  }

  /** Requests refused for one cause, before anything was verified. @default - sum over 5 minutes */
  metricRefused(outcome: CountedAs<'Refused'>, options?: MetricOptions): Metric {
    return this.metric('Refused', { Outcome: outcome }, { statistic: 'Sum', ...options });
  }

  /** Verified webhooks that could not be published and won't be sent again. @default - sum over 5 minutes */
  metricLost(options?: MetricOptions): Metric {
    return this.metric('Lost', {}, { statistic: 'Sum', ...options });
  }

  /** Requests answered with 5xx for one cause, which the sender repeats. @default - sum over 5 minutes */
  metricUnavailable(outcome: CountedAs<'Unavailable'>, options?: MetricOptions): Metric {
    return this.metric('Unavailable', { Outcome: outcome }, { statistic: 'Sum', ...options });
  }

  /** Webhooks parked for one cause, to be handled later. @default - sum over 5 minutes */
  metricParked(cause: ParkingCause, options?: MetricOptions): Metric {
    return this.metric('Parked', { Cause: cause }, { statistic: 'Sum', ...options });
  }

  /** Seconds since the secrets in use were read. @default - maximum over 5 minutes */
  metricSecretAge(options?: MetricOptions): Metric {
    return this.metric('SecretAge', {}, { statistic: 'Maximum', ...options });
  }

  /**
   * Seconds of grace that the previous secret had left at each webhook that it verified. The number of samples is the
   * number of those webhooks.
   *
   * @default - minimum over 5 minutes
   */
  metricPreviousSecretGraceLeft(options?: MetricOptions): Metric {
    return this.metric('PreviousSecretGraceLeft', {}, { statistic: 'Minimum', ...options });
  }

  /** Milliseconds from a request's arrival in the function to its answer. @default - p99 over 5 minutes */
  metricDuration(options?: MetricOptions): Metric {
    return this.metric('Duration', {}, { statistic: 'p99', ...options });
  }

  private metric(metricName: string, dimensions: Record<string, string>, options: MetricOptions): Metric {
    return new Metric({
      namespace: METRIC_NAMESPACE,
      metricName,
      dimensionsMap: { FunctionName: this.function.functionName, ...dimensions },
      ...options,
    });
  }

  protected measure(logGroup: ILogGroup): void {
    const count = (name: Count, dimensions: Record<string, string> = {}) =>
      this.filter(logGroup, name, {
        pattern: FilterPattern.any(
          ...countedAs(name).map((outcome) => FilterPattern.stringValue('$.outcome', '=', outcome)),
        ),
        dimensions,
        unit: Unit.COUNT,
      });
    // A parked webhook that is handled has `parked` in its line. It says nothing of how live traffic fares.
    const live = FilterPattern.notExists('$.parked');
    const value = (name: string, field: string, unit: Unit) =>
      this.filter(logGroup, name, {
        pattern: FilterPattern.all(FilterPattern.numberValue(field, '>=', 0), live),
        value: field,
        unit,
      });

    const byOutcome = { Outcome: '$.outcome' };
    count('Accepted');
    count('Parked', { Cause: '$.cause' });
    count('Refused', byOutcome);
    count('Lost');
    count('Unavailable', byOutcome);
    value('SecretAge', '$.secret_age_seconds', Unit.SECONDS);
    value('PreviousSecretGraceLeft', '$.grace_left_seconds', Unit.SECONDS);
    value('Duration', '$.duration_ms', Unit.MILLISECONDS);
  }

  private filter(
    logGroup: ILogGroup,
    metricName: string,
    {
      pattern,
      dimensions,
      value,
      unit,
    }: { pattern: JsonPattern; dimensions?: Record<string, string>; value?: string; unit: Unit },
  ): void {
    new MetricFilter(this, `${metricName}Metric`, {
      logGroup,
      // Naming the function keeps a log group that several instances share from being counted several times.
      filterPattern: FilterPattern.all(
        FilterPattern.stringValue('$.function_name', '=', this.function.functionName),
        pattern,
      ),
      metricNamespace: METRIC_NAMESPACE,
      metricName,
      metricValue: value,
      dimensions: { FunctionName: '$.function_name', ...dimensions },
      unit,
    });
  }
}
