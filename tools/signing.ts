/** How a sender signs and encodes a webhook in each of the three schemes (README, "What Genesys sends"). */
import { createHmac } from 'node:crypto';

export const SCHEMES = ['form', 'open-messaging', 'static-token'] as const;
export type Scheme = (typeof SCHEMES)[number];

/** The headers a credential travels in; `form` may carry it in the body as well. */
export const SIGNATURE_HEADERS = {
  form: 'x-genesys-webhook-signature',
  'open-messaging': 'x-hub-signature-256',
  'static-token': 'x-webhook-key',
} as const satisfies Record<Scheme, string>;

/** A request ready to send: `body` holds the exact bytes. */
export interface SignedRequest {
  method: 'POST';
  headers: Record<string, string>;
  body: Buffer;
}

export function hmacSha256(key: string | Buffer, message: string | Buffer): Buffer {
  return createHmac('sha256', key).update(message).digest();
}

/** Signs `payload` (JSON text, signed as it stands) and lays it out as the scheme's sender does. */
export function signWebhook(scheme: Scheme, payload: string, secret: string): SignedRequest {
  const tag = hmacSha256(secret, payload);
  switch (scheme) {
    case 'form':
      return request('application/x-www-form-urlencoded', formBody(payload, tag.toString('hex')));
    case 'open-messaging':
      return request('application/json', payload, {
        [SIGNATURE_HEADERS[scheme]]: `sha256=${tag.toString('base64')}`,
      });
    case 'static-token':
      return request('application/json', payload, { [SIGNATURE_HEADERS[scheme]]: secret });
  }
}

/** The tutorial's body; `signature` left out where the header alone carries it. */
export function formBody(webhook: string, signature?: string): string {
  return new URLSearchParams({ webhook, ...(signature !== undefined && { signature }) }).toString();
}

function request(contentType: string, body: string, credential = {}): SignedRequest {
  return { method: 'POST', headers: { 'content-type': contentType, ...credential }, body: Buffer.from(body) };
}
