/** What `npm run setup` does about the Rust target, on machines of programs that only say what they would do. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { addArm64Target } from '../../dev/common/arm64-target.ts';
import { root } from '../../dev/common/root.ts';
import { install } from '../support/fake-programs.ts';

let bin: string;
beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), 'setup-'));
});
afterEach(() => rmSync(bin, { recursive: true }));

const add = () => addArm64Target({ PATH: bin });
const library = () => join(bin, 'library');
const withRustc = () => install(bin, { rustc: `echo ${library()}` });
/** One that notes its arguments where the library is to be, so that it is there from then on. */
const withRustup = () => install(bin, { rustup: `echo "$*" > ${library()}` });

describe('the Rust target for arm64', () => {
  test('is_added_by_rustup_where_it_is_missing', async () => {
    withRustc();
    withRustup();
    await add();
    assert.equal(readFileSync(library(), 'utf8'), 'target add aarch64-unknown-linux-gnu\n');
  });

  test('is_left_alone_where_it_is_there', async () => {
    withRustc();
    install(library(), {});
    install(bin, { rustup: 'exit 1' });
    await add();
  });

  test('is_named_with_the_way_to_get_it_where_there_is_no_rustup', async () => {
    withRustc();
    await assert.rejects(add, {
      message:
        /^the Rust target aarch64-unknown-linux-gnu is missing .*cannot run rustup.*https:\/\/rustup\.rs/s,
    });
  });

  test('is_named_where_rustup_adds_it_to_another_rust_than_the_one_on_the_path', async () => {
    withRustc();
    install(bin, { rustup: 'exit 0' });
    await assert.rejects(add, {
      message: /is missing \(rustup added it, but to another Rust than .*rustc/,
    });
  });
});

test('nothing_but_the_set_up_calls_rustup', () => {
  const callers = ['cdk', 'cli', 'dev', 'bench', 'stress'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => join(folder, file))
      .filter((file) => /\.(ts|mjs)$/.test(file))
      .filter((file) => /addArm64Target\(|['"`]rustup['"`]/.test(readFileSync(join(root, file), 'utf8'))),
  );
  assert.deepEqual(callers.sort(), ['dev/common/arm64-target.ts', 'dev/setup.ts']);
});
