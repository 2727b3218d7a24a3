/** `dev/run.mjs` on machines that lack something. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import { root } from '../../dev/common/root.ts';
import { install } from '../support/fake-programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('run.mjs', () => {
  let clone: string;
  beforeEach(() => {
    clone = temporaryFolder();
    for (const file of ['Cargo.toml', 'package.json', 'package-lock.json', 'dev/run.mjs']) {
      cpSync(join(root, file), join(clone, file));
    }
    programs({ rustc: 'echo rustc 1.999.0', cargo: 'echo cargo 1.999.0', python3: 'echo 3.99.0' });
    symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
    writeFileSync(join(clone, 'dev/start.ts'), "console.log('started with', process.argv.slice(2).join())");
  });

  /** Puts programs on the clone's PATH. */
  const programs = (scripts: Record<string, string>) => install(join(clone, 'bin'), scripts);

  function run(args: string[], nodeOptions: string[] = []) {
    const words = [...nodeOptions, join(clone, 'dev/run.mjs'), ...args];
    const env = { PATH: join(clone, 'bin') };
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { env });
    return { status, text: `${stdout}${stderr}` };
  }
  function assertStops(said: RegExp, task = 'dev/start.ts', nodeOptions?: string[]) {
    const { status, text } = run([task], nodeOptions);
    assert.match(text, said);
    assert.equal(status, 1);
  }

  test('runs the task with its arguments where nothing is missing', () => {
    assert.deepEqual(run(['dev/start.ts', '--once']), { status: 0, text: 'started with --once\n' });
  });

  test('names all that is missing at once with the way to get it', () => {
    rmSync(join(clone, 'bin'), { recursive: true });
    assertStops(
      /Rust 1\.94\.1 or newer \(found: none and none\): install it from https:\/\/rustup\.rs\n.*Python 3\.11 or newer with venv: .*python3-venv/,
    );
  });

  test('sends Windows to WSL', () => {
    const windows = "data:text/javascript,Object.defineProperty(process, 'platform', { value: 'win32' })";
    assertStops(/on Windows, use WSL/, 'dev/start.ts', ['--import', windows]);
  });

  test('names a Rust that is too old', () => {
    programs({ rustc: "echo 'rustc 1.94.0 (4a4ef493e 2026-01-01)'" });
    assertStops(/lacks:\n.*found: 1\.999\.0 and 1\.94\.0\): run `rustup update stable`\n$/);
  });

  test('names a Python without venv', () => {
    programs({ python3: `echo "ModuleNotFoundError: No module named 'ensurepip'"; exit 1` });
    assertStops(/lacks:\n {2}- Python 3\.11/);
  });

  test('asks for no more than the task needs', () => {
    rmSync(join(clone, 'bin'), { recursive: true });
    for (const task of ['cli/webhook.ts', 'dev/synth.ts', 'dev/deploy.ts']) {
      cpSync(join(clone, 'dev/start.ts'), join(clone, task), { recursive: true });
      assert.deepEqual(run([task, '-c', 'stage=prod']), { status: 0, text: 'started with -c,stage=prod\n' });
    }
  });

  test('installs the Node packages where they differ from the lock file', () => {
    rmSync(join(clone, 'node_modules'));
    programs({ npm: 'echo npm ran: "$@"; exit 3' });
    assertStops(/npm ran: ci --ignore-scripts.*npm ci failed/s);
  });

  test('says in one line why a task fails', () => {
    writeFileSync(join(clone, 'dev/start.ts'), "throw new Error('the stack is gone');");
    assertStops(/^✗ the stack is gone\n$/);
  });

  test('names the tasks where there is no such one', () => {
    assertStops(/usage: .*start, test/, 'dev/strat.ts');
  });
});
