import type { Alarm, Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { type AlarmProps, gatewayAlarms, webhookAlarms } from './alarms.ts';
import { dashboard } from './dashboard.ts';
import type { GenesysWebhook } from './genesys-webhook.ts';
import { WebhookApi } from './webhook-api.ts';

export interface MonitoringProps extends AlarmProps {
  /**
   * The instances to watch, together with those of their APIs that are {@link WebhookApi}s. Another API's answers of
   * 5xx and 429 are its owner's to watch.
   */
  readonly webhooks: readonly GenesysWebhook[];
  /**
   * Whether to make a dashboard, which is most of an idle month's price (docs/operations.md).
   *
   * @default true
   */
  readonly dashboard?: boolean;
}

/**
 * Seven alarms for each instance, two fewer where it parks nothing and one more where it rotates its secret; two for each
 * API; and one dashboard for all.
 */
export class Monitoring extends Construct {
  readonly alarms: Alarm[];
  /** @default - none */
  readonly dashboard?: Dashboard;

  constructor(scope: Construct, id: string, { webhooks, dashboard: wanted, ...props }: MonitoringProps) {
    super(scope, id);
    const apis = [...new Set(webhooks.map(({ httpApi }) => httpApi))].filter(
      (api) => api instanceof WebhookApi,
    );
    this.alarms = [
      ...apis.flatMap((api) => gatewayAlarms(new Construct(api, 'Alarms'), api, props)),
      ...webhooks.flatMap((webhook) => webhookAlarms(new Construct(webhook, 'Alarms'), webhook, props)),
    ];
    if (wanted !== false) this.dashboard = dashboard(this, webhooks, apis, this.alarms);
  }
}
