/** `.ci/run`: what CI runs, on machines that have the arm64 toolchain's script, or lack it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import { root } from '../../dev/common/root.ts';
import { install } from '../support/fake-programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('ci', () => {
  let scratch: string;
  beforeEach(() => {
    scratch = temporaryFolder();
    install(join(scratch, 'this/.ci'), {});
    writeFileSync(join(scratch, 'this/Cargo.lock'), '');
    cpSync(join(root, '.ci/run'), join(scratch, 'this/.ci/run'));
  });

  /** Runs a checkout's `.ci/run` on a machine whose npm says in which folder and environment it was started. */
  function ci(env = {}) {
    const npm = 'echo "npm $* in $PWD: $RUNNER, $(rustc), $RUSTC, $CARGO_TARGET_DIR"';
    const bin = install(join(scratch, 'bin'), { rustc: 'echo 1.999.0', npm });
    const { status, stdout, stderr } = spawnSync('.ci/run', {
      cwd: join(scratch, 'this'),
      env: { PATH: `${bin}:${process.env.PATH}`, HOME: scratch, ...env },
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    return { tests: stdout.slice(0, stdout.lastIndexOf(', ')), target: stdout.split(', ').at(-1), stderr };
  }

  test('tests its own checkout without an arm64 toolchain, though CDPATH has another', () => {
    install(join(scratch, 'other/.ci'), {});
    const expected = `npm test in ${join(scratch, 'this')}: , 1.999.0, `;
    assert.equal(ci({ CDPATH: join(scratch, 'other') }).tests, expected);
    install(join(scratch, 'shared/tools'), { 'arm64-toolchain.sh': 'echo no network >&2; exit 1' });
    assert.equal(ci().tests, expected);
  });

  test('has the arm64 toolchain in the environment before anything asks the compiler', () => {
    const { target } = ci();
    const others = install(join(scratch, 'others'), { rustc: 'echo 1.1000.0' });
    install(join(scratch, 'shared/tools'), {
      // Makes what it says under the folder that it is given, as the real one does.
      'arm64-toolchain.sh': 'mkdir -p "$PREFIX" && cp "$(dirname "$0")/env.sh" "$PREFIX/"; echo made',
      // A variable that is not set ends a shell under `set -u`.
      'env.sh': `PATH="${others}:$PATH"; export PATH RUNNER="qemu $NOT_SET"; unset RUSTC`,
    });
    // Some programs have a PREFIX for purposes of their own.
    const made = ci({ PREFIX: join(scratch, 'elsewhere'), RUSTC: 'another' });
    assert.equal(made.tests, `npm test in ${join(scratch, 'this')}: qemu , 1.1000.0, `);
    assert.match(made.stderr, /^made$/m);
    assert.notEqual(made.target, target, 'what another compiler made is of no use');
  });
});
