import assert from 'node:assert/strict';
import { join } from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import { cargoLambda } from '../../cdk/cargo-lambda.ts';
import { install } from '../support/fake-programs.ts';
import { temporaryFolder } from './support.ts';

const DONE = 'exit 0';

describe('cargo-lambda', () => {
  /** A machine without anything: the project, its neighbours, and the folders of PATH. */
  let work: string;
  let root: string;
  let bin: string;
  beforeEach(() => {
    work = temporaryFolder();
    root = join(work, 'main');
    bin = install(join(work, 'bin'), {});
  });
  const find = (more: NodeJS.ProcessEnv = {}) => cargoLambda(root, { PATH: bin, ...more });
  const rustc = (library: string) => install(bin, { rustc: `echo ${library}` });
  const withTarget = () => rustc(temporaryFolder());
  const withoutTarget = () => rustc(join(work, 'no-such-folder'));

  test('is_the_project_s_own_before_any_on_the_path', () => {
    withTarget();
    install(bin, { 'cargo-lambda': DONE });
    const own = install(join(root, '.venv/bin'), { 'cargo-lambda': DONE });
    const { command, env } = find();
    assert.equal(command, join(own, 'cargo-lambda'));
    assert.equal(env.PATH, `${own}:${bin}`);
  });

  test('is_the_one_on_the_path_where_the_project_has_none', () => {
    withTarget();
    install(bin, { 'cargo-lambda': DONE });
    install(join(root, '.venv/bin'), { python3: DONE });
    const { command, env } = find();
    assert.equal(command, join(bin, 'cargo-lambda'));
    assert.equal(env.PATH, bin);
  });

  test('uses_an_installed_target_before_anything_else', () => {
    withTarget();
    install(bin, { 'cargo-lambda': DONE, rustup: DONE });
    install(join(work, 'shared/tools'), { 'arm64-toolchain.sh': DONE });
    assert.deepEqual(find().flags, ['--skip-target-check']);
  });

  test('uses_the_shared_toolchain_before_rustup', () => {
    withoutTarget();
    install(bin, { rustup: DONE });
    install(join(work, 'shared/tools'), { 'arm64-toolchain.sh': DONE });
    const toolchain = install(join(work, 'toolchain/bin'), { 'cargo-lambda': DONE });
    const PREFIX = install(join(work, 'toolchain'), {
      'env.sh': `export PATH="${toolchain}:$PATH" LINES='one\ntwo=2'; unset RUSTC`,
    });
    const { command, flags, env } = find({
      PREFIX,
      PATH: `${bin}:/usr/bin:/bin`,
      RUSTC: 'other',
      HOME: '/root',
    });
    assert.equal(command, join(toolchain, 'cargo-lambda'));
    assert.deepEqual(flags, ['--skip-target-check']);
    assert.equal(env.PATH, `${toolchain}:${bin}:/usr/bin:/bin`);
    assert.equal(env.LINES, 'one\ntwo=2');
    assert.equal(env.HOME, '/root');
    assert.equal('RUSTC' in env, false);
  });

  test('never_lets_rustup_download_where_the_shared_toolchain_only_has_to_be_set_up', () => {
    withoutTarget();
    install(bin, { rustup: DONE, 'cargo-lambda': DONE });
    const tools = install(join(work, 'shared/tools'), { 'arm64-toolchain.sh': DONE });
    assert.throws(() => find({ PREFIX: join(work, 'toolchain') }), {
      message: `the arm64 toolchain that ${tools}/arm64-toolchain.sh makes is missing, so the function can't be built for arm64: run \`npm run setup\`, which gets it or says how; or deploy a ready build with \`-c code=DIR\``,
    });
  });

  test('leaves_the_target_to_rustup_on_a_user_s_machine', () => {
    withoutTarget();
    install(bin, { rustup: DONE, 'cargo-lambda': DONE });
    assert.deepEqual(find().flags, []);
  });

  for (const [name, programs, message] of [
    ['rustc', { rustup: DONE, 'cargo-lambda': DONE }, /^rustc is missing/],
    [
      'the_target',
      { rustc: 'echo /no-such-folder', 'cargo-lambda': DONE },
      /^the Rust target aarch64-unknown-linux-gnu /,
    ],
    [
      'cargo_lambda',
      { rustc: 'echo /no-such-folder', rustup: DONE },
      /^cargo-lambda is missing.*npm run setup/,
    ],
  ] as const) {
    test(`says_that_${name}_is_missing_and_how_to_get_it`, () => {
      install(bin, programs);
      assert.throws(() => find(), { message });
    });
  }
});
