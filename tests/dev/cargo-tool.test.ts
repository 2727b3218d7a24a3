/** Tools that cargo installs into a shared folder: one is used only while it is what was installed. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, test } from 'node:test';
import { cargoTool } from '../../dev/common/cargo-tool.ts';

const { PATH } = process.env;
const scratch = mkdtempSync(join(tmpdir(), 'cargo-tool-'));
after(() => rmSync(scratch, { recursive: true, force: true }));
beforeEach(() => {
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(join(scratch, 'bin'), { recursive: true });
  process.env.PATH = `${join(scratch, 'bin')}:${PATH}`;
  process.env.GENESYS_WEBHOOK_TOOLS = join(scratch, 'tools');
  rustc('1.94.1');
  // Leaves a tool in the folder behind `--root`, and a line for each installation.
  program(
    'cargo',
    `echo "$@" >> ${scratch}/installations
    while [ "$1" != --root ]; do shift; done
    mkdir -p "$2/bin" && printf '#!/bin/sh\\necho cargo-x 1.2.3\\n' > "$2/bin/cargo-x" && chmod +x "$2/bin/cargo-x"`,
  );
});

function program(name: string, script: string): void {
  writeFileSync(join(scratch, 'bin', name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(scratch, 'bin', name), 0o755);
}
const rustc = (version: string) => program('rustc', `echo rustc ${version}`);
const installations = () => readFileSync(join(scratch, 'installations'), 'utf8').trim().split('\n');

describe('a tool of cargo', { concurrency: false }, () => {
  test('is_installed_once_with_its_lock_file', async () => {
    const binary = await cargoTool('cargo-x', '1.2.3');
    assert.equal(await cargoTool('cargo-x', '1.2.3'), binary);
    assert.equal(execFileSync(binary, { encoding: 'utf8' }), 'cargo-x 1.2.3\n');
    assert.equal(installations().length, 1);
    assert.match(installations()[0] ?? '', /^install cargo-x --version 1\.2\.3 --locked --root /);
  });

  test('that_was_exchanged_is_installed_anew_and_was_never_run', async () => {
    const binary = await cargoTool('cargo-x', '1.2.3');
    writeFileSync(binary, `#!/bin/sh\ntouch ${scratch}/was-run\necho cargo-x 1.2.3\n`);
    assert.equal(await cargoTool('cargo-x', '1.2.3'), binary);
    assert.throws(() => readFileSync(`${scratch}/was-run`), 'the exchanged binary ran');
    assert.doesNotMatch(readFileSync(binary, 'utf8'), /was-run/);
    assert.equal(installations().length, 2);
  });

  test('that_another_rustc_or_another_version_made_is_not_taken_for_it', async () => {
    const binary = await cargoTool('cargo-x', '1.2.3');
    appendFileSync(binary, '# another build\n');
    assert.notEqual(await cargoTool('cargo-x', '1.2.4'), binary);
    rustc('1.95.0');
    assert.notEqual(await cargoTool('cargo-x', '1.2.3'), binary);
    assert.equal(installations().length, 3);
  });

  test('that_does_not_build_leaves_nothing_behind', async () => {
    program('cargo', 'while [ "$1" != --root ]; do shift; done; mkdir -p "$2/bin"; echo no >&2; exit 101');
    await assert.rejects(cargoTool('cargo-x', '1.2.3'), /cargo install failed \(101\)/);
    assert.equal(execFileSync('ls', [join(scratch, 'tools')], { encoding: 'utf8' }), '');
  });
});
