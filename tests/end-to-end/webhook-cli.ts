/** `npm run webhook` against the deployed stack, as an engineer runs it after a deploy. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SmokeResult } from '../../cli/smoke.ts';
import { execute } from '../../dev/common/command.ts';
import { root } from '../../dev/common/root.ts';
import { STACK_NAME } from '../../dev/local-aws/deploy.ts';
import { dropped } from '../support/faults.ts';
import { keepLog } from '../support/test-logs.ts';
import { aws, consumer, drained, receivers, whileEventBridge } from './deployment.ts';

/** Its exit status, and what it printed, which is a log like any other: no secret may be in it. */
async function webhook(command: string, { stack = STACK_NAME, options = [] as string[] } = {}) {
  const words = [`${root}/dev/run.mjs`, 'cli/webhook.ts', command, '--stack', stack, ...options];
  const { status, stdout, lines } = await execute(process.execPath, words, { env: aws.env });
  const text = `${lines.join('\n')}\n`;
  keepLog('webhook-cli', text);
  return { status, text, stdout: stdout.join('\n') };
}

test('smoke passes on a sound stack: every instance, and the event at the example consumer', async () => {
  while ((await consumer.take(0)).length > 0); // earlier tests' events would make it leave the queue alone
  const { status, text, stdout } = await webhook('smoke', { options: ['--json'] });
  assert.equal(status, 0, text);
  const { ok, checks, notes }: SmokeResult = JSON.parse(stdout);
  assert.ok(ok, text);
  assert.deepEqual(notes, []);
  const checked = new Set(checks.map(({ instance }) => instance));
  assert.deepEqual([...checked].sort(), receivers.map(({ scheme }) => scheme).sort());
  assert.ok(checks.map(({ got }) => got).includes('arrived'), text);
});

test('smoke fails where EventBridge cannot be reached, and doctor says what is parked until it is handled', async () => {
  await whileEventBridge(dropped, async () => {
    const smoke = await webhook('smoke');
    assert.equal(smoke.status, 1, smoke.text);
    assert.match(smoke.text, /200 parked +\d+ +FAILED/);
    const doctor = await webhook('doctor', { options: ['--scheme', 'form'] });
    assert.equal(doctor.status, 1, doctor.text);
    assert.match(doctor.text, /! 1 webhook is parked/);
  });
  await drained();
});

test('smoke says that there is no such stack', async () => {
  const { status, text } = await webhook('smoke', { stack: 'GenesysWebhook-nowhere' });
  assert.equal(status, 3);
  assert.match(text, /GenesysWebhook-nowhere/);
});

test('doctor reads a sound stack without showing its secrets', async () => {
  const { status, text } = await webhook('doctor');
  assert.equal(status, 0, text);
  for (const receiver of receivers) assert.ok(!text.includes(await receiver.secret()));
});
