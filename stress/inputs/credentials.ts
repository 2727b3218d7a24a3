/** Signatures and tokens that are wrong, or right and written otherwise. */
import { formBody, hmacSha256, signWebhook } from '../../cli/signing.ts';
import { SCHEMES } from '../../contract/schemes.ts';
import { httpApiEvent } from '../../tests/support/http-api-event.ts';
import { formEvent, type Input, SECRET, TAG } from './input.ts';

const mac = hmacSha256(SECRET, '{}');
const base64 = mac.toString('base64');

const ODD_HEX = [
  TAG.slice(1),
  `${TAG}0`,
  TAG.repeat(100),
  `${TAG.slice(1)}g`,
  `0x${TAG.slice(2)}`,
  ` ${TAG}`,
  `sha256=${TAG}`,
  '\0'.repeat(64),
  '٣'.repeat(64),
];
const GUESSED_SECRETS = ['', ' ', 'secret', 'undefined', 'null', SECRET.slice(1), `${SECRET}\n`];
const ODD_BASE64 = [
  '',
  base64,
  `SHA256=${base64}`,
  `sha1=${base64}`,
  `sha256=${mac.toString('hex')}`,
  `sha256=${base64.replaceAll('=', '')}`,
  `sha256= ${base64}`,
  `sha256=${base64}=`,
  `sha256=${base64},sha256=${base64}`,
  'sha256=',
];
const ODD_TOKENS = [
  '',
  SECRET.slice(0, -1),
  `${SECRET}x`,
  SECRET.toUpperCase(),
  `Bearer ${SECRET}`,
  `${SECRET},${SECRET}`,
  'é'.repeat(40),
  'x'.repeat(8_192),
];

export const CREDENTIALS: readonly Input[] = [
  {
    kind: 'a signature of another length or alphabet',
    answers: [401],
    make: (random) => formEvent(formBody('{}', random.pick(ODD_HEX))),
  },
  {
    kind: 'a random signature',
    answers: [401],
    make: (random) => formEvent(formBody('{}', random.bytes(32).toString('hex'))),
  },
  {
    kind: 'a signature by a guessed secret',
    answers: [401],
    make: (random) => httpApiEvent(signWebhook('form', '{}', random.pick(GUESSED_SECRETS))),
  },
  {
    kind: 'a right signature in another place',
    answers: [401],
    make: () => formEvent(formBody('{}', mac.toString('hex')), { headers: { [SCHEMES.form.header]: TAG } }),
  },
  {
    kind: 'an open-messaging signature written otherwise',
    scheme: 'open-messaging',
    answers: [400, 401],
    make: (random) => json(SCHEMES['open-messaging'].header, random.pick(ODD_BASE64)),
  },
  {
    kind: 'a random open-messaging signature',
    scheme: 'open-messaging',
    answers: [401],
    make: (random) => json(SCHEMES['open-messaging'].header, `sha256=${random.bytes(32).toString('base64')}`),
  },
  {
    kind: 'a request of another scheme, for open-messaging',
    scheme: 'open-messaging',
    answers: [400],
    make: (random) => httpApiEvent(signWebhook(random.pick(['form', 'static-token'] as const), '{}', SECRET)),
  },
  {
    kind: 'a request of another scheme, for static-token',
    scheme: 'static-token',
    answers: [400],
    make: (random) =>
      httpApiEvent(signWebhook(random.pick(['form', 'open-messaging'] as const), '{}', SECRET)),
  },
  {
    kind: 'a token that is nearly right',
    scheme: 'static-token',
    answers: [400, 401],
    make: (random) => json(SCHEMES['static-token'].header, random.pick(ODD_TOKENS)),
  },
];

function json(header: string, credential: string): unknown {
  return httpApiEvent({ headers: { 'content-type': 'application/json', [header]: credential }, body: '{}' });
}
