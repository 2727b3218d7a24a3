/** How a sender signs and encodes a webhook in each scheme (docs/genesys.md). */
import { createHmac } from 'node:crypto';
import { SCHEMES, type Scheme } from '../contract/schemes.ts';

/** A request ready to send: `body` holds the exact bytes. */
export interface SignedRequest {
  method: 'POST';
  headers: Record<string, string>;
  body: Buffer;
}

export function hmacSha256(key: string | Buffer, message: string | Buffer): Buffer {
  return createHmac('sha256', key).update(message).digest();
}

/** What a sender who knows `secret` presents with `payload`: its signature, or the token. */
export function credentialOf(scheme: Scheme, payload: string | Buffer, secret: string): string {
  const { mac } = SCHEMES[scheme];
  return mac ? mac.prefix + hmacSha256(secret, payload).toString(mac.encoding) : secret;
}

/** Signs `payload` (JSON, signed as it stands) and lays it out as the scheme's sender does. */
export function signWebhook(scheme: Scheme, payload: string | Buffer, secret: string): SignedRequest {
  const { header, body } = SCHEMES[scheme];
  const credential = credentialOf(scheme, payload, secret);
  return body === 'form'
    ? request('application/x-www-form-urlencoded', formBody(payload, credential))
    : request('application/json', payload, { [header]: credential });
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
