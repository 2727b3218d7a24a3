/** What `npm run setup` does about the Rust target, on machines of programs that only say what they would do. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import { addArm64Target } from '../../dev/common/arm64-target.ts';
import { root } from '../../dev/common/root.ts';
import { install } from '../support/fake-programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

describe('the Rust target for arm64', () => {
  let bin: string;
  /** Where the target's library is to be, by what rustc says. */
  let library: string;
  beforeEach(() => {
    bin = temporaryFolder();
    library = join(bin, 'library');
    install(bin, { rustc: `echo ${library}` });
  });
  const add = () => addArm64Target({ PATH: bin });

  test('is added by rustup once, where it is missing', async () => {
    install(bin, { rustup: `echo "$*" >> ${library}` });
    await add();
    await add();
    assert.equal(readFileSync(library, 'utf8'), 'target add aarch64-unknown-linux-gnu\n');
  });

  test('is named with the way to get it where there is no rustup', async () => {
    const message =
      /^Error: the Rust target aarch64-unknown-linux-gnu is missing .*cannot run rustup.*https:\/\/rustup\.rs/s;
    await assert.rejects(add, message);
  });

  test('is named where rustup adds it to another Rust than the one on the path', async () => {
    install(bin, { rustup: 'exit 0' });
    await assert.rejects(add, /is missing \(rustup added it, but to another Rust than .*rustc/);
  });
});

test('nothing but the set-up and the packaging calls rustup', () => {
  const callers = ['cdk', 'cli', 'dev', 'bench', 'stress'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => join(folder, file))
      .filter((file) => /\.(ts|mjs)$/.test(file))
      .filter((file) => /addArm64Target\(|['"`]rustup['"`]/.test(readFileSync(join(root, file), 'utf8'))),
  );
  assert.deepEqual(callers.sort(), ['dev/common/arm64-target.ts', 'dev/package.ts', 'dev/setup.ts']);
});
