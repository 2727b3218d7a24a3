import { Duration } from 'aws-cdk-lib';
import { type CfnArchive, EventBus } from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import { propError } from './prop-error.ts';

/** Where events come from, as rules see it, unless a prop says otherwise. */
export const DEFAULT_EVENT_SOURCE = 'genesys.cloud.webhook';

export interface WebhookBusProps {
  /**
   * Whether the bus keeps what was published, so that a consumer added or mended later can have it replayed.
   *
   * @default true
   */
  readonly archive?: boolean;
  /**
   * How long the archive keeps an event. Whole days, at least 1.
   *
   * @default - 14 days
   */
  readonly archiveRetention?: Duration;
}

/** The names of {@link WebhookBusProps}. They are refused beside `eventBus`, because that bus's owner sets them. */
const names: Record<keyof WebhookBusProps, true> = { archive: true, archiveRetention: true };
export const WEBHOOK_BUS_PROPS = Object.keys(names) as (keyof WebhookBusProps)[];

/** An event bus that archives the webhooks published on it. */
export class WebhookBus extends EventBus {
  constructor(scope: Construct, id: string, props: WebhookBusProps & { readonly eventSource?: string } = {}) {
    super(scope, id);
    if (props.archive === false) {
      if (props.archiveRetention) {
        throw propError('archiveRetention is set but archive is false; leave one of them out', this);
      }
      return;
    }
    const retention = props.archiveRetention ?? Duration.days(14);
    const days = retention.toDays({ integral: false });
    if (!Number.isInteger(days) || days < 1) {
      // 0 would mean for ever: CreateArchive API reference, RetentionDays.
      throw propError(`archiveRetention is ${days} days; it takes whole days, at least 1`, this);
    }
    const archive = this.archive('Archive', {
      eventPattern: { source: [props.eventSource ?? DEFAULT_EVENT_SOURCE] },
      retention,
    });
    // The CDK renders `""` where no key is given, which some Regions refuse: aws/aws-cdk#37847.
    (archive.node.defaultChild as CfnArchive).addPropertyDeletionOverride('KmsKeyIdentifier');
  }
}
