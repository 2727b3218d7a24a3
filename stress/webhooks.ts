/** Webhooks that can be told apart wherever they turn up, and forgeries of them. */
import { credentialOf, formBody, type SignedRequest, signWebhook } from '../cli/signing.ts';
import { SCHEMES, type Scheme } from '../contract/schemes.ts';

/** Stands in the payload, and so in what is published. */
export function idOf(text: string): string | undefined {
  return /\bw-\d+\b/.exec(text)?.[0];
}

export function payload(scheme: Scheme, id: string, filler = ''): string {
  const { sample, sampleType } = SCHEMES[scheme];
  return JSON.stringify({ ...sample(sampleType, id), filler });
}

/** One of three requests that somebody without the secret could send; `secret` is the right one. */
export function forge(scheme: Scheme, text: string, secret: string, way: number): SignedRequest {
  if (way === 0) return signWebhook(scheme, text, 'x'.repeat(secret.length));
  if (way === 1) return signWebhook(scheme, text, '');
  const { mac, body } = SCHEMES[scheme];
  // The credential of another webhook; a token, which is the same for all, with its last character changed.
  if (!mac) return signWebhook(scheme, text, `${secret.slice(0, -1)}~`);
  const another = payload(scheme, 'w-0');
  const forged = body === 'form' ? formBody(text, credentialOf(scheme, another, secret)) : text;
  return { ...signWebhook(scheme, another, secret), body: Buffer.from(forged) };
}
