/** Faults of the stubs that would make a suite pass wrongly. Any other fault makes the suites fail that use them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { AwsStub } from './aws-stub.ts';
import { answerLost, dropped, noFault } from './faults.ts';
import { RuntimeApi } from './runtime-api.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { findLeaks, forbid } from './test-logs.ts';

const ENTRY = { Source: 's', DetailType: 'd', Detail: '{}' };

test('the EventBridge stub refuses what EventBridge refuses, and loses answers, not events', async () => {
  const aws = await AwsStub.start();
  const { eventBridge } = aws;
  const put = async (...Entries: object[]) => {
    const headers = { 'x-amz-target': 'AWSEvents.PutEvents' };
    const body = JSON.stringify({ Entries });
    return (await (await fetch(eventBridge.url, { method: 'POST', headers, body })).json()) as object;
  };
  for (const [refused, code] of [
    [{ Detail: '[]' }, 'MalformedDetail'],
    [{ Detail: '{' }, 'MalformedDetail'],
    [{ Source: '' }, 'InvalidArgument'],
  ] as const) {
    assert.match(
      JSON.stringify(await put({ ...ENTRY, ...refused })),
      new RegExp(`"FailedEntryCount":1.*${code}`),
    );
  }
  for (const entries of [[], [{ ...ENTRY, Detail: `{"a":"${'x'.repeat(1024 * 1024)}"}` }]])
    assert.match(JSON.stringify(await put(...entries)), /ValidationException/);
  for (const [fault, taken] of [
    [dropped, 0],
    [answerLost, 1],
  ] as const) {
    eventBridge.fault = fault;
    await assert.rejects(put(ENTRY));
    assert.equal(eventBridge.entries.length, taken);
  }
  eventBridge.fault = noFault;
  assert.match(JSON.stringify(await put(ENTRY)), /"FailedEntryCount":0.*"EventId"/);
  await aws.stop();
});

for (const [protocol, spoken] of [
  ['https', 'http/1.1'],
  ['h2', 'h2'],
] as const) {
  test(`a client that offers both gets ${spoken} of a stub that speaks ${protocol}`, async () => {
    const aws = await AwsStub.start({ protocol });
    const ca = readFileSync(String(aws.env.SSL_CERT_FILE));
    const port = Number(new URL(aws.eventBridge.url).port);
    const socket = connect({ port, ca, ALPNProtocols: ['h2', 'http/1.1'] });
    await once(socket, 'secureConnect');
    assert.equal(socket.alpnProtocol, spoken);
    await aws.stop();
  });
}

test('a process that dies between an answer and its next poll fails what it would have polled for', async () => {
  const runtime = await RuntimeApi.start();
  const [host, port] = runtime.address.split(':');
  const process = connectTcp(Number(port), host);
  await once(process, 'connect');
  const outcome = runtime.invoke({});
  process.destroy();
  assert.equal((await outcome).error?.errorType, 'Runtime.ExitError');
  await runtime.stop();
});

test('a forbidden text is found in a log as itself, in JSON and in base64', () => {
  const folder = temporaryFolder();
  const [secret, unused] = ['se"cret-0123', 'another-0123'];
  writeFileSync(join(folder, 'forbidden.txt'), `${JSON.stringify(unused)}\n${JSON.stringify(secret)}\n`);
  const texts = [secret, JSON.stringify({ secret }), Buffer.from(secret).toString('base64')];
  for (const [index, text] of texts.entries()) writeFileSync(join(folder, `${index}.log`), `x${text}x`);
  const leaks = findLeaks(folder);
  assert.equal(leaks.length, 3);
  for (const leak of leaks) assert.match(leak, /line 2/);
});

test('a text that is so short that a log may hold it by accident cannot be forbidden', () => {
  assert.throws(() => forbid('seven..'), /8 characters or more/);
});
