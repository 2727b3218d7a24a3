/** What a captured request presents to be verified, read as the function reads it. */

import { SCHEMES, type Scheme } from '../contract/schemes.ts';
import type { CapturedRequest } from './captured-request.ts';
import { jsonObject } from './json.ts';
import { formVariants, type Variant } from './variants.ts';

export interface Presented {
  /** The bytes that are due to be signed. */
  message: Buffer;
  /** What this scheme's senders may have signed instead. */
  variants: Variant<string | Buffer>[];
  signatures: Signature[];
}

export interface Signature {
  /** The field or header that it came in. */
  where: string;
  value: string;
}

/** The parts of a signed request, or a sentence on what it lacks. */
export function present(request: CapturedRequest, scheme: Scheme): Presented | string {
  const { header, body } = SCHEMES[scheme];
  const inHeader = signature(`the header ${header}`, request.headers[header]);
  if (inHeader[0]?.value.includes(',')) return `the header ${header} came more than once: send it once`;
  if (body === 'form') return presentForm(request.body, inHeader);
  if (inHeader.length === 0) return `the header ${header} is missing or empty`;
  return { message: request.body, variants: [], signatures: inHeader };
}

function presentForm(bytes: Buffer, inHeader: Signature[]): Presented | string {
  const sent = bytes.toString('latin1');
  // Escaped first: a character may come half raw, half escaped.
  const fields = new URLSearchParams(sent.replace(/[\x80-\xff]/g, (byte) => `%${hex(byte)}`));
  const webhook = fields.get('webhook');
  for (const name of ['webhook', 'signature']) {
    if (fields.getAll(name).length > 1) return `the form gives ${name} twice`;
  }
  if (!webhook && jsonObject(bytes.toString()))
    return 'the body is JSON, where a form with the field webhook is due';
  if (!webhook) return 'the form field webhook is missing or empty';
  const signatures = [...signature('the field signature', fields.get('signature')), ...inHeader];
  if (signatures.length === 0) return 'there is no signature, neither in the field signature nor in a header';
  return { message: Buffer.from(webhook), variants: formVariants(bytes, webhook), signatures };
}

function hex(byte: string): string {
  return byte.charCodeAt(0).toString(16);
}

function signature(where: string, value?: string | null): Signature[] {
  return value ? [{ where, value }] : [];
}
