/** Every scheme in one stack: a route and a secret each, one API, one bus, and no way from one into another. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { type SignedRequest, signWebhook } from '../../cli/signing.ts';
import { SCHEME_NAMES, SCHEMES } from '../../contract/schemes.ts';
import { detailTypeOf } from '../support/detail-type.ts';
import { aws, consumer, eventBridge, outputs, receivers, send, staticToken } from './deployment.ts';

/** The entry that the latest PutEvents request held. */
function published() {
  const put = eventBridge.recorded.findLast(({ operation }) => operation === 'PutEvents');
  const [entry] = JSON.parse(put?.body.toString() ?? '{}').Entries;
  return { ...entry, Detail: JSON.parse(entry.Detail) };
}

test('the schemes share one API and one bus, and have a route and a secret each', async () => {
  const urls = SCHEME_NAMES.map((name) => new URL(outputs[`${SCHEMES[name].idPart}WebhookUrl`] ?? ''));
  assert.equal(new Set(urls.map(({ host }) => host)).size, 1);
  assert.deepEqual(
    urls.map(({ pathname }) => pathname),
    SCHEME_NAMES.map((name) => SCHEMES[name].path),
  );
  const secrets = await Promise.all(receivers.map((receiver) => receiver.secret()));
  assert.equal(new Set(secrets).size, receivers.length);
  const lambda = new LambdaClient(aws.client);
  const buses = receivers.map(async ({ functionName: FunctionName }) => {
    const { Environment } = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
    return Environment?.Variables?.EVENT_BUS_NAME;
  });
  assert.equal(new Set(await Promise.all(buses)).size, 1);
});

for (const receiver of receivers) {
  test(`a webhook of the ${receiver.scheme} scheme is verified and published under its own name`, async () => {
    // No event of the example consumer's.
    const eventType = 'interaction:updated';
    const payload = { ...SCHEMES[receiver.scheme].sample(eventType, randomUUID()), text: 'é' };
    const answer = await send(receiver, JSON.stringify(payload));
    assert.deepEqual([answer.status, answer.body], [200, '{"status":"success"}']);
    const { DetailType, Detail } = published();
    assert.equal(DetailType, detailTypeOf(receiver.scheme, eventType));
    assert.equal(Detail.metadata.scheme, receiver.scheme);
    assert.deepEqual(Detail.eventBody, payload);
  });
}

test('a request that is valid for one scheme is refused on the routes of the others', async () => {
  const payload = JSON.stringify({ eventType: 'conversation:created', conversation: { id: randomUUID() } });
  for (const receiver of receivers) {
    for (const other of receivers.filter((each) => each !== receiver)) {
      const request: SignedRequest = signWebhook(other.scheme, payload, await other.secret());
      const { status } = await receiver.sendRequest(request);
      assert.ok([400, 401].includes(status), `${other.scheme} on the route of ${receiver.scheme}: ${status}`);
      // Signed as the route asks for it, but with another route's secret.
      assert.equal((await send(receiver, payload, await other.secret())).status, 401);
    }
  }
});

test("a static token's body that claims to be a conversation event does not reach the form scheme's consumer", async () => {
  const id = randomUUID();
  const payload = JSON.stringify({ eventType: 'conversation:created', conversation: { id, type: 'voice' } });
  assert.equal((await send(staticToken, payload)).status, 200);
  assert.equal(published().DetailType, 'conversation:created');
  assert.deepEqual(
    (await consumer.take(1)).filter(({ detail }) => detail.eventBody.conversation?.id === id),
    [],
  );
});
