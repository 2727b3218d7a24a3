import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { PARKING_CAUSES } from '../contract/outcomes.ts';
import type { GenesysWebhook } from './genesys-webhook.ts';
import { propError } from './prop-error.ts';
import type { WebhookApi } from './webhook-api.ts';

export interface AlarmProps {
  /**
   * Who is told.
   *
   * @default - the alarms change their state and tell nobody
   */
  readonly alarmTopic?: ITopic;
  /**
   * Answers of 5xx in 5 minutes, on the whole API, that raise the alarm.
   *
   * @default 5
   */
  readonly serverErrorsThreshold?: number;
  /**
   * Requests over the throttle in 5 minutes, on the whole API, that raise the alarm.
   *
   * @default 1
   */
  readonly throttledThreshold?: number;
  /**
   * Refused signatures in 15 minutes that raise the alarm.
   *
   * @default 10
   */
  readonly refusedSignaturesThreshold?: number;
  /**
   * Verified webhooks lost in 5 minutes that raise the alarm.
   *
   * @default 1
   */
  readonly lostThreshold?: number;
  /**
   * Parked webhooks in 5 minutes that raise the alarm.
   *
   * @default 5
   */
  readonly parkedThreshold?: number;
  /**
   * Messages in the parking queue, waiting or being handled for 15 minutes, that raise the alarm.
   *
   * @default 1
   */
  readonly parkingBacklogThreshold?: number;
  /**
   * Age of the secrets in use over which the alarm is raised.
   *
   * @default - twice `secretCacheTtl`, or half-way from it to `secretMaxStale` where that comes first
   */
  readonly secretStaleThreshold?: Duration;
  /**
   * What is left of the grace when a webhook verified by the previous secret raises the alarm.
   *
   * @default - a quarter of `previousSecretGrace`
   */
  readonly previousSecretLateThreshold?: Duration;
  /**
   * Events in the dead-letter queue that raise the alarm.
   *
   * @default 1
   */
  readonly deadLetterThreshold?: number;
  /**
   * The longest time without a single accepted webhook before an alarm is raised: whole minutes, up to a day.
   *
   * @default - no such alarm
   */
  readonly expectedTrafficWindow?: Duration;
}

interface AlarmDefinition {
  readonly metric: IMetric;
  readonly threshold: number;
  /** @default - at the threshold or over it */
  readonly comparison?: ComparisonOperator;
  /** Of the metric, one after the other, in which the threshold is reached. @default 1 */
  readonly periods?: number;
  readonly meaning: string;
  /** The section of docs/runbook.md. */
  readonly section: string;
  /** @default - no data is good, because nothing was logged */
  readonly missing?: TreatMissingData;
}

/** The alarms of an API: what its gateway answers without the function, or for it. */
export function gatewayAlarms(scope: Construct, api: WebhookApi, props: AlarmProps): Alarm[] {
  return alarms(scope, props.alarmTopic, {
    ServerErrors: {
      metric: api.metricServerError({ period: Duration.minutes(5) }),
      threshold: props.serverErrorsThreshold ?? 5,
      meaning:
        'Webhooks are answered with 5xx: the sender repeats them for a while (Open Messaging: 85 seconds), then they are lost.',
      section: 'answers-5xx',
    },
    Throttled: {
      metric: api.metricThrottled(),
      threshold: props.throttledThreshold ?? 1,
      meaning: 'The gateway answers 429: more requests than the throttle lets through.',
      section: 'gateway-429',
    },
  });
}

/** The alarms of one instance. */
export function webhookAlarms(scope: Construct, webhook: GenesysWebhook, props: AlarmProps): Alarm[] {
  checkThresholds(webhook, props);
  const grace = webhook.previousSecretGrace.toSeconds();
  const [ttl, maxStale] = [webhook.secretCacheTtl.toSeconds(), webhook.secretMaxStale.toSeconds()];
  return alarms(scope, props.alarmTopic, {
    RefusedSignatures: {
      metric: webhook.metricRefused('unauthorized', { period: Duration.minutes(15) }),
      threshold: props.refusedSignaturesThreshold ?? 10,
      meaning: 'Signatures are refused: an attack, or a rotation that the sender missed.',
      section: 'refused-signatures',
    },
    Lost: {
      metric: webhook.metricLost(),
      threshold: props.lostThreshold ?? 1,
      meaning: 'A verified webhook could not be published, and the sender will not repeat it.',
      section: 'signed-message-lost',
    },
    ...(webhook.parkingQueue && {
      Parked: {
        metric: parked(webhook),
        threshold: props.parkedThreshold ?? 5,
        meaning: 'Webhooks are parked, because Secrets Manager or EventBridge did not do its part.',
        section: 'webhooks-parked',
      },
      ParkingBacklog: {
        // Not the age of the oldest message: SQS leaves out those that were received three times.
        metric: webhook.parkingQueue.metricParkedMessages(),
        threshold: props.parkingBacklogThreshold ?? 1,
        periods: 3,
        meaning:
          'In each of three periods of 5 minutes something was in the parking queue, which keeps it for 14 days at most.',
        section: 'parking-backlog',
      },
    }),
    SecretStale: {
      metric: webhook.metricSecretAge(),
      threshold: props.secretStaleThreshold?.toSeconds() ?? Math.min(2 * ttl, (ttl + maxStale) / 2),
      comparison: ComparisonOperator.GREATER_THAN_THRESHOLD,
      meaning: 'Secrets Manager could not be read when the cache expired: old secrets stay in service.',
      section: 'secret-stale',
    },
    ...(grace > 0 && {
      PreviousSecretLate: {
        metric: webhook.metricPreviousSecretGraceLeft(),
        threshold: props.previousSecretLateThreshold?.toSeconds() ?? grace / 4,
        comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
        meaning: 'The sender still signs with the previous secret, and its grace is nearly over.',
        section: 'previous-secret-late',
      },
    }),
    ...(webhook.rotation && {
      RotationFailed: {
        metric: webhook.rotation.metricFailed(),
        threshold: 1,
        meaning: 'A rotation did not end: both secrets verify until it does.',
        section: 'rotation-failed',
      },
    }),
    DeadLetters: {
      metric: webhook.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum' }),
      threshold: props.deadLetterThreshold ?? 1,
      meaning: 'Events that a consumer did not take wait in the dead-letter queue, for 14 days at most.',
      section: 'dead-letter-queue',
    },
    ...(props.expectedTrafficWindow && {
      Silence: {
        metric: webhook.metricAccepted({ period: trafficWindow(webhook, props.expectedTrafficWindow) }),
        threshold: 1,
        comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
        meaning: `No webhook was accepted for ${props.expectedTrafficWindow.toHumanString()}.`,
        section: 'silence',
        missing: TreatMissingData.BREACHING,
      },
    }),
  });
}

function alarms(
  scope: Construct,
  topic: ITopic | undefined,
  definitions: Record<string, AlarmDefinition>,
): Alarm[] {
  return Object.entries(definitions).map(
    ([id, { metric, threshold, comparison, periods, meaning, section, missing }]) => {
      const alarm = new Alarm(scope, id, {
        metric,
        threshold,
        comparisonOperator: comparison ?? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        evaluationPeriods: periods ?? 1,
        treatMissingData: missing ?? TreatMissingData.NOT_BREACHING,
        alarmDescription: `${meaning} See docs/runbook.md#${section}`,
      });
      if (topic) alarm.addAlarmAction(new SnsAction(topic));
      return alarm;
    },
  );
}

/** Of all causes. A cause that did not occur has no data, and a sum with it would have none. */
function parked(webhook: GenesysWebhook): IMetric {
  return new MathExpression({
    expression: PARKING_CAUSES.map((cause) => `FILL(${cause}, 0)`).join(' + '),
    usingMetrics: Object.fromEntries(PARKING_CAUSES.map((cause) => [cause, webhook.metricParked(cause)])),
    label: 'parked',
  });
}

/** Of 0, or of NaN, an alarm is always raised or never. */
function checkThresholds(scope: Construct, props: AlarmProps): void {
  for (const [name, value] of Object.entries(props)) {
    if (!name.endsWith('Threshold') || value === undefined) continue;
    const threshold = value instanceof Duration ? value.toSeconds() : value;
    if (!(threshold > 0)) throw propError(`${name} is ${threshold}; it takes more than 0`, scope);
  }
}

/** A period of one alarm is whole minutes, up to a day: PutMetricAlarm API reference, Period and EvaluationPeriods. */
function trafficWindow(scope: Construct, window: Duration): Duration {
  const minutes = window.toMinutes({ integral: false });
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > 24 * 60) {
    throw propError(
      `expectedTrafficWindow is ${minutes} minutes; it takes whole minutes from 1 to 1440`,
      scope,
    );
  }
  return window;
}
