/** What the sender sees of an outcome, and the log line that goes with it. */
import assert from 'node:assert/strict';
import { OUTCOMES, type Outcome } from '../../contract/outcomes.ts';
import type { Reply } from '../support/function-under-test.ts';

/** Status, body and headers as the manifest says, no header more, and the log line that goes with them. */
export function assertOutcome(reply: Reply, outcome: Outcome, reason?: string): void {
  const expected = OUTCOMES[outcome];
  const { log } = reply;
  assert.equal(log.outcome, outcome, `status ${reply.status}, reason ${log.reason}`);
  assert.equal(reply.status, expected.status);
  assert.equal(reply.body, JSON.stringify(expected.body));
  const headers = Object.entries(reply.headers).map(([name, value]) => [name.toLowerCase(), value]);
  assert.deepEqual(Object.fromEntries(headers), { 'content-type': 'application/json', ...expected.headers });
  assert.equal(log.status, expected.status);
  assert.equal(log.target, 'genesys_webhook::request');
  const level = expected.status < 400 ? (outcome === 'parked' ? 'WARN' : 'INFO') : undefined;
  assert.equal(log.level, level ?? (expected.status < 500 ? 'WARN' : 'ERROR'));
  if (reason) assert.equal(log.reason, reason);
  assert.equal(typeof log.reason, outcome === 'accepted' ? 'undefined' : 'string');
  assert.equal(typeof log.source_ip, expected.status === 200 ? 'undefined' : 'string');
}
