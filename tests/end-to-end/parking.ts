/** An outage of one service, from the parked webhook to the consumer: SQS and its event source mapping are the local AWS's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signWebhook } from '../../cli/signing.ts';
import { STILL_PARKED } from '../../contract/outcomes.ts';
import type { BusEvent } from '../../dev/local-aws/consumer.ts';
import { hanging, internalError, on } from '../support/faults.ts';
import {
  consumer,
  conversationEvent,
  drained,
  form,
  send,
  whileEventBridge,
  whileSecretsManager,
} from './deployment.ts';

const PARKED = [200, '{"status":"parked"}'];
const about = (id: string) => (event: BusEvent) => event.detail.eventBody?.conversation?.id === id;

test('while EventBridge does not answer, a webhook is parked in time; once it answers, the event arrives', async () => {
  const since = Date.now();
  const { id, payload } = conversationEvent();
  await whileEventBridge(on('PutEvents', hanging), async () => {
    const answer = await send(form, payload);
    assert.ok(Date.now() - since < 7_000, 'within the time that the sender waits');
    assert.deepEqual([answer.status, answer.body], PARKED);
    await form.logged({ outcome: 'parked', cause: 'publish_failed', conversation_id: id }, since);
    await form.logged({ outcome: STILL_PARKED, error_code: 'TimeoutError' }, since);
    assert.deepEqual((await consumer.take(0)).filter(about(id)), []);
  });
  const { detail } = await consumer.receive(about(id));
  const receivedAt = Date.parse(detail.metadata.receivedAt);
  assert.ok(receivedAt >= since && receivedAt < since + 5_000, 'when it arrived, not when it was handled');
  const line = await form.logged({ outcome: 'accepted', request_id: detail.metadata.CorrelationId }, since);
  assert.equal(line.parked, true);
});

test('while Secrets Manager is away, a new environment parks what is signed and what is forged, and one of them arrives', async () => {
  const since = Date.now();
  const [signed, forged] = [conversationEvent(), conversationEvent()];
  const requests = [
    signWebhook('form', signed.payload, await form.secret()),
    signWebhook('form', forged.payload, 'not the shared secret'),
  ];
  await whileSecretsManager(internalError, async () => {
    await form.configure({ NEW_ENVIRONMENT: signed.id });
    for (const request of requests) {
      const answer = await form.sendRequest(request);
      assert.deepEqual([answer.status, answer.body], PARKED);
    }
  });
  await consumer.receive(about(signed.id));
  await form.logged({ outcome: 'unauthorized', parked: true }, since);
  assert.deepEqual((await consumer.take(0)).filter(about(forged.id)), []);
  await drained();
  // One whose cold start found no secret waits out its cooldown.
  await form.configure({ NEW_ENVIRONMENT: forged.id });
});
