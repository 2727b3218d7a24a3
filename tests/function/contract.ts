/** The contract table: what the sender sees of each outcome. */
import assert from 'node:assert/strict';
import type { Reply } from '../support/function-under-test.ts';

interface Answer {
  status: number;
  body: object;
  headers?: Record<string, string>;
}

const unavailable = { status: 503, body: { error: 'Service Unavailable' }, headers: { 'retry-after': '5' } };

export const CONTRACT = {
  method_not_allowed: { status: 405, body: { error: 'Method Not Allowed' }, headers: { allow: 'POST' } },
  forbidden_source: { status: 403, body: { error: 'Forbidden' } },
  body_too_large: { status: 413, body: { error: 'Payload Too Large' } },
  malformed_request: { status: 400, body: { error: 'Missing webhook or signature' } },
  unauthorized: { status: 401, body: { error: 'Unauthorized' } },
  secret_unavailable: unavailable,
  invalid_payload: { status: 400, body: { error: 'Invalid JSON payload' } },
  event_too_large: { status: 413, body: { error: 'Payload Too Large' } },
  event_refused: { status: 400, body: { error: 'Event Refused' } },
  publish_failed: unavailable,
  accepted: { status: 200, body: { status: 'success' } },
} as const satisfies Record<string, Answer>;

export type Outcome = keyof typeof CONTRACT;

/** Status, body and headers as the table says, no header more, and the log line that goes with them. */
export function assertOutcome(reply: Reply, outcome: Outcome, reason?: string): void {
  const expected: Answer = CONTRACT[outcome];
  const { log } = reply;
  assert.equal(log.outcome, outcome, `status ${reply.status}, reason ${log.reason}`);
  assert.equal(reply.status, expected.status);
  assert.equal(reply.body, JSON.stringify(expected.body));
  const headers = Object.entries(reply.headers).map(([name, value]) => [name.toLowerCase(), value]);
  assert.deepEqual(Object.fromEntries(headers), { 'content-type': 'application/json', ...expected.headers });
  assert.equal(log.status, expected.status);
  assert.equal(log.target, 'genesys_webhook::request');
  assert.equal(log.level, expected.status < 400 ? 'INFO' : expected.status < 500 ? 'WARN' : 'ERROR');
  if (reason) assert.equal(log.reason, reason);
  assert.equal(typeof log.reason, expected.status === 200 ? 'undefined' : 'string');
  assert.equal(typeof log.source_ip, expected.status === 200 ? 'undefined' : 'string');
}
