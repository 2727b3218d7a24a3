/** Payloads that a sender can sign. */
import { signWebhook } from '../../cli/signing.ts';
import type { Scheme } from '../../contract/schemes.ts';
import { httpApiEvent } from '../../tests/support/http-api-event.ts';
import { SECRET } from './input.ts';
import { BODY_BYTES, filled, members, PAYLOAD_BYTES, type Shape, signed, sizes } from './shape.ts';

interface Payload {
  scheme: Scheme;
  made: string;
  of(bytes: number): string;
  brief?: true;
}

/** What a form holds beside its payload. */
const FORM_BYTES = 'webhook=&signature='.length + 64;

const LETTERS = brief(payload('form', 'letters', (bytes) => filled(bytes, '{"":"', 'x', '"}')));

const TYPE = payload('open-messaging', '`x` in `type`', (bytes) => filled(bytes, '{"type":"', 'x', '\\n"}'));

const PAYLOADS: readonly Payload[] = [
  brief(payload('form', '`"":0`', (bytes) => members(bytes, '{', '"":0', '}'))),
  payload('form', '`"\\n":0`', (bytes) => members(bytes, '{', '"\\n":0', '}')),
  payload('form', '`"":0` in `conversation`', (bytes) =>
    members(bytes, '{"conversation":{"id":"1",', '"":0', '}}'),
  ),
  payload('form', '`0` in an array', (bytes) => members(bytes, '{"":[', '0', ']}')),
  payload('form', '`[` and `]`', (bytes) => nested(bytes, '[', ']')),
  payload('form', '`{"":` and `}`', (bytes) => nested(bytes, '{"":', '}')),
  payload('open-messaging', '`"":0`', (bytes) => members(bytes, '{', '"":0', '}')),
  payload('open-messaging', '`"\\n":0`', (bytes) => members(bytes, '{', '"\\n":0', '}')),
  payload('open-messaging', '`"":0` in `channel`', (bytes) => members(bytes, '{"channel":{', '"":0', '}}')),
  brief(
    payload('open-messaging', '`{"":0}` in `events`', (bytes) =>
      members(bytes, '{"events":[', '{"":0}', ']}'),
    ),
  ),
  payload('open-messaging', '`{}` in `events`', (bytes) => members(bytes, '{"events":[', '{}', ']}')),
  brief(TYPE),
  payload('open-messaging', '`\\u0130` in `direction`', (bytes) =>
    filled(bytes, '{"direction":"', '\\u0130', '"}'),
  ),
  payload('static-token', '`"":0`', (bytes) => members(bytes, '{', '"":0', '}')),
  payload('static-token', '`\\n` in `topicName`', (bytes) => filled(bytes, '{"topicName":"', '\\n', '"}')),
];

/** These take twice their size in a request to EventBridge. */
const ESCAPED: readonly Payload[] = [
  brief(payload('form', '`\\"`', (bytes) => filled(bytes, '{"":"', '\\"', '"}'))),
  payload('form', '`\\\\`', (bytes) => filled(bytes, '{"":"', '\\\\', '"}')),
  payload('form', 'line feeds', (bytes) => filled(bytes, '{', '\n', '}')),
];

export const PLAIN_BODY = tooLarge(LETTERS);
export const PLAIN_PAYLOAD = largest(LETTERS);
export const PLAIN_SIZES = ofSizes('3.5 MiB', LETTERS, BODY_BYTES);

export const SIGNED: readonly Shape[] = [
  ...PAYLOADS.map(tooLarge),
  ...[...PAYLOADS, ...ESCAPED].map(largest),
  ofSizes('1 MB', LETTERS, PAYLOAD_BYTES),
  ofSizes('3.5 MiB', TYPE, BODY_BYTES),
];

function brief(payload: Payload): Payload {
  return { ...payload, brief: true };
}

function payload(scheme: Scheme, made: string, of: Payload['of']): Payload {
  return { scheme, made, of };
}

/** For EventBridge, though not for the function. */
function tooLarge({ scheme, made, of, brief }: Payload): Shape {
  const bytes = BODY_BYTES - (scheme === 'form' ? FORM_BYTES : 0);
  return {
    name: `${scheme}: 3.5 MiB of ${made}, signed`,
    kind: 'body',
    scheme,
    outcomes: ['event_too_large'],
    make: () => [signed(scheme, of(bytes))],
    ...(brief && { brief }),
  };
}

/** Of those that are published, and encoded as the sender does it. */
function largest({ scheme, made, of, brief }: Payload): Shape {
  return {
    name: `${scheme}: 1 MB of ${made}, signed`,
    kind: 'payload',
    scheme,
    outcomes: ['accepted'],
    make: () => [httpApiEvent(signWebhook(scheme, of(PAYLOAD_BYTES), SECRET))],
    ...(brief && { brief }),
  };
}

function ofSizes(size: string, { scheme, made, of }: Payload, most: number): Shape {
  return {
    name: `${scheme}: sizes up to ${size} of ${made}, signed`,
    kind: 'sizes',
    scheme,
    outcomes: ['accepted', 'event_too_large'],
    make: () => sizes(most - FORM_BYTES).map((bytes) => signed(scheme, of(bytes))),
  };
}

function nested(bytes: number, open: string, close: string): string {
  const depth = Math.floor((bytes - '{"":0}'.length) / (open + close).length);
  return `{"":${open.repeat(depth)}0${close.repeat(depth)}}`;
}
