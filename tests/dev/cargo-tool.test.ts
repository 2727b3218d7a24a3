/** Tools that cargo installs into a shared folder: one is used only while it is what was installed. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import { cargoTool } from '../../dev/common/cargo-tool.ts';
import { install } from '../support/fake-programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const { PATH } = process.env;

describe('a tool of cargo', () => {
  let scratch: string;
  const program = (name: string, script: string) => install(join(scratch, 'bin'), { [name]: script });
  const installations = () => readFileSync(join(scratch, 'installations'), 'utf8').trim().split('\n');
  beforeEach(() => {
    scratch = temporaryFolder();
    process.env.PATH = `${join(scratch, 'bin')}:${PATH}`;
    process.env.GENESYS_WEBHOOK_TOOLS = join(scratch, 'tools');
    program('rustc', 'echo rustc 1.94.1');
    // Leaves a tool in the folder behind `--root`, and a line for each installation.
    program(
      'cargo',
      `echo "$@" >> ${scratch}/installations
      while [ "$1" != --root ]; do shift; done
      mkdir -p "$2/bin" && printf '#!/bin/sh\\necho cargo-x 1.2.3\\n' > "$2/bin/cargo-x" && chmod +x "$2/bin/cargo-x"`,
    );
  });

  test('is installed once with its lock file, and anew for another version or rustc', async () => {
    const binary = await cargoTool('cargo-x', '1.2.3');
    assert.equal(await cargoTool('cargo-x', '1.2.3'), binary);
    assert.equal(execFileSync(binary, { encoding: 'utf8' }), 'cargo-x 1.2.3\n');
    assert.equal(installations().length, 1);
    assert.match(installations()[0] ?? '', /^install cargo-x --version 1\.2\.3 --locked --root /);
    assert.notEqual(await cargoTool('cargo-x', '1.2.4'), binary);
    program('rustc', 'echo rustc 1.95.0');
    assert.notEqual(await cargoTool('cargo-x', '1.2.3'), binary);
    assert.equal(installations().length, 3);
  });

  test('that was exchanged is installed anew and never run', async () => {
    const binary = await cargoTool('cargo-x', '1.2.3');
    writeFileSync(binary, `#!/bin/sh\ntouch ${scratch}/was-run\n`);
    assert.equal(await cargoTool('cargo-x', '1.2.3'), binary);
    assert.equal(execFileSync(binary, { encoding: 'utf8' }), 'cargo-x 1.2.3\n');
    assert.ok(!readdirSync(scratch).includes('was-run'), 'the exchanged binary ran');
  });

  test('that does not build leaves nothing behind', async () => {
    program('cargo', 'while [ "$1" != --root ]; do shift; done; mkdir -p "$2/bin"; echo no >&2; exit 101');
    await assert.rejects(cargoTool('cargo-x', '1.2.3'), /cargo install failed \(101\)/);
    assert.deepEqual(readdirSync(join(scratch, 'tools')), []);
  });
});
