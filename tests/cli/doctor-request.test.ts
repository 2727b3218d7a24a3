/** `doctor --request`: each documented cause is found in a captured request, and no secret is shown. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type CapturedRequest, parseCapturedRequest } from '../../cli/captured-request.ts';
import { diagnose } from '../../cli/diagnose.ts';
import type { SecretVersion } from '../../cli/secret.ts';
import { formBody, hmacSha256, signWebhook } from '../../cli/signing.ts';
import { SCHEME_NAMES, type Scheme } from '../../contract/schemes.ts';
import { fixtures, readFixture, SECRETS } from '../function/fixtures.ts';
import { httpApiEvent } from '../support/http-api-event.ts';
import { webhookCommand } from './webhook-command.ts';

const JSON_TEXT = '{"eventType": "conversation:created", "conversation": {"id": "café/1", "n": 1.0}}';
const OTHER = 'the-secret-before-0123456789abcdef';
const versionsOf = (value: string): SecretVersion[] => [
  { stage: 'AWSCURRENT', versionId: 'v-2', value },
  { stage: 'AWSPREVIOUS', versionId: 'v-1', value: OTHER },
];

/** A captured request, from what `signWebhook` makes. */
function captured(
  scheme: Scheme,
  payload: string,
  secret: string,
  change: Partial<CapturedRequest> = {},
): CapturedRequest {
  return { path: '/webhook/genesys', ...signWebhook(scheme, payload, secret), ...change };
}
const form = (signature: string, webhook = JSON_TEXT) =>
  captured('form', webhook, '', { body: Buffer.from(formBody(webhook, signature)) });
const hub = (signature: string, body = JSON_TEXT) =>
  captured('open-messaging', body, '', { headers: { 'x-hub-signature-256': signature } });

const [FORM, HUB, KEY] = [SECRETS.form, SECRETS['open-messaging'], SECRETS['static-token']];
const hex = (message: string, key: string | Buffer = FORM) => hmacSha256(key, message).toString('hex');
const base64 = (message: string, key = HUB) => hmacSha256(key, message).toString('base64');
const reserialised = JSON.stringify(JSON.parse(JSON_TEXT));
const python = JSON_TEXT.replace('é', '\\u00e9');
const php = reserialised.replace('é', '\\u00e9').replace('/', '\\/');

const CAUSES: [string, Scheme, CapturedRequest, RegExp][] = [
  [
    'hex where base64 is due',
    'open-messaging',
    hub(`sha256=${hex(JSON_TEXT, HUB)}`),
    /hex, where base64 is due/,
  ],
  ['base64 where hex is due', 'form', form(base64(JSON_TEXT, FORM)), /base64, where hex is due/],
  ['a missing prefix', 'open-messaging', hub(base64(JSON_TEXT)), /prefix sha256= is missing/],
  ['a prefix too many', 'form', form(`sha256=${hex(JSON_TEXT)}`), /prefix sha256= does not belong/],
  [
    'the prefix of another digest',
    'open-messaging',
    hub(`sha1=${base64(JSON_TEXT)}`),
    /prefix sha1= does not belong/,
  ],
  ['URL-safe base64', 'open-messaging', hub(`sha256=${base64Url()}`, urlSafeBody()), /URL-safe base64/],
  ['unpadded base64', 'open-messaging', hub(`sha256=${base64(JSON_TEXT).replace('=', '')}`), /padding/],
  ['SHA-1', 'form', form(createHmac('sha1', FORM).update(JSON_TEXT).digest('hex')), /HMAC-SHA1/],
  ['quotes around the signature', 'form', form(`"${hex(JSON_TEXT)}"`), /white space or quotes around/],
  ['a signature that is none', 'form', form('c2lnbmF0dXJl'), /neither hex nor base64/],
  ['JSON without its white space', 'form', form(hex(reserialised)), /written again \(without white space\)/],
  ['JSON that Python wrote', 'form', form(hex(python.replace('1.0', '1'))), /as Python does/],
  ['JSON that PHP wrote', 'form', form(hex(php)), /as PHP does/],
  [
    'JSON that was indented',
    'form',
    form(hex(JSON.stringify(JSON.parse(JSON_TEXT), null, 2))),
    /indented by 2/,
  ],
  ['JSON that a proxy wrote', 'open-messaging', hub(`sha256=${base64(reserialised)}`), /written again/],
  [
    'a newline that was signed',
    'open-messaging',
    hub(`sha256=${base64(`${JSON_TEXT}\n`)}`),
    /newline at the end was signed/,
  ],
  [
    'white space that was not signed',
    'open-messaging',
    hub(`sha256=${base64(JSON_TEXT)}`, `${JSON_TEXT}\n`),
    /white space at the ends was not signed/,
  ],
  ['Latin-1', 'form', form(hmacSha256(FORM, Buffer.from(JSON_TEXT, 'latin1')).toString('hex')), /Latin-1/],
  ['UTF-8 twice', 'form', form(hex(Buffer.from(JSON_TEXT).toString('latin1'))), /UTF-8 twice/],
  [
    'the value signed as encoded',
    'form',
    form(hex(new URLSearchParams({ webhook: JSON_TEXT }).toString().slice(8))),
    /after percent-encoding/,
  ],
  ['the whole body signed', 'form', form(hex(formBody(JSON_TEXT))), /whole (body|field)/],
  [
    'a value encoded twice',
    'form',
    form(hex(JSON_TEXT), encodeURIComponent(JSON_TEXT)),
    /percent-encoded twice/,
  ],
  [
    'bytes that are not UTF-8',
    'form',
    captured('form', '', '', {
      body: Buffer.from(
        `webhook={"a":"%FF"}&signature=${hmacSha256(FORM, Buffer.from('{"a":"\xff"}', 'latin1')).toString('hex')}`,
      ),
    }),
    /not UTF-8, and its bytes were signed/,
  ],
  [
    'an unescaped +',
    'form',
    captured('form', '', '', { body: Buffer.from(`webhook={"a":"1+1"}&signature=${hex('{"a":"1+1"}')}`) }),
    /real \+ was sent unescaped/,
  ],
  ['the previous secret', 'form', captured('form', JSON_TEXT, OTHER), /AWSPREVIOUS, version v-1/],
  ['the previous secret, re-serialised', 'form', form(hex(reserialised, OTHER)), /written again/],
  ['an empty secret', 'form', captured('form', JSON_TEXT, ''), /empty secret/],
  [
    'a newline in the sender’s copy',
    'form',
    captured('form', JSON_TEXT, `${FORM}\n`),
    /copy of the secret ends in a newline/,
  ],
  ['quotes in the sender’s copy', 'form', captured('form', JSON_TEXT, `"${FORM}"`), /in quotes/],
  [
    'a key decoded from base64',
    'form',
    form(hex(JSON_TEXT, Buffer.from(FORM, 'base64'))),
    /decodes the secret from base64/,
  ],
  ['another secret', 'form', captured('form', JSON_TEXT, 'nobody-knows-this-one'), /no known mistake/],
  [
    'a body still in base64',
    'form',
    captured('form', JSON_TEXT, FORM, {
      body: Buffer.from(signWebhook('form', JSON_TEXT, FORM).body.toString('base64')),
    }),
    /body is base64/,
  ],
  ['JSON instead of a form', 'form', captured('open-messaging', JSON_TEXT, FORM), /body is JSON/],
  [
    'another scheme’s request',
    'form',
    captured('open-messaging', JSON_TEXT, HUB),
    /header of open-messaging/,
  ],
  ['no signature', 'form', captured('form', '', '', { body: Buffer.from('webhook=%7B%7D') }), /no signature/],
  [
    'a field given twice',
    'form',
    captured('form', '', '', { body: Buffer.from('webhook=a&webhook=b') }),
    /webhook twice/,
  ],
  ['no body', 'form', captured('form', '', '', { body: Buffer.alloc(0) }), /body is empty/],
  ['another method', 'form', captured('form', JSON_TEXT, FORM, { method: 'GET' }), /method is GET/],
  [
    'a missing token',
    'static-token',
    captured('static-token', '{}', KEY, { headers: {} }),
    /missing or empty/,
  ],
  [
    'a token in another header',
    'static-token',
    captured('static-token', '{}', KEY, { headers: { authorization: `Bearer ${KEY}` } }),
    /header authorization/,
  ],
  [
    'a token with a word before it',
    'static-token',
    captured('static-token', '{}', KEY, { headers: { 'x-webhook-key': `Bearer ${KEY}` } }),
    /send the token alone/,
  ],
  [
    'a token in another case',
    'static-token',
    captured('static-token', '{}', KEY.toUpperCase()),
    /upper and lower case/,
  ],
  ['another token', 'static-token', captured('static-token', '{}', 'x'.repeat(32)), /another one/],
];

/** A payload whose signature differs in the two alphabets of base64. */
function urlSafeBody(): string {
  const bodies = [...Array(50).keys()].map((n) => `{"n":${n}}`);
  return bodies.find((body) => /[+/]/.test(base64(body))) ?? '';
}
function base64Url(): string {
  return base64(urlSafeBody()).replaceAll('+', '-').replaceAll('/', '_');
}

/** Nothing that would help a forger: not the secrets, nor what a right signature would have been. */
function assertDiscreet(output: string, request: CapturedRequest): void {
  const message = new URLSearchParams(request.body.toString()).get('webhook') ?? request.body.toString();
  for (const secret of [FORM, HUB, KEY, OTHER]) {
    assert.ok(!output.includes(secret), 'a secret is shown');
    for (const encoding of ['hex', 'base64'] as const) {
      const expected = hmacSha256(secret, message).toString(encoding);
      assert.ok(!output.includes(expected), 'an expected signature is shown');
    }
  }
}

describe('doctor --request', () => {
  for (const [cause, scheme, request, pattern] of CAUSES) {
    test(`finds ${cause}`, () => {
      const { verifies, findings } = diagnose(request, scheme, { versions: versionsOf(SECRETS[scheme]) });
      assert.match(findings.join('\n'), pattern);
      assert.equal(verifies, cause === 'the previous secret', findings.join('\n'));
      assertDiscreet(findings.join('\n'), request);
    });
  }

  for (const [what, stored, jsonKey, held] of [
    [
      'the whole JSON where a member is the secret',
      JSON.stringify({ key: FORM, other: 'x' }),
      'key',
      undefined,
    ],
    ['a member where the whole JSON is the secret', JSON.stringify({ key: FORM }), undefined, FORM],
    ['white space in the stored secret', `${FORM}\n`, undefined, FORM],
  ] as const) {
    test(`finds ${what}`, () => {
      const request = captured('form', JSON_TEXT, held ?? stored);
      const { verifies, findings } = diagnose(request, 'form', { versions: versionsOf(stored), jsonKey });
      assert.equal(verifies, false);
      assert.match(findings.join('\n'), /JSON|white space/);
      assertDiscreet(findings.join('\n'), request);
    });
  }

  for (const scheme of SCHEME_NAMES) {
    test(`says_of_every_fixture_of_${scheme}_what_the_function_says`, () => {
      for (const { name, outcome, request } of fixtures(scheme)) {
        const { verifies, findings } = diagnose(request, scheme, { versions: versionsOf(SECRETS[scheme]) });
        assert.equal(
          verifies,
          outcome === 'accepted' || outcome === 'invalid_payload',
          `${name}: ${findings}`,
        );
        assertDiscreet(findings.join('\n'), request);
      }
    });
  }

  for (const scheme of SCHEME_NAMES) {
    test(`names_the_400_of_every_invalid_payload_of_${scheme}_and_of_no_other`, () => {
      for (const { name, outcome, request } of fixtures(scheme)) {
        const { findings } = diagnose(request, scheme, { versions: versionsOf(SECRETS[scheme]) });
        const isNamed = findings.some((text) => text.includes('400 Invalid JSON payload'));
        assert.equal(isNamed, outcome === 'invalid_payload', `${name}: ${findings}`);
      }
    });
  }

  for (const [what, scheme, secret] of [
    ['a blank secret', 'form', ' '],
    ['an empty secret', 'open-messaging', ''],
    ['a token under 32 characters', 'static-token', 'x'.repeat(31)],
  ] as const) {
    test(`${what} does not verify`, () => {
      const { verifies, findings } = diagnose(captured(scheme, '{}', secret), scheme, {
        versions: [{ stage: 'AWSCURRENT', value: secret }],
      });
      assert.equal(verifies, false, findings.join('\n'));
      assert.match(findings.join('\n'), /never use/);
    });
  }

  test('names_no_prefix_that_may_be_a_secret', () => {
    for (const prefix of ['hunter2', 'sha256-and-a-long-secret']) {
      const { findings } = diagnose(form(`${prefix}=${hex(JSON_TEXT)}`), 'form', {
        versions: versionsOf(FORM),
      });
      assert.match(findings.join('\n'), /^a prefix does not belong there/);
    }
  });

  test('cuts_the_body_to_its_content_length_and_else_strips_one_newline', () => {
    const bodyOf = (head: string, rest: string) =>
      parseCapturedRequest(Buffer.from(`POST / HTTP/1.1\n${head}\n${rest}`)).body.toString();
    assert.equal(bodyOf('Content-Length: 3\n', '{}\n'), '{}\n');
    assert.equal(bodyOf('Content-Length: 3\n', '{}\n\n'), '{}\n');
    assert.equal(bodyOf('Content-Length: 2\n', '{}\n'), '{}');
    assert.equal(bodyOf('', '{}\n\n'), '{}\n');
  });

  test('an_event_of_another_shape_is_an_error_that_quotes_nothing', () => {
    for (const change of [{ body: 12345678 }, { rawPath: undefined }, { requestContext: 'x' }]) {
      const event = { ...httpApiEvent(captured('form', '{}', FORM)), ...change };
      assert.throws(() => parseCapturedRequest(Buffer.from(JSON.stringify(event))), /not an HTTP API event/);
    }
  });

  test('answers_however_deeply_a_body_is_nested', () => {
    for (const depth of [4_000, 20_000, 200_000]) {
      const nested = `{"eventType":"x","conversation":{"id":"1"},"n":${'['.repeat(depth)}${']'.repeat(depth)}}`;
      const known = { versions: versionsOf(FORM) };
      assert.ok(diagnose(captured('form', nested, FORM), 'form', known).verifies);
      const { verifies, findings } = diagnose(captured('form', nested, 'unknown'), 'form', known);
      assert.equal(verifies, false);
      assert.match(findings.join('\n'), /no known mistake/);
    }
  });

  test('reads_the_event_of_an_http_api_as_well_as_the_wire', () => {
    for (const { request } of fixtures('form').filter(({ outcome }) => outcome === 'accepted')) {
      const fromEvent = parseCapturedRequest(Buffer.from(JSON.stringify(httpApiEvent(request))));
      assert.deepEqual(fromEvent.body, request.body);
      assert.ok(diagnose(fromEvent, 'form', { versions: versionsOf(FORM) }).verifies);
    }
  });

  test('the_command_exits_with_0_where_it_verifies_and_1_where_it_does_not', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
    try {
      const file = join(folder, 'captured');
      for (const [name, status] of [
        ['conversation-created', 0],
        ['signed-over-re-serialised-json', 1],
      ] as const) {
        const { request } = readFixture('form', name);
        writeFileSync(file, JSON.stringify(httpApiEvent(request)));
        const args = ['doctor', '--request', file, '--secret-stdin'];
        const result = await webhookCommand(args, { stdin: `${FORM}\n` });
        assert.equal(result.status, status, result.output);
        assertDiscreet(result.output, request);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
