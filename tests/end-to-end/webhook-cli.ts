/** `npm run webhook` against the deployed stack, as an engineer runs it after a deploy. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { execute } from '../../dev/common/command.ts';
import { root } from '../../dev/common/root.ts';
import { STACK_NAME } from '../../dev/local-aws/deploy.ts';
import { dropped } from '../support/faults.ts';
import { keepLog } from '../support/test-logs.ts';
import { aws, consumer, receivers, whileEventBridge } from './deployment.ts';

/** Its exit status, and what it printed, which is a log like any other: no secret may be in it. */
async function webhook(command: string, stack = STACK_NAME) {
  const words = [`${root}/dev/run.mjs`, 'cli/webhook.ts', command, '--stack', stack];
  const { status, lines } = await execute(process.execPath, words, { env: aws.env });
  const text = `${lines.join('\n')}\n`;
  keepLog('webhook-cli', text);
  return { status, text };
}

test('smoke passes on a sound stack: every instance, and the event at the example consumer', async () => {
  while ((await consumer.take(0)).length > 0); // earlier tests' events would make it leave the queue alone
  const { status, text } = await webhook('smoke');
  assert.equal(status, 0, text);
  for (const { scheme } of receivers) assert.ok(text.includes(scheme), text);
  assert.match(text, /arrived/);
  assert.match(text, /all as expected/);
});

test('smoke fails where EventBridge cannot be reached', async () => {
  const { status, text } = await whileEventBridge(dropped, () => webhook('smoke'));
  assert.equal(status, 1, text);
  assert.match(text, /503/);
});

test('smoke says that there is no such stack', async () => {
  const { status, text } = await webhook('smoke', 'GenesysWebhook-nowhere');
  assert.equal(status, 3);
  assert.match(text, /GenesysWebhook-nowhere/);
});

test('doctor reads a sound stack without showing its secrets', async () => {
  const { status, text } = await webhook('doctor');
  assert.equal(status, 0, text);
  for (const receiver of receivers) assert.ok(!text.includes(await receiver.secret()));
});
