/** `dev/run.mjs` on machines that lack something. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { root } from '../../dev/common/root.ts';

let clone: string;
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'clone-'));
  for (const file of ['Cargo.toml', 'package.json', 'package-lock.json', 'dev/run.mjs']) {
    cpSync(join(root, file), join(clone, file));
  }
  program('rustc', 'rustc 1.999.0');
  program('cargo', 'cargo 1.999.0');
  program('python3', '3.99.0');
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'));
  writeFileSync(join(clone, 'dev/start.ts'), "console.log('started with', process.argv.slice(2).join())");
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

/** A program on the clone's PATH that prints one line. */
function program(name: string, prints: string, status = 0): void {
  mkdirSync(join(clone, 'bin'), { recursive: true });
  writeFileSync(join(clone, 'bin', name), `#!/bin/sh\necho '${prints}' "$@"\nexit ${status}\n`);
  chmodSync(join(clone, 'bin', name), 0o755);
}

function run(...args: string[]) {
  return runWith([], ...args);
}

function runWith(nodeOptions: string[], ...args: string[]) {
  const env = { PATH: join(clone, 'bin') };
  const words = [...nodeOptions, join(clone, 'dev/run.mjs'), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { env });
  return { status, text: `${stdout}${stderr}` };
}

describe('run.mjs', () => {
  test('runs_the_task_with_its_arguments_where_nothing_lacks', () => {
    assert.deepEqual(run('dev/start.ts', '--once'), { status: 0, text: 'started with --once\n' });
  });

  test('names_all_that_lacks_at_once_with_the_way_to_get_it', () => {
    rmSync(join(clone, 'bin'), { recursive: true });
    const { status, text } = run('dev/start.ts');
    assert.equal(status, 1);
    assert.match(
      text,
      /Rust 1\.94\.1 or newer \(found: none and none\): install it from https:\/\/rustup\.rs/,
    );
    assert.match(text, /Python 3\.11 or newer with venv: .*python3-venv/);
  });

  test('sends_windows_to_wsl', () => {
    const windows = "data:text/javascript,Object.defineProperty(process, 'platform', { value: 'win32' })";
    const { status, text } = runWith(['--import', windows], 'dev/start.ts');
    assert.equal(status, 1);
    assert.match(text, /on Windows, use WSL/);
  });

  test('names_a_rust_that_is_too_old', () => {
    program('rustc', 'rustc 1.94.0 (4a4ef493e 2026-01-01)');
    const { status, text } = run('dev/start.ts');
    assert.equal(status, 1);
    assert.match(text, /found: 1\.999\.0 and 1\.94\.0\): run `rustup update stable`/);
    assert.doesNotMatch(text, /Python/);
  });

  test('names_a_python_without_venv', () => {
    program('python3', "ModuleNotFoundError: No module named 'ensurepip'", 1);
    assert.match(run('dev/start.ts').text, /lacks:\n {2}- Python 3\.11/);
  });

  test('asks_for_no_more_than_the_task_needs', () => {
    rmSync(join(clone, 'bin'), { recursive: true });
    for (const task of ['cli/webhook.ts', 'dev/synth.ts', 'dev/deploy.ts']) {
      cpSync(join(clone, 'dev/start.ts'), join(clone, task), { recursive: true });
      assert.deepEqual(run(task, '-c', 'stage=prod'), { status: 0, text: 'started with -c,stage=prod\n' });
    }
  });

  test('installs_the_node_packages_where_they_differ_from_the_lock_file', () => {
    rmSync(join(clone, 'node_modules'));
    program('npm', 'npm ran:', 3);
    const { status, text } = run('dev/start.ts');
    assert.equal(status, 1);
    assert.match(text, /npm ran: ci --ignore-scripts/);
    assert.match(text, /npm ci failed/);
  });

  test('a_task_that_fails_says_why_in_one_line', () => {
    writeFileSync(join(clone, 'dev/start.ts'), "throw new Error('the stack is gone');");
    assert.deepEqual(run('dev/start.ts'), { status: 1, text: '✗ the stack is gone\n' });
  });

  test('names_the_tasks_where_there_is_no_such_one', () => {
    const { status, text } = run('dev/strat.ts');
    assert.equal(status, 1);
    assert.match(text, /usage: .*start, test/);
  });
});
