/** Bodies that are no form, or not the one that was signed. */
import { signWebhook } from '../../cli/signing.ts';
import { httpApiEvent } from '../../tests/support/http-api-event.ts';
import type { Random } from '../random.ts';
import { payload } from '../webhooks.ts';
import { formEvent, type Input, SECRET, TAG } from './input.ts';

const LARGEST = 3_584 * 1_024;

const FIELD_TWICE = [
  `webhook=1&webhook=2&signature=${TAG}`,
  `webhook=1&%77ebhook=2&signature=${TAG}`,
  `webhook=1&signature=${TAG}&signature=${TAG}`,
];
const FIELD_MISSING = [
  `signature=${TAG}`,
  `webhook=&signature=${TAG}`,
  'webhook=1',
  'webhook=1&signature=',
  'webhook',
  '&&&',
  '=',
];
const NOT_UTF_8 = ['FF', 'C0%80', 'ED%A0%80', 'F5%80%80%80', 'C3'];

const MANGLED = payload('form', 'w-1', 'é +/%');

export const BODIES: readonly Input[] = [
  {
    kind: 'no body',
    answers: [400],
    make: (random) => formEvent('', { base64: random.below(2) === 0 }),
  },
  {
    kind: 'random bytes',
    answers: [400],
    make: (random) => formEvent(random.bytes(1 + random.below(2_048))),
  },
  {
    kind: 'a signed form cut short',
    answers: [400, 401],
    make: (random) => mangled(random, () => Buffer.alloc(0), Number.POSITIVE_INFINITY),
  },
  // 200 where the field's name or its separator was not touched and the value decodes to the same.
  {
    kind: 'a signed form with a byte removed',
    payload: MANGLED,
    answers: [200, 400, 401],
    make: (random) => mangled(random, () => Buffer.alloc(0), 1),
  },
  {
    kind: 'a signed form with a byte changed',
    payload: MANGLED,
    answers: [200, 400, 401],
    make: (random) => mangled(random, () => random.bytes(1), 1),
  },
  {
    kind: 'a signed form with a byte inserted',
    payload: MANGLED,
    answers: [200, 400, 401],
    make: (random) => mangled(random, () => random.bytes(1), 0),
  },
  {
    kind: 'a signed open-messaging body with a bit changed',
    scheme: 'open-messaging',
    answers: [401],
    make: (random) => {
      const signed = signWebhook('open-messaging', payload('open-messaging', 'w-1'), SECRET);
      const at = random.below(signed.body.length);
      signed.body.writeUInt8(signed.body.readUInt8(at) ^ (1 << random.below(8)), at);
      return httpApiEvent({ ...signed, base64: true });
    },
  },
  {
    kind: 'a field given twice',
    answers: [400],
    make: (random) => formEvent(random.pick(FIELD_TWICE)),
  },
  {
    kind: 'a field missing or empty',
    answers: [400],
    make: (random) => formEvent(random.pick(FIELD_MISSING)),
  },
  {
    kind: 'a value that is not UTF-8',
    answers: [401],
    make: (random) => formEvent(`webhook=%${random.pick(NOT_UTF_8)}&signature=${TAG}`),
  },
  {
    kind: 'a thousand fields',
    share: 0.2,
    answers: [401],
    make: () => formEvent(`${'a=b&'.repeat(1_000)}webhook=1&signature=${TAG}`),
  },
  {
    kind: 'a body over 3.5 MiB',
    share: 0.02,
    answers: [413],
    make: (random) => formEvent(Buffer.alloc(LARGEST + 1 + random.below(500_000), 'a')),
  },
];

/** A signed form with so many bytes at a random place replaced. */
function mangled(random: Random, replacement: () => Buffer, length: number): unknown {
  const { body } = signWebhook('form', MANGLED, SECRET);
  const at = random.below(body.length);
  return formEvent(Buffer.concat([body.subarray(0, at), replacement(), body.subarray(at + length)]));
}
