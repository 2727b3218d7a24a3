/**
 * Handles each event once, however often it arrives. Put your own work into the three functions `on…`. Before you log
 * more than they do: a message's text, and the names and addresses in it, are personal data.
 */
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';

interface WebhookEvent<Type extends string, Body> {
  readonly 'detail-type': Type;
  readonly detail: {
    readonly eventBody: Body;
    readonly metadata: { readonly scheme: string; readonly dedupeKey: string };
  };
}

/** The members that are used here. The webhook verified who sent the body, and not what is in it. */
interface Text {
  readonly id?: string;
  readonly conversationId?: string;
  readonly text?: string;
}

interface Receipt {
  /** Of the message that it is about. */
  readonly id?: string;
  readonly status?: string;
  readonly isFinalReceipt?: boolean;
}

interface ConversationCreated {
  readonly conversation?: { readonly id?: string };
}

type Event =
  | WebhookEvent<'genesys.openmessaging.outbound.text', Text>
  | WebhookEvent<'genesys.openmessaging.outbound.receipt', Receipt>
  | WebhookEvent<'conversation:created', ConversationCreated>;

async function onText({ id, conversationId }: Text): Promise<void> {
  log({ handled: 'text', messageId: id, conversationId });
}

async function onReceipt({ id, status, isFinalReceipt }: Receipt): Promise<void> {
  log({ handled: 'receipt', messageId: id, status, isFinalReceipt });
}

async function onConversationCreated({ conversation }: ConversationCreated): Promise<void> {
  log({ handled: 'conversation', conversationId: conversation?.id });
}

async function handle(event: Event): Promise<void> {
  switch (event['detail-type']) {
    case 'genesys.openmessaging.outbound.text':
      return onText(event.detail.eventBody);
    case 'genesys.openmessaging.outbound.receipt':
      return onReceipt(event.detail.eventBody);
    case 'conversation:created':
      return onConversationCreated(event.detail.eventBody);
    default:
      event satisfies never;
      // A rule passes what nothing here handles: it ends in the dead-letter queue, where someone sees it.
      throw new Error('no function handles this type of event');
  }
}

function log(line: Record<string, unknown>): void {
  console.log(JSON.stringify(line));
}

export const handler = makeIdempotent(handle, {
  persistenceStore: new DynamoDBPersistenceLayer({ tableName: process.env.SEEN_TABLE ?? '' }),
  config: new IdempotencyConfig({
    // Schemes may share a key: some take it from the body alone. Without a key there is none to remember.
    eventKeyJmesPath: 'detail.metadata.dedupeKey && detail.metadata.[scheme, dedupeKey]',
    throwOnNoIdempotencyKey: true,
    // Repeats end within five minutes; a later event with an equal key may be a new one.
    expiresAfterSeconds: 300,
  }),
});
