/** What a captured request presents to be verified, read as the function reads it. */
import { isUtf8 } from 'node:buffer';
import { type Scheme, SIGNATURE_HEADERS } from '../signing.ts';
import type { CapturedRequest } from './captured-request.ts';
import { jsonObject } from './json.ts';
import { formVariants, type Variant } from './variants.ts';

export type SignedScheme = Exclude<Scheme, 'static-token'>;

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
export function present(request: CapturedRequest, scheme: SignedScheme): Presented | string {
  const header = SIGNATURE_HEADERS[scheme];
  const inHeader = signature(`the header ${header}`, request.headers[header]);
  if (inHeader[0]?.value.includes(',')) return `the header ${header} came more than once: send it once`;
  if (scheme === 'form') return presentForm(request.body, inHeader);
  if (inHeader.length === 0) return `the header ${header} is missing or empty`;
  return { message: request.body, variants: [], signatures: inHeader };
}

function presentForm(bytes: Buffer, inHeader: Signature[]): Presented | string {
  const body = bytes.toString();
  const fields = new URLSearchParams(body);
  const webhook = fields.get('webhook');
  for (const name of ['webhook', 'signature']) {
    if (fields.getAll(name).length > 1) return `the form gives ${name} twice`;
  }
  if (!webhook && jsonObject(body)) return 'the body is JSON, where a form with the field webhook is due';
  if (!webhook) return 'the form field webhook is missing or empty';
  if (!decodesToUtf8(bytes)) return 'the form is not UTF-8';
  const signatures = [...signature('the field signature', fields.get('signature')), ...inHeader];
  if (signatures.length === 0) return 'there is no signature, neither in the field signature nor in a header';
  return { message: Buffer.from(webhook), variants: formVariants(body, webhook), signatures };
}

/** Whether a form is UTF-8 once its percent-escapes are decoded: `URLSearchParams` replaces what is not. */
function decodesToUtf8(form: Buffer): boolean {
  const decoded = form
    .toString('latin1')
    .replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return isUtf8(Buffer.from(decoded, 'latin1'));
}

function signature(where: string, value?: string | null): Signature[] {
  return value ? [{ where, value }] : [];
}
