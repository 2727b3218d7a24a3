/** Every request under `fixtures/`, through the real binary: the answer its first line names, and an event or none. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SCHEMES } from '../../cli/signing.ts';
import { FunctionUnderTest } from '../support/function-under-test.ts';
import { assertOutcome, CONTRACT } from './contract.ts';
import { fixtures, SECRETS } from './fixtures.ts';

/** Outcomes that depend on more than the request: tested where that is set up. */
const NOT_IN_A_REQUEST = [
  'forbidden_source',
  'body_too_large',
  'secret_unavailable',
  'event_too_large',
  'event_refused',
  'publish_failed',
];

for (const scheme of SCHEMES) {
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
        const before = webhook.aws.eventBridge.entries.length;
        const reply = await webhook.send(request);
        assertOutcome(reply, outcome, reason);
        assert.equal(webhook.aws.eventBridge.entries.length - before, outcome === 'accepted' ? 1 : 0);
        if (request.method === 'POST') assert.equal(reply.log.body_bytes, request.body.length);
        assert.equal(reply.log.scheme, scheme);
      });
    }
  });
}

test('every_row_of_the_contract_has_a_fixture_or_a_test_elsewhere', () => {
  const covered = new Set([...SCHEMES.flatMap(fixtures).map(({ outcome }) => outcome), ...NOT_IN_A_REQUEST]);
  assert.deepEqual([...covered].sort(), Object.keys(CONTRACT).sort());
});
