/**
 * The manifest of signature schemes: what the construct, the command line and the tests know of each.
 *
 * The function has its own (`function/src/scheme`). `tests/function/schemes.test.ts` shows that the binary agrees
 * with every row.
 */

/** An HMAC-SHA256 of the payload, as the sender writes it. */
export interface Mac {
  readonly encoding: 'hex' | 'base64';
  /** Stands before the digest. */
  readonly prefix: string;
}

interface SchemeRow {
  /** The route of an instance that names no path. */
  readonly path: string;
  /** Begins the instance's logical ids and output names. `form`, which came first, has none. */
  readonly idPart: string;
  /** The credential's header, in lower case. A form may carry the credential in its field `signature`, too. */
  readonly header: string;
  /** What the sender presents: this MAC. @default - the secret itself, and nothing covers the body */
  readonly mac?: Mac;
  /** The fewest characters that a secret may have. */
  readonly minSecretChars: number;
  /** Whether the payload is the field `webhook` of a form, or the whole body. */
  readonly body: 'form' | 'json';
  /** An event type that its senders send. */
  readonly sampleType: string;
  /** A small payload, as its senders write it. */
  sample(eventType: string, id: string): object;
}

/** By name, as `SIGNATURE_SCHEME`, the log lines and `detail.metadata.scheme` say it. */
const rows = {
  form: {
    path: '/webhook/genesys',
    idPart: '',
    header: 'x-genesys-webhook-signature',
    mac: { encoding: 'hex', prefix: '' },
    minSecretChars: 1,
    body: 'form',
    sampleType: 'conversation:created',
    sample: (eventType, id) => ({ eventType, conversation: { id, type: 'voice' } }),
  },
  'open-messaging': {
    path: '/webhook/genesys/open-messaging',
    idPart: 'OpenMessaging',
    header: 'x-hub-signature-256',
    mac: { encoding: 'base64', prefix: 'sha256=' },
    minSecretChars: 1,
    body: 'json',
    sampleType: 'Text',
    sample: (type, conversationId) => ({
      id: crypto.randomUUID(),
      channel: {
        id: crypto.randomUUID(),
        platform: 'Open',
        type: 'Private',
        time: new Date().toISOString(),
      },
      conversationId,
      type,
      direction: 'Outbound',
    }),
  },
  'static-token': {
    path: '/webhook/genesys/events',
    idPart: 'StaticToken',
    header: 'x-webhook-key',
    minSecretChars: 32,
    body: 'json',
    sampleType: 'v2.detail.events.conversation.{id}.customer.start',
    sample: (topicName, conversationId) => ({ topicName, conversationId, eventTime: Date.now() }),
  },
} satisfies Record<string, SchemeRow>;

export type Scheme = keyof typeof rows;

export const SCHEMES: Readonly<Record<Scheme, SchemeRow>> = rows;

export const SCHEME_NAMES = Object.keys(rows) as Scheme[];
