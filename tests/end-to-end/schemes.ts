/** Every scheme in one stack: a route and a secret each, one API, one bus, and no way from one into another. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signWebhook } from '../../cli/signing.ts';
import { consumer, conversationEvent, published, receivers, send, staticToken } from './deployment.ts';

test('a request that is valid for one scheme is refused on the routes of the others', async () => {
  const { payload } = conversationEvent();
  for (const receiver of receivers) {
    assert.equal((await send(receiver, payload)).status, 200);
    assert.equal(published().Detail.metadata.scheme, receiver.scheme);
    for (const other of receivers.filter((each) => each !== receiver)) {
      const { status } = await receiver.sendRequest(signWebhook(other.scheme, payload, await other.secret()));
      assert.ok([400, 401].includes(status), `${other.scheme} on the route of ${receiver.scheme}: ${status}`);
      // Signed as the route asks for it, but with another route's secret.
      assert.equal((await send(receiver, payload, await other.secret())).status, 401);
    }
  }
});

test("a static token's body that claims to be a conversation event does not reach the form scheme's consumer", async () => {
  const { id, payload } = conversationEvent();
  assert.equal((await send(staticToken, payload)).status, 200);
  assert.equal(published().DetailType, 'conversation:created');
  const events = await consumer.take(1);
  assert.ok(events.every(({ detail }) => detail.eventBody.conversation?.id !== id));
});
