/** `.ci/run` and `.npmrc`: what CI and a fresh clone run, and what they do not. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { execute } from '../../dev/common/command.ts';
import { root } from '../../dev/common/root.ts';

let scratch: string;
beforeEach(() => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), 'ci-')));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

test('ci_runs_the_tests_of_its_own_checkout_though_CDPATH_has_another', () => {
  for (const checkout of ['this', 'other']) {
    mkdirSync(join(scratch, checkout, '.ci'), { recursive: true });
    writeFileSync(join(scratch, checkout, 'Cargo.lock'), '');
  }
  cpSync(join(root, '.ci/run'), join(scratch, 'this/.ci/run'));
  for (const [name, prints] of [
    ['rustc', '1.999.0'],
    ['npm', 'npm $* in $PWD'],
  ] as const) {
    mkdirSync(join(scratch, 'bin'), { recursive: true });
    writeFileSync(join(scratch, 'bin', name), `#!/bin/sh\necho "${prints}"\n`);
    chmodSync(join(scratch, 'bin', name), 0o755);
  }
  const env = {
    PATH: `${join(scratch, 'bin')}:${process.env.PATH}`,
    HOME: scratch,
    CDPATH: join(scratch, 'other'),
  };
  const { stdout, stderr } = spawnSync('.ci/run', { cwd: join(scratch, 'this'), env, encoding: 'utf8' });
  assert.equal(stdout, `npm test in ${join(scratch, 'this')}\n`, stderr);
});

test('npm_runs_no_install_script_of_a_package', async () => {
  const packed = join(scratch, 'package');
  mkdirSync(packed);
  const postinstall = `touch ${join(scratch, 'was-run')}`;
  writeFileSync(
    join(packed, 'package.json'),
    JSON.stringify({ name: 'x', version: '1.0.0', scripts: { postinstall } }),
  );
  const [tarball] = (await npm(scratch, 'pack', './package')).stdout.slice(-1);
  const project = join(scratch, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ dependencies: { x: `file:../${tarball}` } }));
  cpSync(join(root, '.npmrc'), join(project, '.npmrc'));
  const { status, lines } = await npm(project, 'install', '--offline', '--no-audit', '--no-fund');
  assert.equal(status, 0, lines.join('\n'));
  assert.ok(readFileSync(join(project, 'node_modules/x/package.json')));
  assert.throws(() => readFileSync(join(scratch, 'was-run')), 'the install script ran');
});

async function npm(cwd: string, ...args: string[]) {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'));
  return execute('npm', args, { cwd, env: { ...Object.fromEntries(own), HOME: scratch } });
}

test('the_packages_with_an_install_script_are_those_known_to_work_without_it', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const withScript = Object.keys(packages).filter((path) => packages[path].hasInstallScript);
  // A new one: read its script, see that all tests pass without it, and add it here.
  assert.deepEqual(
    withScript.map((path) => path.replace(/.*node_modules\//, '')),
    ['core-js-pure', 'esbuild'],
  );
});
