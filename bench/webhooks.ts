/** Signed webhooks of a given size, as the HTTP API hands them to the function. */
import { formBody, hmacSha256, signWebhook } from '../cli/signing.ts';
import { httpApiEvent } from '../tests/support/http-api-event.ts';

/** Sizes of the raw body, in bytes. The largest still fits a `PutEvents` entry once it is decoded. */
const BYTES = { '1 KB': 1_024, '10 KB': 10_240, '100 KB': 102_400, '1 MB': 1_048_576 } as const;
export type Size = keyof typeof BYTES;
export const SIZES = Object.keys(BYTES) as Size[];

const PARTICIPANT = {
  id: '6f1b0d5e-2c3a-4b7f-9d8e-1a2b3c4d5e6f',
  name: 'Zoë Müller',
  purpose: 'customer',
  state: 'connected',
  startTime: '2026-01-30T11:00:00.000Z',
  wrapupRequired: false,
  attributes: { queue: 'Billing / VIP', note: 'asked for a "callback" at 5 pm' },
};

const GATEWAY_HEADERS = {
  accept: '*/*',
  'user-agent': 'Genesys',
  'x-amzn-trace-id': 'Root=1-697c8f00-5759e988bd862e3fe1be46a9',
  'x-forwarded-for': '203.0.113.7',
  'x-forwarded-port': '443',
  'x-forwarded-proto': 'https',
};

/** The HTTP API's events, as JSON, of one `form` webhook of each size. */
export function webhookEvents(secret: string): Record<Size, string> {
  const entries = SIZES.map((size) => {
    const { body, headers } = signWebhook('form', payload(BYTES[size]), secret);
    const all = { ...GATEWAY_HEADERS, 'content-length': String(body.length), ...headers };
    return [size, JSON.stringify(httpApiEvent({ headers: all, body }))];
  });
  return Object.fromEntries(entries);
}

/** As many participants as fit, and padding up to the size that the raw body is to have. */
function payload(bytes: number): string {
  const json = (participants: number, padding: number) =>
    JSON.stringify({
      eventType: 'conversation:updated',
      conversation: { id: 'c0ffee00-1111-4222-8333-444455556666', type: 'voice' },
      padding: 'x'.repeat(padding),
      participants: Array(participants).fill(PARTICIPANT),
    });
  const encoded = (participants: number) =>
    formBody(json(participants, 0), hmacSha256('', '').toString('hex')).length;
  const perParticipant = encoded(3) - encoded(2);
  const participants = Math.max(0, Math.floor((bytes - encoded(0)) / perParticipant));
  return json(participants, bytes - encoded(participants));
}
