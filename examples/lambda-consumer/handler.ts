/**
 * Handles each event once, however often it arrives. Put your own work into the three functions `on…`. Before you log
 * more than they do: a message's text, and the names and addresses in it, are personal data.
 */
import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { firstReceived, KEPT_SECONDS, type Metadata } from './first-received.ts';

interface WebhookEvent<Type extends string, Body> {
  readonly 'detail-type': Type;
  readonly detail: { readonly eventBody: Body; readonly metadata: Metadata };
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

const tableName = process.env.SEEN_TABLE ?? '';
const config = new IdempotencyConfig({ expiresAfterSeconds: KEPT_SECONDS });

/** Powertools knows by the key whether an event is done, in progress, or failed and to be tried again. */
const handleOnce = makeIdempotent((_key: unknown[], event: Event) => handle(event), {
  persistenceStore: new DynamoDBPersistenceLayer({ tableName }),
  config,
});

export async function handler(
  event: Event,
  context: Parameters<typeof config.registerLambdaContext>[0],
): Promise<void> {
  config.registerLambdaContext(context);
  const { metadata } = event.detail;
  // Schemes may share a dedupeKey: some take it from the body alone.
  const key = [metadata.scheme, metadata.dedupeKey, await firstReceived(tableName, metadata)];
  await handleOnce(key, event);
}
