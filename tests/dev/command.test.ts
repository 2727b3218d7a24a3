/** Commands that the tools run: what is known of their end, and that none outlives the tool. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from '../../dev/common/command.ts';
import { root } from '../../dev/common/root.ts';

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('a command', () => {
  test('resolves_to_its_standard_output_alone', async () => {
    assert.equal(await run('sh', ['-c', 'echo one; echo two >&2; echo three']), 'one\nthree');
  });

  test('that_fails_is_shown_with_its_last_lines', async () => {
    await assert.rejects(run('sh', ['-c', 'echo why >&2; exit 3']), /sh -c failed \(3\):\nwhy$/);
  });

  test('that_is_not_there_is_named', async () => {
    await assert.rejects(run('no-such-command', []), /cannot run no-such-command/);
  });

  test('ends_with_the_tool_that_a_signal_ends_and_so_does_what_it_started', async () => {
    const script = `import { run } from '${root}/dev/common/command.ts';
      run('sh', ['-c', 'sleep 60 & echo $!; wait'], { onLine: console.log }).catch(() => {});`;
    const tool = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: root,
    });
    const [line] = await once(tool.stdout, 'data');
    const grandchild = Number(line);
    assert.ok(isRunning(grandchild));
    tool.kill('SIGTERM');
    const [code] = await once(tool, 'exit');
    assert.equal(code, 143);
    for (let tries = 0; tries < 100 && isRunning(grandchild); tries += 1) await sleep(20);
    assert.ok(!isRunning(grandchild), 'the command ended with the tool');
  });
});
