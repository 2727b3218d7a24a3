/** What the emulator's DynamoDB never answers. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { awsJson } from '../support/faults.ts';
import { FaultyServer } from '../support/faulty-server.ts';

test('a registration that meets another one under way is made again', async () => {
  const none = { Code: 'None' };
  const conflict = {
    __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
    CancellationReasons: [none, { Code: 'TransactionConflict' }, none],
  };
  let calls = 0;
  const dynamoDb = await new FaultyServer(async () =>
    ++calls < 3 ? awsJson(400, conflict) : awsJson(200, {}),
  ).start();
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: dynamoDb.url,
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
  });
  try {
    const { firstReceived } = await import('../../examples/lambda-consumer/first-received.ts');
    const metadata = { scheme: 'form', dedupeKey: 'k', receivedAt: '2026-01-30T12:00:00.000Z' };
    assert.equal(await firstReceived('seen', metadata), Date.parse(metadata.receivedAt));
    assert.equal(calls, 3);
  } finally {
    await dynamoDb.stop();
  }
});
