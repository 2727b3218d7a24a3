/** `.ci/run` and `.npmrc`: what CI and a fresh clone run, and what they do not. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { execute } from '../../dev/common/command.ts';
import { root } from '../../dev/common/root.ts';
import { install } from '../support/fake-programs.ts';

let scratch: string;
beforeEach(() => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), 'ci-')));
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

/** A checkout with `.ci/run` in it, and a machine whose programs are scripts. Resolves to what `npm test` printed. */
function ci({ rustc = 'echo 1.999.0', npm = 'echo "npm $* in $PWD"', env = {} } = {}) {
  mkdirSync(join(scratch, 'this/.ci'), { recursive: true });
  writeFileSync(join(scratch, 'this/Cargo.lock'), '');
  cpSync(join(root, '.ci/run'), join(scratch, 'this/.ci/run'));
  const bin = install(join(scratch, 'bin'), { rustc, npm });
  const { status, stdout, stderr } = spawnSync('.ci/run', {
    cwd: join(scratch, 'this'),
    env: { PATH: `${bin}:${process.env.PATH}`, HOME: scratch, ...env },
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('ci_runs_the_tests_of_its_own_checkout_though_CDPATH_has_another', () => {
  mkdirSync(join(scratch, 'other/.ci'), { recursive: true });
  const { stdout, stderr } = ci({ env: { CDPATH: join(scratch, 'other') } });
  assert.equal(stdout, `npm test in ${join(scratch, 'this')}\n`, stderr);
});

describe('the arm64 toolchain of the machine', () => {
  /** Makes what it says under the folder that it is given, as the real one does. */
  const script = 'mkdir -p "$PREFIX" && cp "$(dirname "$0")/env.sh" "$PREFIX/"; echo made';
  const npm = 'echo "$RUNNER, $(rustc), $RUSTC, $CARGO_TARGET_DIR"';

  test('is_made_and_in_the_environment_before_anything_asks_the_compiler', () => {
    const others = install(join(scratch, 'others'), { rustc: 'echo 1.1000.0' });
    const tools = install(join(scratch, 'shared/tools'), {
      'arm64-toolchain.sh': script,
      // A variable that is not set ends a shell under `set -u`.
      'env.sh': `PATH="${others}:$PATH"; export PATH RUNNER="qemu $NOT_SET"; unset RUSTC`,
    });
    // Some programs have a PREFIX for purposes of their own.
    const env = { PREFIX: join(scratch, 'elsewhere'), RUSTC: 'another' };
    const { status, stdout, stderr } = ci({ npm, env });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^qemu , 1\.1000\.0, , /);
    assert.match(stderr, /^made$/m);
    assert.ok(existsSync(join(scratch, '.cache/arm64-toolchain/env.sh')));
    // What another compiler made is of no use.
    rmSync(tools, { recursive: true });
    assert.notEqual(ci({ npm }).stdout.split(', ')[3], stdout.split(', ')[3]);
  });

  test('is_done_without_where_no_script_makes_it_or_the_script_fails', () => {
    for (const script of [undefined, 'echo no network >&2; exit 1']) {
      if (script) install(join(scratch, 'shared/tools'), { 'arm64-toolchain.sh': script });
      const { status, stdout, stderr } = ci({ npm });
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^, 1\.999\.0, , /);
    }
  });
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
    ['esbuild'],
  );
});
