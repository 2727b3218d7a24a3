import assert from 'node:assert/strict';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { execute } from '../../dev/common/command.ts';
import { root } from '../../dev/common/root.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('synth without a build needs no compiler and names the folder that it writes', async () => {
  const work = temporaryFolder();
  const output = join(work, 'out');
  const node = join(work, 'bin');
  mkdirSync(node);
  symlinkSync(process.execPath, join(node, 'node'));
  // Node alone, by whose name the CDK CLI starts the app. It makes no call to the outside.
  const env = { PATH: node, HOME: work, CDK_DISABLE_VERSION_CHECK: '1', CDK_DISABLE_CLI_TELEMETRY: 'true' };
  const args = ['dev/run.mjs', 'dev/synth.ts', '--no-build', '--output', output];
  const { status, stdout, lines } = await execute(process.execPath, args, { cwd: root, env });
  assert.equal(status, 0, lines.join('\n'));
  assert.ok(existsSync(join(output, 'GenesysWebhook.template.json')));
  assert.match(stdout.join('\n'), new RegExp(`^the template is in ${output}$`, 'm'));
});
