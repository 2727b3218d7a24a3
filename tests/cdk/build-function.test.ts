/** The recipe by which the function is built, on machines of programs that only say what they would do. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import { buildFunction, cannotBuild, checkRunsOnLambda } from '../../cdk/build-function.ts';
import { AARCH64, elf, install, installCargoLambda, X86_64 } from '../support/fake-programs.ts';
import { temporaryFolder } from './support.ts';

const DONE = 'exit 0';

describe('the build of the function', () => {
  /** A machine without anything: the checkout, the one folder of PATH, and what its cargo-lambda was told. */
  let checkout: string;
  let bin: string;
  let builds: string;
  let output: string;
  beforeEach(() => {
    const work = temporaryFolder();
    checkout = install(join(work, 'checkout'), {});
    bin = install(join(work, 'bin'), {});
    builds = join(work, 'builds');
    output = join(work, 'output');
  });
  const options = () => ({ checkout, env: { PATH: bin } });
  const withTarget = () => install(bin, { rustc: `echo ${temporaryFolder()}` });
  const withoutTarget = () => install(bin, { rustc: 'echo /no-such-folder' });
  const venv = () => join(checkout, '.venv/bin');

  test('leaves_a_bootstrap_and_nothing_else', () => {
    withTarget();
    installCargoLambda(bin, builds);
    assert.equal(cannotBuild(options()), undefined);
    buildFunction(output, options());
    assert.deepEqual(readdirSync(output), ['bootstrap']);
    assert.equal(
      readFileSync(builds, 'utf8'),
      `${checkout} ${bin} lambda build --release --arm64 --locked --package genesys-webhook --skip-target-check --lambda-dir ${output} --flatten genesys-webhook\n`,
    );
  });

  test('uses_the_cargo_lambda_of_the_checkout_before_any_on_the_path', () => {
    withTarget();
    install(bin, { 'cargo-lambda': 'exit 1' });
    installCargoLambda(venv(), builds);
    buildFunction(output, options());
    // First on the path, too: cargo-lambda looks there for the Python that has zig.
    assert.equal(readFileSync(builds, 'utf8').split(' ')[1], `${venv()}:${bin}`);
  });

  test('leaves_a_virtual_environment_without_cargo_lambda_off_the_path', () => {
    withTarget();
    install(venv(), { python3: DONE });
    installCargoLambda(bin, builds);
    buildFunction(output, options());
    assert.equal(readFileSync(builds, 'utf8').split(' ')[1], bin);
  });

  for (const [name, programs, start] of [
    ['rustc', { 'cargo-lambda': DONE }, 'rustc is missing'],
    ['a_rustc_that_runs', { rustc: 'exit 1', 'cargo-lambda': DONE }, 'rustc is missing'],
    ['cargo_lambda', { rustc: `echo ${temporaryFolder()}` }, 'cargo-lambda is missing'],
  ] as const) {
    test(`says_in_one_sentence_that_${name}_is_missing_and_how_to_get_it`, () => {
      install(bin, programs);
      const sentence = `${start}, so the function can't be built for arm64: run \`npm run setup\`, which gets it or says how; or deploy a ready build with \`-c code=DIR\``;
      assert.equal(cannotBuild(options()), sentence);
      assert.throws(() => buildFunction(output, options()), { message: sentence });
      assert.equal(existsSync(output), false);
    });
  }

  test('never_has_rustup_download_the_target', () => {
    withoutTarget();
    installCargoLambda(bin, builds);
    install(bin, { rustup: `echo rustup >> '${builds}'` });
    assert.throws(() => buildFunction(output, options()), {
      message: /^the Rust target aarch64-unknown-linux-gnu is missing, so [^\n]*`npm run setup`/,
    });
    assert.equal(readFileSync(builds, 'utf8'), '');
  });

  test('says_that_it_failed_where_the_compiler_does', () => {
    withTarget();
    install(bin, { 'cargo-lambda': 'exit 101' });
    assert.throws(() => buildFunction(output, options()), {
      message: 'cargo-lambda could not build the function (101): its output says why',
    });
  });

  test('says_why_cargo_lambda_could_not_be_started', () => {
    withTarget();
    // A folder passes for a program until it is started.
    install(join(bin, 'cargo-lambda'), {});
    assert.throws(() => buildFunction(output, options()), {
      message: /^cargo-lambda could not be started: /,
    });
  });

  test('takes_no_bootstrap_of_an_earlier_build_for_its_own', () => {
    withTarget();
    installCargoLambda(bin, builds);
    buildFunction(output, options());
    install(bin, { 'cargo-lambda': DONE });
    assert.throws(() => buildFunction(output, options()), { message: /left no bootstrap/ });
  });

  test('refuses_what_lambda_would_not_run', () => {
    withTarget();
    installCargoLambda(bin, builds, elf(X86_64, '2.17'));
    assert.throws(() => buildFunction(output, options()), /not for AArch64/);
  });
});

describe('the binary', () => {
  test('may_need_the_glibc_that_lambda_has', () => {
    checkRunsOnLambda(elf(AARCH64, '2.17', '2.34', '2.4'));
  });

  test('is_refused_where_it_needs_a_newer_glibc', () => {
    assert.throws(
      () => checkRunsOnLambda(elf(AARCH64, '2.35', '2.4')),
      /needs glibc 2\.35, and Lambda has 2\.34/,
    );
  });

  test('is_refused_where_it_is_built_for_another_machine', () => {
    assert.throws(() => checkRunsOnLambda(elf(X86_64, '2.17')), /not for AArch64/);
  });
});
