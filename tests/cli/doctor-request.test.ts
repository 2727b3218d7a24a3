/** What `doctor --request` finds in a captured request: each documented cause, and nothing that is secret. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import { type CapturedRequest, parseCapturedRequest } from '../../cli/captured-request.ts';
import { diagnose } from '../../cli/diagnose.ts';
import type { SecretVersion } from '../../cli/secret.ts';
import { formBody, hmacSha256, signWebhook } from '../../cli/signing.ts';
import { SCHEME_NAMES, type Scheme } from '../../contract/schemes.ts';
import { fixtures, SECRETS } from '../function/fixtures.ts';
import { httpApiEvent } from '../support/http-api-event.ts';

const TEXT = '{"eventType": "conversation:created", "conversation": {"id": "café/1", "n": 1.0}}';
const OTHER = 'the-secret-before-0123456789abcdef';
const [FORM, HUB, KEY] = [SECRETS.form, SECRETS['open-messaging'], SECRETS['static-token']];
const versionsOf = (value: string): SecretVersion[] => [
  { stage: 'AWSCURRENT', versionId: 'v-2', value },
  { stage: 'AWSPREVIOUS', versionId: 'v-1', value: OTHER },
];

/** A captured request, from what `signWebhook` makes. */
function captured(scheme: Scheme, payload: string, secret: string, change: Partial<CapturedRequest> = {}) {
  return { path: '/webhook/genesys', ...signWebhook(scheme, payload, secret), ...change };
}
const withBody = (body: string | Buffer) => captured('form', '', '', { body: Buffer.from(body as string) });
const form = (signature: string, webhook = TEXT) => withBody(formBody(webhook, signature));
const formBy = (secret: string) => captured('form', TEXT, secret);
const hub = (signature: string, body = TEXT) =>
  captured('open-messaging', body, '', { headers: { 'x-hub-signature-256': signature } });
const token = (headers: Record<string, string>) => captured('static-token', '{}', '', { headers });

const hex = (message: string | Buffer, key: string | Buffer = FORM) =>
  hmacSha256(key, message).toString('hex');
const base64 = (message: string, key = HUB) => hmacSha256(key, message).toString('base64');
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const compact = JSON.stringify(JSON.parse(TEXT));
const indented = JSON.stringify(JSON.parse(TEXT), null, 2);
const python = TEXT.replace('é', '\\u00e9').replace('1.0', '1');
const php = compact.replace('é', '\\u00e9').replace('/', '\\/');
const percentEncoded = formBody(TEXT).replace('webhook=', '');
/** A payload whose signature differs in the two alphabets of base64, and that signature. */
const urlSafe =
  [...Array(50).keys()].map((n) => `{"n":${n}}`).find((body) => /[+/]/.test(base64(body))) ?? '';
const urlSafeSignature = base64(urlSafe).replaceAll('+', '-').replaceAll('/', '_');
const asJson = JSON.stringify({ key: FORM });

/** By name: the request, what is said of it, and the stored secret where it is not that of the fixtures. */
type Causes = Record<string, [request: CapturedRequest, said: RegExp, stored?: string, jsonKey?: string]>;

const CAUSES: Record<Scheme, Causes> = {
  form: {
    'base64 where hex is due': [form(base64(TEXT, FORM)), /base64, where hex is due/],
    'a prefix too many': [form(`sha256=${hex(TEXT)}`), /prefix sha256= does not belong/],
    'a prefix that may be a secret': [form(`hunter2=${hex(TEXT)}`), /^a prefix does not belong there/],
    'a prefix that ends like one': [
      form(`sha256-and-secret=${hex(TEXT)}`),
      /^a prefix does not belong there/,
    ],
    'SHA-1': [form(createHmac('sha1', FORM).update(TEXT).digest('hex')), /HMAC-SHA1/],
    'quotes around the signature': [form(`"${hex(TEXT)}"`), /white space or quotes around/],
    'a signature that is none': [form('c2lnbmF0dXJl'), /neither hex nor base64/],
    'JSON without its white space': [form(hex(compact)), /written again \(without white space\)/],
    'JSON that Python wrote': [form(hex(python)), /as Python does/],
    'JSON that PHP wrote': [form(hex(php)), /as PHP does/],
    'JSON that was indented': [form(hex(indented)), /indented by 2/],
    'Latin-1': [form(hex(latin1(TEXT))), /Latin-1/],
    'UTF-8 twice': [form(hex(Buffer.from(TEXT).toString('latin1'))), /UTF-8 twice/],
    'the value signed as encoded': [form(hex(percentEncoded)), /after percent-encoding/],
    'the whole body signed': [form(hex(formBody(TEXT))), /whole (body|field)/],
    'a value encoded twice': [form(hex(TEXT), encodeURIComponent(TEXT)), /percent-encoded twice/],
    'bytes that are not UTF-8': [
      withBody(`webhook={"a":"%FF"}&signature=${hex(latin1('{"a":"\xff"}'))}`),
      /not UTF-8, and its bytes were signed/,
    ],
    'an unescaped +': [
      withBody(`webhook={"a":"1+1"}&signature=${hex('{"a":"1+1"}')}`),
      /real \+ was sent unescaped/,
    ],
    'the previous secret': [formBy(OTHER), /AWSPREVIOUS, version v-1/],
    'the previous secret, re-serialised': [form(hex(compact, OTHER)), /written again/],
    'an empty secret': [formBy(''), /empty secret/],
    'a newline in the sender’s copy': [formBy(`${FORM}\n`), /copy of the secret ends in a newline/],
    'quotes in the sender’s copy': [formBy(`"${FORM}"`), /in quotes/],
    'a key decoded from base64': [form(hex(TEXT, Buffer.from(FORM, 'base64'))), /the secret from base64/],
    'another secret': [formBy('nobody-knows-this-one'), /no known mistake/],
    'all of the JSON as the secret': [formBy(asJson), /with the whole JSON value/, asJson, 'key'],
    'a member of the JSON as the secret': [formBy(FORM), /signs with the JSON member "key"/, asJson],
    'white space in the stored secret': [formBy(FORM), /stored secret has white space/, `${FORM}\n`],
    'a stored secret that is blank': [formBy(' '), /never use/, ' '],
    'a body still in base64': [withBody(formBy(FORM).body.toString('base64')), /body is base64/],
    'JSON instead of a form': [captured('open-messaging', TEXT, FORM), /body is JSON/],
    'another scheme’s request': [captured('open-messaging', TEXT, HUB), /header of open-messaging/],
    'no signature': [withBody('webhook=%7B%7D'), /no signature/],
    'a field given twice': [withBody('webhook=a&webhook=b'), /webhook twice/],
    'no body': [withBody(''), /body is empty/],
    'another method': [captured('form', TEXT, FORM, { method: 'GET' }), /method is GET/],
  },
  'open-messaging': {
    'hex where base64 is due': [hub(`sha256=${hex(TEXT, HUB)}`), /hex, where base64 is due/],
    'a missing prefix': [hub(base64(TEXT)), /prefix sha256= is missing/],
    'the prefix of another digest': [hub(`sha1=${base64(TEXT)}`), /prefix sha1= does not belong/],
    'URL-safe base64': [hub(`sha256=${urlSafeSignature}`, urlSafe), /URL-safe base64/],
    'unpadded base64': [hub(`sha256=${base64(TEXT).replace('=', '')}`), /padding/],
    'JSON that a proxy wrote': [hub(`sha256=${base64(compact)}`), /written again/],
    'a newline that was signed': [hub(`sha256=${base64(`${TEXT}\n`)}`), /newline at the end was signed/],
    'white space that was not signed': [
      hub(`sha256=${base64(TEXT)}`, `${TEXT}\n`),
      /white space at the ends was not signed/,
    ],
    'an empty stored secret': [captured('open-messaging', '{}', ''), /never use/, ''],
  },
  'static-token': {
    'a missing token': [token({}), /missing or empty/],
    'a token in another header': [token({ authorization: `Bearer ${KEY}` }), /header authorization/],
    'a token with a word before it': [token({ 'x-webhook-key': `Bearer ${KEY}` }), /send the token alone/],
    'a token in another case': [token({ 'x-webhook-key': KEY.toUpperCase() }), /upper and lower case/],
    'another token': [token({ 'x-webhook-key': 'x'.repeat(32) }), /another one/],
    'a token that is too short': [token({ 'x-webhook-key': 'x'.repeat(31) }), /never use/, 'x'.repeat(31)],
  },
};

/** The diagnosis, in which nothing may help a forger: no secret, nor what a right signature would have been. */
function diagnosed(request: CapturedRequest, scheme: Scheme, stored = SECRETS[scheme], jsonKey?: string) {
  const { ok, verifies, findings } = diagnose(request, scheme, { versions: versionsOf(stored), jsonKey });
  const said = findings.join('\n');
  const message = new URLSearchParams(request.body.toString()).get('webhook') ?? request.body.toString();
  for (const secret of [FORM, HUB, KEY, OTHER]) {
    for (const shown of [secret, hex(message, secret), base64(message, secret)])
      assert.ok(!said.includes(shown), 'a secret or an expected signature is shown');
  }
  return { ok, verifies, said };
}

describe('doctor --request', () => {
  for (const scheme of SCHEME_NAMES) {
    for (const [cause, [request, pattern, ...secret]] of Object.entries(CAUSES[scheme])) {
      test(`finds ${cause} (${scheme})`, () => {
        const { verifies, said } = diagnosed(request, scheme, ...secret);
        assert.match(said, pattern);
        assert.equal(verifies, cause === 'the previous secret', said);
      });
    }

    test(`says of every fixture of ${scheme} what the function says`, () => {
      for (const { name, outcome, request } of fixtures(scheme)) {
        const { ok, verifies, said } = diagnosed(request, scheme);
        assert.equal(ok, outcome === 'accepted', `${name}: ${said}`);
        assert.equal(verifies, ['accepted', 'invalid_payload'].includes(outcome), `${name}: ${said}`);
        const is400 = said.includes('400 Invalid JSON payload');
        assert.equal(is400, outcome === 'invalid_payload', `${name}: ${said}`);
      }
    });
  }

  test('answers however deeply a body is nested', () => {
    for (const depth of [4_000, 20_000, 200_000]) {
      const nested = `{"eventType":"x","conversation":{"id":"1"},"n":${'['.repeat(depth)}${']'.repeat(depth)}}`;
      assert.ok(diagnosed(captured('form', nested, FORM), 'form').verifies);
      assert.match(diagnosed(captured('form', nested, 'unknown'), 'form').said, /no known mistake/);
    }
  });
});

describe('a captured request', () => {
  test('has a body cut to its Content-Length, or else without one newline at the end', () => {
    for (const [head, rest, body] of [
      ['Content-Length: 3\n', '{}\n', '{}\n'],
      ['Content-Length: 3\n', '{}\n\n', '{}\n'],
      ['Content-Length: 2\n', '{}\n', '{}'],
      ['', '{}\n\n', '{}\n'],
    ]) {
      const file = Buffer.from(`POST / HTTP/1.1\n${head}\n${rest}`);
      assert.equal(parseCapturedRequest(file).body.toString(), body);
    }
  });

  test('may be the event of an HTTP API as well as what went over the wire', () => {
    for (const { request } of fixtures('form').filter(({ outcome }) => outcome === 'accepted')) {
      const fromEvent = parseCapturedRequest(Buffer.from(JSON.stringify(httpApiEvent(request))));
      assert.deepEqual(fromEvent.body, request.body);
      assert.ok(diagnosed(fromEvent, 'form').verifies);
    }
  });

  test('that is an event of another shape is an error', () => {
    for (const change of [{ body: 12345678 }, { rawPath: undefined }, { requestContext: 'x' }]) {
      const event = { ...httpApiEvent(formBy(FORM)), ...change };
      assert.throws(() => parseCapturedRequest(Buffer.from(JSON.stringify(event))), /not an HTTP API event/);
    }
  });
});
