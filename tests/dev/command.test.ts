import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../../dev/common/root.ts';

test('a command ends with the tool that a signal ends, and so does what it started', async () => {
  const script = `import { run } from '${root}/dev/common/command.ts';
    run('sh', ['-c', 'sleep 60 & echo $!; wait'], { onLine: console.log }).catch(() => {});`;
  const tool = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    cwd: root,
  });
  const grandchild = Number((await once(tool.stdout, 'data'))[0]);
  assert.ok(process.kill(grandchild, 0), 'it runs');
  tool.kill('SIGTERM');
  assert.deepEqual(await once(tool, 'exit'), [143, null]);
  const gone = async (): Promise<void> => {
    while (process.kill(grandchild, 0)) await sleep(20);
  };
  await assert.rejects(Promise.race([gone(), sleep(2_000)]), { code: 'ESRCH' });
});
