import { Aws } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  ConcreteWidget,
  Dashboard,
  GraphWidget,
  type GraphWidgetProps,
  type IMetric,
  type IWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { countedAs, PARKING_CAUSES } from '../contract/outcomes.ts';
import type { GenesysWebhook } from './genesys-webhook.ts';
import type { ParkingQueue } from './parking-queue.ts';
import type { WebhookApi } from './webhook-api.ts';

/** One row for each question that someone on call asks. */
export function dashboard(
  scope: Construct,
  webhooks: readonly GenesysWebhook[],
  apis: readonly WebhookApi[],
  alarms: Alarm[],
): Dashboard {
  const each = <T>(metrics: (webhook: GenesysWebhook, named: (what: string) => string) => T[]) =>
    webhooks.flatMap((webhook) => metrics(webhook, (what) => `${webhook.signatureScheme.name} ${what}`));
  return new Dashboard(scope, 'Dashboard', {
    // Dashboards are global, stacks are not.
    dashboardName: `${Aws.STACK_NAME}-${Aws.REGION}`,
    widgets: [
      [new AlarmStatusWidget({ title: 'Is anything wrong?', width: 24, height: 3, alarms })],
      row('Is traffic arriving?', {
        left: each((webhook, named) => [webhook.metricAccepted({ label: named('accepted') })]),
        right: apis.map((api) => api.metricCount({ label: 'all requests to the API' })),
      }),
      row('Is anything refused or lost?', {
        left: [
          ...each((webhook, named) => [
            ...countedAs('Refused').map((outcome) =>
              webhook.metricRefused(outcome, { label: named(outcome) }),
            ),
            ...countedAs('Unavailable').map((outcome) =>
              webhook.metricUnavailable(outcome, { label: named(outcome) }),
            ),
            webhook.metricLost({ label: named('lost') }),
            ...(webhook.parkingQueue ? PARKING_CAUSES : []).map((cause) =>
              webhook.metricParked(cause, { label: named(`parked: ${cause}`) }),
            ),
          ]),
          ...apis.map((api) => api.metricThrottled({ label: '429 at the gateway' })),
        ],
      }),
      row('How fast?', {
        left: [
          ...each((webhook, named) =>
            ['p50', 'p99'].map((statistic) => webhook.metricDuration({ statistic, label: named(statistic) })),
          ),
          ...apis.map((api) => api.metricLatency({ statistic: 'p99', label: 'p99 as the sender sees it' })),
        ],
      }),
      row('Which secret verifies, and how old is what we know of it?', {
        left: each((webhook, named) => [
          webhook.metricPreviousSecretGraceLeft({
            statistic: 'SampleCount',
            label: named('verified by the previous secret'),
          }),
        ]),
        right: each((webhook, named) => [
          webhook.metricSecretAge({ label: named('seconds since the secrets were read') }),
        ]),
      }),
      [
        // Rules may be made after the dashboard.
        new LateGraph('Is anything stuck?', () =>
          each((webhook, named) => [
            webhook.deadLetterQueue.metricApproximateNumberOfMessagesVisible({
              statistic: 'Maximum',
              label: named('dead letters'),
            }),
            ...parkedMessages(webhook.parkingQueue, named),
            ...webhook.rules.map((rule) =>
              webhook.metricNotDeadLettered(rule, { label: `${named(rule.node.id)}: no queue took it` }),
            ),
          ]),
        ),
      ],
    ],
  });
}

const SIZE = { width: 24, height: 6 };

function row(title: string, metrics: Pick<GraphWidgetProps, 'left' | 'right'>): IWidget[] {
  return [new GraphWidget({ title, ...SIZE, ...metrics })];
}

function parkedMessages(queue: ParkingQueue | undefined, named: (what: string) => string): IMetric[] {
  if (!queue) return [];
  const statistic = 'Maximum';
  return [
    queue.metricApproximateNumberOfMessagesVisible({ statistic, label: named('parked, waiting') }),
    queue.metricApproximateNumberOfMessagesNotVisible({ statistic, label: named('parked, being handled') }),
  ];
}

/** A graph whose metrics are asked for at synthesis. */
class LateGraph extends ConcreteWidget {
  constructor(
    private readonly title: string,
    private readonly metrics: () => IMetric[],
  ) {
    super(SIZE.width, SIZE.height);
  }

  toJson(): unknown[] {
    const graph = new GraphWidget({ title: this.title, ...SIZE, left: this.metrics() });
    graph.position(this.x ?? 0, this.y ?? 0);
    return graph.toJson();
  }
}
