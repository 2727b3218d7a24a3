/** A sender's view of the deployed stack, and the function's log of it. The whole table is in `tests/function`. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { forbid } from '../support/test-logs.ts';
import { form, send } from './deployment.ts';

test('a signed webhook is answered with 200 and leaves one log line, without its payload', async () => {
  const since = Date.now();
  const conversation = { id: randomUUID(), type: 'voice', participant: `marker-${randomUUID()}` };
  forbid(conversation.participant);
  const answer = await send(form, JSON.stringify({ eventType: 'conversation:created', conversation }));
  assert.deepEqual([answer.status, answer.body], [200, '{"status":"success"}']);
  assert.equal(answer.headers.get('content-type'), 'application/json');

  const line = await form.logged({ conversation_id: conversation.id }, since);
  assert.equal(line.outcome, 'accepted');
  assert.equal(line.level, 'INFO');
  assert.equal(line.event_type, 'conversation:created');
  assert.equal(line.event_kind, 'conversation_created');
  assert.equal(line.conversation_type, 'voice');
  assert.equal(line.secret_stage, 'AWSCURRENT');
  const lines = (await form.logLines(since)).filter((text) => text.includes(conversation.id));
  assert.equal(lines.length, 1);
});

test('a forged webhook is answered with 401 and leaves a log line with the reason', async () => {
  const since = Date.now();
  const answer = await send(form, '{"eventType":"conversation:created"}', randomUUID());
  assert.deepEqual([answer.status, answer.body], [401, '{"error":"Unauthorized"}']);
  const line = await form.logged({ outcome: 'unauthorized' }, since);
  assert.equal(line.level, 'WARN');
  assert.equal(line.reason, 'signature_mismatch');
  assert.equal(line.source_ip, '127.0.0.1');
});

test('the function answers every other method with 405, the gateway every other path with 404', async () => {
  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
    const answer = await fetch(form.url, { method });
    assert.equal(answer.status, 405);
    assert.equal(answer.headers.get('allow'), 'POST');
    assert.equal(await answer.text(), '{"error":"Method Not Allowed"}');
  }
  const elsewhere = await fetch(new URL('elsewhere', form.url), { method: 'POST' });
  assert.deepEqual([elsewhere.status, await elsewhere.json()], [404, { message: 'Not Found' }]);
});
