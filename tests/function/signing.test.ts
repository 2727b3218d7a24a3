/** Our signing module against published vectors and the fixtures' fixed bytes: the function agrees with the same ones. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { hmacSha256, signWebhook } from '../../cli/signing.ts';
import { SCHEME_NAMES, SCHEMES } from '../../contract/schemes.ts';
import { FunctionUnderTest } from '../support/function-under-test.ts';
import { assertOutcome } from './contract.ts';
import { fixtures, payloadOf, SECRETS } from './fixtures.ts';

describe('signing', () => {
  test('agrees_with_rfc_4231', () => {
    const cases: [Buffer | string, Buffer | string, string][] = [
      [
        Buffer.alloc(20, 0x0b),
        'Hi There',
        'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
      ],
      [
        'Jefe',
        'what do ya want for nothing?',
        '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
      ],
      [
        Buffer.alloc(20, 0xaa),
        Buffer.alloc(50, 0xdd),
        '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
      ],
      [
        Buffer.from([...Array(25).keys()].map((n) => n + 1)),
        Buffer.alloc(50, 0xcd),
        '82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b',
      ],
      [
        Buffer.alloc(131, 0xaa),
        'Test Using Larger Than Block-Size Key - Hash Key First',
        '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
      ],
    ];
    for (const [key, message, tag] of cases) assert.equal(hmacSha256(key, message).toString('hex'), tag);
  });

  test('open_messaging_agrees_with_the_vector', () => {
    const body =
      '{"id":"c327c2078ca056db130c55ce648d9fa2","type":"Text","text":"café","direction":"Outbound"}';
    const { headers } = signWebhook('open-messaging', body, 'open-messaging-secret-0001');
    assert.equal(headers['x-hub-signature-256'], 'sha256=G8UeRoNHjd6k95TqFrxVExgStnoERWSP0UaAVMFdhqM=');
  });

  test('writes_the_same_bytes_as_the_fixtures', () => {
    for (const scheme of SCHEME_NAMES) {
      const { header } = SCHEMES[scheme];
      const same = fixtures(scheme).filter(({ request }) => {
        const signed = signWebhook(scheme, payloadOf(scheme, request), SECRETS[scheme]);
        return signed.body.equals(request.body) && signed.headers[header] === request.headers[header];
      });
      assert.ok(
        same.some(({ outcome }) => outcome === 'accepted'),
        scheme,
      );
    }
  });

  test('the_function_accepts_whatever_json_we_sign', async () => {
    const payloads = [
      '{}',
      '{"text":"a+b c%20d&e=f;g","n":1.0}',
      '{"text":"日本語 🙂 \\u00e9\\/"}',
      `{"text":"${[...Array(256).keys()]
        .slice(32)
        .map((n) => String.fromCharCode(n))
        .join('')
        .replace(/["\\]/g, '')}"}`,
      JSON.stringify({ long: 'x'.repeat(100_000) }),
    ];
    for (const scheme of SCHEME_NAMES) {
      await FunctionUnderTest.using(
        { suite: 'signing', scheme, secret: SECRETS[scheme] },
        async (webhook) => {
          for (const payload of payloads) {
            assertOutcome(await webhook.send(signWebhook(scheme, payload, SECRETS[scheme])), 'accepted');
          }
        },
      );
    }
  });

  test('a_secret_may_be_any_text', async () => {
    for (const secret of [
      'pass wörd 🙂 with spaces',
      ` ${createHash('sha512').update('x').digest('base64')}\n`,
    ]) {
      await FunctionUnderTest.using({ suite: 'signing', secret }, async (webhook) => {
        assertOutcome(await webhook.send(signWebhook('form', '{}', secret)), 'accepted');
      });
    }
  });
});
