/** Requests within the limits, made of what may cost more than its size: separators, tiny members, escapes, nesting. */
import { hmacSha256, signWebhook } from '../cli/signing.ts';
import type { Outcome } from '../contract/outcomes.ts';
import { SCHEMES, type Scheme } from '../contract/schemes.ts';
import { httpApiEvent } from '../tests/support/http-api-event.ts';
import { Random } from './random.ts';
import { payload } from './webhooks.ts';

export type HttpApiEvent = ReturnType<typeof httpApiEvent>;

export interface Shape {
  /** With the size. */
  readonly name: string;
  readonly scheme: Scheme;
  /** Each of which is right. */
  readonly outcomes: readonly Outcome[];
  events(): HttpApiEvent[];
}

export const SECRET = 'the-shared-secret-of-the-request-shapes'.padEnd(64, 'x');
/** A synchronous invocation's (AWS Lambda quotas). */
export const EVENT_BYTES = 6_291_456;
/** The most that the function reads (function/src/limits.rs). */
export const BODY_BYTES = 3_584 * 1_024;
/** EventBridge's 1 MB, but for what the function puts around a payload. */
const PAYLOAD_BYTES = 1_024 * 1_024 - 1_024;
/** Request line and headers (API Gateway, HTTP API quotas), but for method, path and the headers of any webhook. */
const HEADERS_BYTES = 10_240 - 512;
/** A body that is text, as the event's JSON writes it. */
const TEXT_BYTES = EVENT_BYTES - 2_048;
const SIZES = 32;

const FORGED_SIGNATURE = `&signature=${hmacSha256(SECRET, 'another message').toString('hex')}`;
const FORGED = `webhook=1${FORGED_SIGNATURE}`;

/** Payloads by what they are made of. */
const MADE_OF: readonly (readonly [Scheme, string, (bytes: number) => string])[] = [
  ['form', 'letters', (bytes) => filled(bytes, '{"":"', 'x', '"}')],
  ['open-messaging', '`{"":0}` in `events`', (bytes) => members(bytes, '{"events":[', '{"":0}', ']}')],
  ['static-token', '`"":0`', (bytes) => members(bytes, '{', '"":0', '}')],
  ['form', '`"":0`', (bytes) => members(bytes, '{', '"":0', '}')],
  ['open-messaging', '`x` in `type`', (bytes) => filled(bytes, '{"type":"', 'x', '\\n"}')],
  ['form', '`"\\n":0`', (bytes) => members(bytes, '{', '"\\n":0', '}')],
  ['form', '`"":0` in `conversation`', (bytes) => members(bytes, '{"conversation":{"id":"1",', '"":0', '}}')],
  ['form', '`0` in an array', (bytes) => members(bytes, '{"":[', '0', ']}')],
  ['form', '`[` and `]`', (bytes) => nested(bytes, '[', ']')],
  ['form', '`{"":` and `}`', (bytes) => nested(bytes, '{"":', '}')],
  ['open-messaging', '`"":0`', (bytes) => members(bytes, '{', '"":0', '}')],
  ['open-messaging', '`"\\n":0`', (bytes) => members(bytes, '{', '"\\n":0', '}')],
  ['open-messaging', '`"":0` in `channel`', (bytes) => members(bytes, '{"channel":{', '"":0', '}}')],
  ['open-messaging', '`{}` in `events`', (bytes) => members(bytes, '{"events":[', '{}', ']}')],
  ['open-messaging', '`\\u0130` in `direction`', (bytes) => filled(bytes, '{"direction":"', '\\u0130', '"}')],
  ['static-token', '`\\n` in `topicName`', (bytes) => filled(bytes, '{"topicName":"', '\\n', '"}')],
];

/** These take twice their size in a request to EventBridge. */
const ESCAPED: typeof MADE_OF = [
  ['form', '`\\"`', (bytes) => filled(bytes, '{"":"', '\\"', '"}')],
  ['form', '`\\\\`', (bytes) => filled(bytes, '{"":"', '\\\\', '"}')],
  ['form', 'line feeds', (bytes) => filled(bytes, '{', '\n', '}')],
];

/** Signed, and too large for EventBridge, though not for the function. */
const SIGNED_BODIES = MADE_OF.map(([scheme, made, text]) =>
  shape(
    `3.5 MiB of ${made}, signed`,
    'event_too_large',
    () => {
      if (scheme !== 'form') return httpApiEvent(signWebhook(scheme, text(BODY_BYTES), SECRET));
      return formEvent(signedForm(text(BODY_BYTES - signedForm('').length)));
    },
    scheme,
  ),
);

/** The largest that are published, encoded as the sender does it. */
const PAYLOADS = [...MADE_OF, ...ESCAPED].map(([scheme, made, text]) =>
  shape(
    `1 MB of ${made}, signed`,
    'accepted',
    () => httpApiEvent(signWebhook(scheme, text(PAYLOAD_BYTES), SECRET)),
    scheme,
  ),
);

/** Forms that anyone can send. */
const UNSIGNED_BODIES = [
  around('a=b&'),
  inside('%22'),
  ...['a&', '&', '%61=%62&', '%77%65%62%68%6F%6F%6A=&'].map(around),
  ...['x', '+', '%', '%F0%9F%98%80', '%C3%A9%FF'].map(inside),
  ...['&', 'a&', 'a=b&', 'x'].map((field) =>
    shape(`3.5 MiB of \`${field}\``, 'malformed_request', () => formEvent(filled(BODY_BYTES, '', field))),
  ),
  shape('3.5 MiB of `%22` in two webhooks', 'malformed_request', () => {
    const half = filled((BODY_BYTES - FORGED.length) / 2, 'webhook=', '%22', '&');
    return formEvent(half + half + FORGED);
  }),
  shape('3.5 MiB of `00` in a signature', 'unauthorized', () =>
    formEvent(filled(BODY_BYTES, 'webhook=1&signature=', '00')),
  ),
  shape('3.5 MiB of `a&` as text', 'malformed_request', () => textEvent(filled(BODY_BYTES, '', 'a&'))),
  // The event's JSON escapes text: a quote takes two bytes, a control character six.
  shape('3 MB of `"` as text', 'malformed_request', () => textEvent(filled(TEXT_BYTES / 2, '', '"'))),
  shape('1 MB of `\\u0001` as text', 'malformed_request', () =>
    textEvent(filled(TEXT_BYTES / 6, '', '\u0001')),
  ),
  shape('6 MB of `x` and a quote as text', 'body_too_large', () =>
    textEvent(filled(TEXT_BYTES - 1, '', 'x', '"')),
  ),
];

/** Webhooks of 1 KB with headers of 10 KB. */
const HEADERS = [
  shape('1 KB of letters, signed', 'accepted', () => usual('form')),
  shape('10 KB of headers of two letters', 'accepted', () => usual('form', tiny(':\r\n'))),
  credential('form', 'signatures, joined', filled(HEADERS_BYTES, '', 'aa,')),
  shape('10 KB of one header of `x`', 'accepted', () =>
    usual('form', { 'x-long': filled(HEADERS_BYTES, '', 'x') }),
  ),
  shape('10 KB of one header of `"`', 'accepted', () =>
    usual('form', { 'x-long': filled(HEADERS_BYTES, '', '"') }),
  ),
  shape('10 KB of cookies', 'accepted', () => ({
    ...usual('form'),
    cookies: new Array(HEADERS_BYTES / 'a;'.length).fill('a'),
  })),
  shape('10 KB of query parameters', 'accepted', () => ({
    ...usual('form'),
    rawQueryString: Object.keys(tiny('&')).join('&'),
    queryStringParameters: tiny('&'),
  })),
  credential('form', 'one signature', filled(HEADERS_BYTES, '', 'aa')),
  credential('open-messaging', 'one signature', filled(HEADERS_BYTES, 'sha256=', 'AAAA')),
  credential('static-token', 'one token', filled(HEADERS_BYTES, '', 'x')),
];

/** Many sizes, so that the gaps that an allocator leaves show. */
const VARIED = [
  ofSizes('3.5 MiB of letters, signed', ['accepted', 'event_too_large'], BODY_BYTES, (bytes) =>
    formEvent(signedForm(filled(bytes - signedForm('').length, '{"":"', 'x', '"}'))),
  ),
  ofSizes('3.5 MiB of `%22` in a forged webhook', ['unauthorized'], BODY_BYTES, (bytes) =>
    formEvent(filled(bytes, 'webhook=', '%22', FORGED_SIGNATURE)),
  ),
  ofSizes(
    '3.5 MiB of `x` in `type`, signed',
    ['accepted', 'event_too_large'],
    BODY_BYTES,
    (bytes) => httpApiEvent(signWebhook('open-messaging', filled(bytes, '{"type":"', 'x', '\\n"}'), SECRET)),
    'open-messaging',
  ),
  ofSizes('6 MB of `x`, a quote', ['malformed_request', 'body_too_large'], TEXT_BYTES - 1, (bytes) =>
    textEvent(filled(bytes, '', 'x', '"')),
  ),
];

/** Shapes whose CPU time is told as a multiple of the first one's, which is a plain webhook of their size. */
export interface Group {
  /** How often each is sent. What is small is over too soon to be measured. */
  readonly rounds: { readonly brief: number; readonly full: number };
  readonly shapes: readonly Shape[];
}

export const GROUPS: readonly Group[] = [
  { rounds: { brief: 1, full: 12 }, shapes: SIGNED_BODIES },
  { rounds: { brief: 1, full: 12 }, shapes: [...SIGNED_BODIES.slice(0, 1), ...UNSIGNED_BODIES] },
  { rounds: { brief: 1, full: 12 }, shapes: PAYLOADS },
  { rounds: { brief: 40, full: 2_000 }, shapes: HEADERS },
  { rounds: { brief: 0, full: 6 }, shapes: VARIED },
];

/** A webhook of 1 KB, with these headers beside its own or in their place. */
export function usual(scheme: Scheme, headers: Record<string, string> = {}): HttpApiEvent {
  const signed = signWebhook(scheme, payload(scheme, 'w-1', 'x'.repeat(1_000)), SECRET);
  return httpApiEvent({ ...signed, headers: { ...signed.headers, ...headers } });
}

function shape(made: string, outcome: Outcome, event: () => HttpApiEvent, scheme: Scheme = 'form'): Shape {
  return { name: `${scheme}: ${made}`, scheme, outcomes: [outcome], events: () => [event()] };
}

function around(field: string): Shape {
  return shape(`3.5 MiB of \`${field}\` around a forged webhook`, 'unauthorized', () => {
    const half = filled((BODY_BYTES - FORGED.length - 1) / 2, '', field);
    return formEvent(`${half}${FORGED}&${half}`);
  });
}

function inside(text: string): Shape {
  return shape(`3.5 MiB of \`${text}\` in a forged webhook`, 'unauthorized', () =>
    formEvent(filled(BODY_BYTES, 'webhook=', text, FORGED_SIGNATURE)),
  );
}

function ofSizes(
  largest: string,
  outcomes: Shape['outcomes'],
  most: number,
  event: (bytes: number) => HttpApiEvent,
  scheme: Scheme = 'form',
): Shape {
  const random = new Random(11);
  const sizes = Array.from({ length: SIZES }, () => 1_000 + random.below(most - 1_000));
  return { name: `${scheme}: sizes up to ${largest}`, scheme, outcomes, events: () => sizes.map(event) };
}

function credential(scheme: Scheme, made: string, value: string): Shape {
  const headers = { [SCHEMES[scheme].header]: value };
  return shape(`10 KB of ${made}`, 'unauthorized', () => usual(scheme, headers), scheme);
}

function formEvent(body: string): HttpApiEvent {
  return httpApiEvent({ headers: { 'content-type': 'application/x-www-form-urlencoded' }, body });
}

/** The sender chooses the content type, and with it whether API Gateway encodes the body. */
function textEvent(body: string): HttpApiEvent {
  return httpApiEvent({ headers: { 'content-type': 'text/plain' }, body });
}

/** Signed, and nothing of it escaped, so that nearly all of the body can be payload. */
function signedForm(text: string): string {
  return `webhook=${text}&signature=${hmacSha256(SECRET, text).toString('hex')}`;
}

/** So many bytes: `part`, over and over, between two others. */
function filled(bytes: number, before: string, part: string, after = ''): string {
  const times = Math.floor((bytes - Buffer.byteLength(before + after)) / Buffer.byteLength(part));
  return before + part.repeat(times) + after;
}

/** So many bytes: `member`, over and over, as an array or an object has it. */
function members(bytes: number, before: string, member: string, after: string): string {
  return filled(bytes, before, `${member},`, member + after);
}

function nested(bytes: number, open: string, close: string): string {
  const depth = Math.floor((bytes - '{"":0}'.length) / (open + close).length);
  return `{"":${open.repeat(depth)}0${close.repeat(depth)}}`;
}

/** As many names of two characters without a value as there is room for, each with what separates it from the next. */
function tiny(separator: string): Record<string, string> {
  const characters = [..."abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~"];
  const names = characters.flatMap((a) => characters.map((b) => a + b));
  const number = Math.floor(HEADERS_BYTES / (2 + separator.length));
  return Object.fromEntries(names.slice(0, number).map((name) => [name, '']));
}
