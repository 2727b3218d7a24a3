/**
 * The manifest of outcomes: what the sender gets of each, and what it is counted as.
 *
 * The function has its own (`function/src/outcome.rs`). `tests/function/contract.test.ts` shows that the binary
 * agrees with every row, and `tests/function/metrics.test.ts` that it is counted as it should be.
 */

/** The metric that counts an outcome. */
export type Count =
  /** Verified and published. */
  | 'Accepted'
  /** Not published yet, and in the parking queue until it is. */
  | 'Parked'
  /** A 4xx before anything was verified. */
  | 'Refused'
  /** A 4xx to a verified webhook: the sender does not send it again. */
  | 'Lost'
  /** A 5xx, which the sender repeats. */
  | 'Unavailable';

export interface Answer {
  readonly status: number;
  readonly body: object;
  /** Beside `content-type`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly counted: Count;
}

const serviceUnavailable = {
  status: 503,
  body: { error: 'Service Unavailable' },
  headers: { 'retry-after': '5' },
  counted: 'Unavailable',
} as const;

/** By name, as the log line says it. Reordering them changes the template: the metric filters list them in this order. */
const rows = {
  accepted: { status: 200, body: { status: 'success' }, counted: 'Accepted' },
  parked: { status: 200, body: { status: 'parked' }, counted: 'Parked' },
  method_not_allowed: {
    status: 405,
    body: { error: 'Method Not Allowed' },
    headers: { allow: 'POST' },
    counted: 'Refused',
  },
  forbidden_source: { status: 403, body: { error: 'Forbidden' }, counted: 'Refused' },
  body_too_large: { status: 413, body: { error: 'Payload Too Large' }, counted: 'Refused' },
  malformed_request: { status: 400, body: { error: 'Missing webhook or signature' }, counted: 'Refused' },
  unauthorized: { status: 401, body: { error: 'Unauthorized' }, counted: 'Refused' },
  invalid_payload: { status: 400, body: { error: 'Invalid JSON payload' }, counted: 'Lost' },
  event_too_large: { status: 413, body: { error: 'Payload Too Large' }, counted: 'Lost' },
  event_refused: { status: 400, body: { error: 'Event Refused' }, counted: 'Lost' },
  secret_unavailable: serviceUnavailable,
  publish_failed: serviceUnavailable,
  internal_error: { status: 500, body: { error: 'Internal Server Error' }, counted: 'Unavailable' },
} as const satisfies Record<string, Answer>;

export type Outcome = keyof typeof rows;

/** The outcomes that one metric counts. */
export type CountedAs<C extends Count> = {
  [O in Outcome]: (typeof rows)[O]['counted'] extends C ? O : never;
}[Outcome];

export const OUTCOMES: Readonly<Record<Outcome, Answer>> = rows;

export const OUTCOME_NAMES = Object.keys(rows) as Outcome[];

export function countedAs<C extends Count>(count: C): CountedAs<C>[] {
  return OUTCOME_NAMES.filter((name): name is CountedAs<C> => OUTCOMES[name].counted === count);
}

/** What a webhook is parked for, and what it is answered with where it cannot be parked: `cause` in the log line of `parked`. */
export const PARKING_CAUSES = [
  'secret_unavailable',
  'publish_failed',
] as const satisfies CountedAs<'Unavailable'>[];
export type ParkingCause = (typeof PARKING_CAUSES)[number];

/** The outcome of a parked webhook that could not be handled yet. It is no answer to anybody, and no metric counts it. */
export const STILL_PARKED = 'still_parked';
