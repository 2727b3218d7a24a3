/**
 * Every request under `fixtures/`, through the real binary: the answer its first line names, and an event or none.
 * `metrics.test.ts` meets the outcomes that depend on more than the request.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { OUTCOME_NAMES, STILL_PARKED } from '../../contract/outcomes.ts';
import { SCHEME_NAMES } from '../../contract/schemes.ts';
import { root } from '../../dev/common/root.ts';
import { FunctionUnderTest } from '../support/function-under-test.ts';
import { assertOutcome } from './contract.ts';
import { fixtures, SECRETS } from './fixtures.ts';

for (const scheme of SCHEME_NAMES) {
  describe(scheme, () => {
    let webhook: FunctionUnderTest;
    before(async () => {
      webhook = await FunctionUnderTest.start({
        suite: `contract-${scheme}`,
        scheme,
        secret: SECRETS[scheme],
      });
    });
    after(() => webhook.stop());

    for (const { name, outcome, reason, request } of fixtures(scheme)) {
      test(`${name}: ${outcome}`, async () => {
        const { calls, aws } = webhook;
        const before = aws.eventBridge.entries.length;
        const reply = await webhook.send(request);
        assertOutcome(reply, outcome, reason);
        assert.equal(aws.eventBridge.entries.length - before, outcome === 'accepted' ? 1 : 0);
        const isVerified = outcome === 'accepted' || outcome === 'invalid_payload';
        if (!isVerified && reason !== 'signature_mismatch') assert.deepEqual(webhook.calls, calls);
        if (request.method === 'POST') assert.equal(reply.log.body_bytes, request.body.length);
        assert.equal(reply.log.scheme, scheme);
      });
    }
  });
}

test('every outcome that the function can answer with stands in the manifest', () => {
  const own = readFileSync(`${root}/function/src/outcome.rs`, 'utf8').matchAll(/answer\(\s*"(\w+)"/g);
  assert.deepEqual(new Set(Array.from(own, ([, name]) => name)), new Set([...OUTCOME_NAMES, STILL_PARKED]));
});
