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

/** Signs `payload` (JSON, signed as it stands) and lays it out as the scheme's sender does. */
export function signWebhook(scheme: Scheme, payload: string | Buffer, secret: string): SignedRequest {
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
export function formBody(webhook: string | Buffer, signature?: string): string {
  return `webhook=${formEncoded(webhook)}${signature === undefined ? '' : `&signature=${formEncoded(signature)}`}`;
}

/** As `URLSearchParams` encodes, which takes text alone and would replace the bytes that are not UTF-8. */
function formEncoded(value: string | Buffer): string {
  return Buffer.from(value as string)
    .toString('latin1')
    .replace(/[^\w*.-]/g, (byte) => (byte === ' ' ? '+' : `%${hex(byte.charCodeAt(0))}`));
}

function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, '0');
}

function request(contentType: string, body: string | Buffer, credential = {}): SignedRequest {
  const headers = { 'content-type': contentType, ...credential };
  return { method: 'POST', headers, body: Buffer.from(body as string) };
}
