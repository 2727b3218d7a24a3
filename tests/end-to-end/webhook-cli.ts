/** `npm run webhook` against the deployed stack, as an engineer runs it after a deploy. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execute } from '../../dev/common/command.ts';
import { root } from '../../dev/common/root.ts';
import { dropped } from '../support/faults.ts';
import { keepLog } from '../support/test-logs.ts';
import { aws, consumer, during, eventBridge, receivers } from './deployment.ts';

/** Its exit status, and what it printed, which is a log like any other: no secret may be in it. */
async function webhook(...args: string[]) {
  const words = [`${root}/dev/run.mjs`, 'cli/webhook.ts', ...args];
  const { status, lines } = await execute(process.execPath, words, { env: aws.env });
  const text = `${lines.join('\n')}\n`;
  keepLog('webhook-cli', text);
  return { status, text };
}

test('smoke passes on a sound stack: every instance, and the event at the example consumer', async () => {
  while ((await consumer.take(0)).length > 0); // earlier tests' events would make it leave the queue alone
  const { status, text } = await webhook('smoke', '--stack', 'GenesysWebhook');
  assert.equal(status, 0, text);
  for (const { scheme } of receivers) assert.ok(text.includes(scheme), text);
  assert.match(text, /arrived/);
  assert.match(text, /all as expected/);
});

test('smoke fails where EventBridge can not be reached', async () => {
  const { status, text } = await during(eventBridge, dropped, () =>
    webhook('smoke', '--stack', 'GenesysWebhook'),
  );
  assert.equal(status, 1, text);
  assert.match(text, /503/);
});

test('smoke says that there is no such stack', async () => {
  const { status, text } = await webhook('smoke', '--stack', 'GenesysWebhook-nowhere');
  assert.equal(status, 1);
  assert.match(text, /GenesysWebhook-nowhere/);
});

test('doctor reads a sound stack without showing its secrets', async () => {
  const { status, text } = await webhook('doctor', '--stack', 'GenesysWebhook');
  assert.equal(status, 0, text);
  for (const receiver of receivers) {
    assert.ok(!text.includes(await receiver.secret()), 'the secret is not printed');
  }
});

test('send signs for each scheme with the secret that it reads', async () => {
  for (const { scheme, url, secretArn } of receivers) {
    const { status, text } = await webhook(
      'send',
      '--url',
      url,
      '--secret-id',
      secretArn,
      '--scheme',
      scheme,
    );
    assert.equal(status, 0, text);
    assert.match(text, /200 {"status":"success"}/);
  }
});
