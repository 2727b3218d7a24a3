/** Webhooks that can be told apart wherever they turn up, and forgeries of them. */
import { formBody, hmacSha256, type Scheme, type SignedRequest, signWebhook } from '../cli/signing.ts';

/** Stands in the payload, and so in what is published. */
export function idOf(text: string): string | undefined {
  return /\bw-\d+\b/.exec(text)?.[0];
}

export function payload(scheme: Scheme, id: string, filler = ''): string {
  switch (scheme) {
    case 'form':
      return JSON.stringify({
        eventType: 'conversation:created',
        conversation: { id, type: 'call' },
        filler,
      });
    case 'open-messaging':
      return JSON.stringify({
        id,
        channel: { id: 'integration', platform: 'Open', type: 'Private', time: '2026-01-30T12:00:00.000Z' },
        type: 'Text',
        text: filler,
        direction: 'Outbound',
      });
    case 'static-token':
      return JSON.stringify({
        topicName: 'v2.detail.events.conversation.{id}.customer.start',
        conversationId: id,
        filler,
      });
  }
}

/** One of three requests that somebody without the secret could send; `secret` is the right one. */
export function forge(scheme: Scheme, text: string, secret: string, way: number): SignedRequest {
  if (way === 0) return signWebhook(scheme, text, 'x'.repeat(secret.length));
  if (way === 1) return signWebhook(scheme, text, '');
  // The credential of another webhook; a token, which is the same for all, with its last character changed.
  if (scheme === 'static-token') return signWebhook(scheme, text, `${secret.slice(0, -1)}~`);
  const another = payload(scheme, 'w-0');
  if (scheme === 'open-messaging')
    return { ...signWebhook(scheme, another, secret), body: Buffer.from(text) };
  const body = formBody(text, hmacSha256(secret, another).toString('hex'));
  return { ...signWebhook(scheme, another, secret), body: Buffer.from(body) };
}
