import { hmacSha256 } from '../../cli/signing.ts';
import type { Scheme } from '../../contract/schemes.ts';
import { httpApiEvent, type TestRequest } from '../../tests/support/http-api-event.ts';
import type { Random } from '../random.ts';

export const SECRET = 'the-shared-secret-of-the-bad-input'.padEnd(64, 'x');
/** Well-formed, and of no message here. */
export const TAG = hmacSha256(SECRET, 'another message').toString('hex');

/** A kind of bad input. */
export interface Input {
  kind: string;
  /** @default form */
  scheme?: Scheme;
  /** How many of it, against the others: for what is large. @default 1 */
  share?: number;
  /** Every status that is right for it. */
  answers: readonly number[];
  /** What is published with a 200, where that is one thing only. */
  payload?: string;
  /** An event, as text or as a value. */
  make(random: Random): unknown;
}

export function formEvent(body: string | Buffer, request: TestRequest = {}): ReturnType<typeof httpApiEvent> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  return httpApiEvent({ headers, body, ...request });
}
