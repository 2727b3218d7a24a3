/** Consumers in stacks of their own, which know of the webhook's stack only the name of its bus. */
import { App, Stack, type StackProps } from 'aws-cdk-lib';
import { EventBus, type EventPattern, Rule } from 'aws-cdk-lib/aws-events';
import { EventBus as EventBusTarget, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { AccountPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { DEFAULT_EVENT_SOURCE, DeadLetterQueue } from 'genesys-webhook';

const webhook = { account: '111122223333', region: 'eu-central-1' };
const other = { account: '444455556666', region: 'eu-central-1' };

/** The output `EventBusName` of the webhook's stack. */
const EVENT_BUS_NAME = 'GenesysWebhookEventBus0A1B2C3D';

const conversations = {
  source: [DEFAULT_EVENT_SOURCE],
  detailType: ['conversation:created'],
  // Another scheme's event may claim the same type, and a weaker scheme is on the same bus.
  detail: { metadata: { scheme: ['form'] } },
} satisfies EventPattern;

/** The same account: a rule on the webhook's bus. */
class SameAccount extends Stack {
  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    new Rule(this, 'Conversations', {
      eventBus: EventBus.fromEventBusName(this, 'Bus', EVENT_BUS_NAME),
      eventPattern: conversations,
      targets: [queueTarget(this)],
    });
  }
}

/**
 * Another account, its part: a bus to which the webhook's account may send, and rules on it, which are its own affair.
 *
 * It might put rules on the webhook's bus instead, if that bus's policy allowed `events:PutRule` and `events:PutTargets`.
 * Such rules take no target but a bus (EventBridge user guide, "Permissions for event buses in Amazon EventBridge" and
 * "Sending events to an AWS service in another account in EventBridge").
 */
class OtherAccount extends Stack {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, props);
    // A name of our choice: the stack of the other account refers to it.
    this.bus = new EventBus(this, 'Bus', { eventBusName: 'from-genesys-webhook' });
    this.bus.addToResourcePolicy(
      new PolicyStatement({
        sid: 'GenesysWebhook',
        principals: [new AccountPrincipal(webhook.account)],
        actions: ['events:PutEvents'],
        resources: [this.bus.eventBusArn],
        conditions: { 'ForAllValues:StringEquals': { 'events:source': DEFAULT_EVENT_SOURCE } },
      }),
    );
    new Rule(this, 'Conversations', {
      eventBus: this.bus,
      // Of a forwarded event, `account` is the one that it comes from.
      eventPattern: { ...conversations, account: [webhook.account] },
      targets: [queueTarget(this)],
    });
  }
}

/**
 * Another account, the webhook's part: a rule whose target is the other bus, with a role that may put events there
 * (EventBridge user guide, "Sending and receiving events between AWS accounts in Amazon EventBridge").
 */
class ToOtherAccount extends Stack {
  constructor(scope: Construct, id: string, { bus, ...props }: StackProps & { readonly bus: EventBus }) {
    super(scope, id, props);
    new Rule(this, 'Conversations', {
      eventBus: EventBus.fromEventBusName(this, 'Bus', EVENT_BUS_NAME),
      eventPattern: conversations,
      targets: [new EventBusTarget(bus, { deadLetterQueue: new DeadLetterQueue(this, 'NotForwarded') })],
    });
  }
}

/** A queue, and beside it one for what EventBridge cannot put there. Who watches that one is yours to say. */
function queueTarget(scope: Construct): SqsQueue {
  const queue = new Queue(scope, 'Queue', { enforceSSL: true });
  return new SqsQueue(queue, { deadLetterQueue: new DeadLetterQueue(scope, 'NotDelivered') });
}

const app = new App();
new SameAccount(app, 'GenesysSameAccount', { env: webhook });
const { bus } = new OtherAccount(app, 'GenesysOtherAccount', { env: other });
new ToOtherAccount(app, 'GenesysToOtherAccount', { env: webhook, bus });
