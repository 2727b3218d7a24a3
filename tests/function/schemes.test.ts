/** The manifest of schemes agrees with the real binary: names, headers, credentials and shortest secrets. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { credentialOf, formBody, signWebhook } from '../../cli/signing.ts';
import { SCHEME_NAMES, SCHEMES, type Scheme } from '../../contract/schemes.ts';
import { FunctionUnderTest, type Setup } from '../support/function-under-test.ts';
import { assertOutcome } from './contract.ts';
import { fixtures, payloadOf, SECRETS } from './fixtures.ts';

/** The secret is put later, because the logs can't be searched for one so short. */
function using(scheme: Scheme, secret: string, check: (webhook: FunctionUnderTest) => Promise<void>) {
  const prepare: Setup['prepare'] = ({ secret: stored }) => stored.put(secret);
  return FunctionUnderTest.using({ suite: 'schemes', scheme, prepare }, check);
}

for (const scheme of SCHEME_NAMES) {
  const { header, body, minSecretChars, sample, sampleType } = SCHEMES[scheme];
  const payload = JSON.stringify(sample(sampleType, 'c-1'));

  describe(scheme, () => {
    test('a credential in its header is verified by the shortest secret', () => {
      const secret = 'x'.repeat(minSecretChars);
      const { headers } = signWebhook(scheme, payload, secret);
      const inHeader = (name: string) => ({
        headers: {
          'content-type': String(headers['content-type']),
          [name]: credentialOf(scheme, payload, secret),
        },
        body: body === 'form' ? formBody(payload) : payload,
      });
      return using(scheme, secret, async (webhook) => {
        const reply = await webhook.send(inHeader(header));
        assertOutcome(reply, 'accepted');
        assert.equal(reply.log.scheme, scheme);
        assertOutcome(await webhook.send(inHeader(`${header}-2`)), 'malformed_request', 'no signature');
      });
    });

    test('`npm run webhook` signs as the fixtures are signed, byte by byte', () => {
      const same = fixtures(scheme).filter(({ request }) => {
        const signed = signWebhook(scheme, payloadOf(scheme, request), SECRETS[scheme]);
        return signed.body.equals(request.body) && signed.headers[header] === request.headers[header];
      });
      assert.ok(same.some(({ outcome }) => outcome === 'accepted'));
    });

    test('a secret of one character less is never used', () => {
      // Of two bytes each.
      const secret = 'é'.repeat(minSecretChars - 1);
      return using(scheme, secret, async (webhook) => {
        assertOutcome(await webhook.send(signWebhook(scheme, payload, secret)), 'secret_unavailable');
        const said = webhook.process.lines.join();
        assert.ok(minSecretChars === 1 || said.includes(String(minSecretChars)), 'the log names the length');
      });
    });
  });
}
