import { hmacSha256, signWebhook } from '../../cli/signing.ts';
import type { Outcome } from '../../contract/outcomes.ts';
import { SCHEMES, type Scheme } from '../../contract/schemes.ts';
import { httpApiEvent } from '../../tests/support/http-api-event.ts';
import { Random } from '../random.ts';
import { payload } from '../webhooks.ts';
import { formEvent, SECRET } from './input.ts';

export type HttpApiEvent = ReturnType<typeof httpApiEvent>;

/** What is as large as it may be; of `sizes` there are many, up to the largest. */
export type Kind = 'event' | 'body' | 'payload' | 'headers' | 'sizes';

/** Requests within the limits, made of what may cost more than its size. */
export interface Shape {
  /** With the size. */
  name: string;
  kind: Kind;
  /** @default form */
  scheme?: Scheme;
  /** Each of which is right. */
  outcomes: readonly Outcome[];
  make(): HttpApiEvent[];
  /** One of the few that `npm test` has time for. */
  brief?: true;
}

/** A synchronous invocation's (AWS Lambda quotas). */
export const EVENT_BYTES = 6_291_456;
/** The most that the function reads (function/src/limits.rs). */
export const BODY_BYTES = 3_584 * 1_024;
/** EventBridge's 1 MB, but for what the function puts around a payload. */
export const PAYLOAD_BYTES = 1_024 * 1_024 - 1_024;
/** Request line and headers (API Gateway, HTTP API quotas), but for method, path and the headers of any webhook. */
export const HEADERS_BYTES = 10_240 - 512;
/** A body that is text, as the event's JSON writes it. */
export const TEXT_BYTES = EVENT_BYTES - 2_048;

const SIZES = 32;

/** Enough of them for the gaps that an allocator leaves to show. */
export function sizes(most: number): number[] {
  const random = new Random(11);
  return Array.from({ length: SIZES }, () => 1_000 + random.below(most - 1_000));
}

/** So many bytes: `part`, over and over, between two others. */
export function filled(bytes: number, before: string, part: string, after = ''): string {
  const times = Math.floor((bytes - Buffer.byteLength(before + after)) / Buffer.byteLength(part));
  return before + part.repeat(times) + after;
}

/** So many bytes: `member`, over and over, as an array or an object has it. */
export function members(bytes: number, before: string, member: string, after: string): string {
  return filled(bytes, before, `${member},`, member + after);
}

/** A webhook of 1 KB, with these headers beside its own or in their place. */
export function usual(scheme: Scheme, headers: Record<string, string> = {}): HttpApiEvent {
  const signed = signWebhook(scheme, payload(scheme, 'w-1', 'x'.repeat(1_000)), SECRET);
  return httpApiEvent({ ...signed, headers: { ...signed.headers, ...headers } });
}

/** The same with another credential. */
export function forged(scheme: Scheme, credential: string): HttpApiEvent {
  return usual(scheme, { [SCHEMES[scheme].header]: credential });
}

/** As its sender signs it; but nothing of a form is escaped, so that nearly all of its body can be payload. */
export function signed(scheme: Scheme, text: string): HttpApiEvent {
  if (scheme !== 'form') return httpApiEvent(signWebhook(scheme, text, SECRET));
  return formEvent(`webhook=${text}&signature=${hmacSha256(SECRET, text).toString('hex')}`);
}
