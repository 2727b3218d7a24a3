/** The recipe by which the function is built, on machines of programs that only say what they would do. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, test } from 'node:test';
import { buildFunction, cannotBuild } from '../../cdk/build-function.ts';
import { BINARIES, type Binary } from '../../contract/binaries.ts';
import { AARCH64, elf, install, installCargoLambda, X86_64 } from '../support/fake-programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A machine that has the target alone: the checkout, the one folder of PATH, and what its cargo-lambda was told. */
let checkout: string;
let bin: string;
let builds: string;
let output: string;
beforeEach(() => {
  const work = temporaryFolder();
  checkout = install(join(work, 'checkout'), {});
  bin = install(join(work, 'bin'), { rustc: `echo ${work}` });
  builds = join(work, 'builds');
  output = join(work, 'output');
});
/** Leaves a trace in the checkout, in which rustc and cargo-lambda run. */
const CALLED = 'echo "$0" >> called';
const build = (binary?: Binary) => buildFunction(output, { binary, checkout, env: { PATH: bin } });
const pathOfBuild = () => readFileSync(builds, 'utf8').split(' ')[1];

test('a build leaves a bootstrap and nothing else, which may need the glibc that Lambda has', () => {
  installCargoLambda(bin, builds, elf(AARCH64, '2.17', '2.34', '2.4'));
  assert.equal(cannotBuild({ checkout, env: { PATH: bin } }), undefined);
  build();
  assert.deepEqual(readdirSync(output), ['bootstrap']);
  const [, where, folder = ''] = /^(.*) --lambda-dir (.*)\n$/.exec(readFileSync(builds, 'utf8')) ?? [];
  assert.equal(
    where,
    `${checkout} ${bin} lambda build --release --arm64 --locked --workspace --skip-target-check`,
  );
  assert.equal(existsSync(folder), false);
});

test('the bootstrap is that of the binary that is wanted', () => {
  installCargoLambda(bin, builds);
  for (const binary of [undefined, ...BINARIES]) {
    build(binary);
    const [, built] = readFileSync(join(output, 'bootstrap'), 'utf8').split('GLIBC_2.17\0');
    assert.equal(built, `${binary ?? 'genesys-webhook'}\n`);
  }
});

test('the cargo-lambda of the checkout is used before any on the path', () => {
  install(bin, { 'cargo-lambda': 'exit 1' });
  const venv = join(checkout, '.venv/bin');
  installCargoLambda(venv, builds);
  build();
  // First on the path, too: cargo-lambda looks there for the Python that has zig.
  assert.equal(pathOfBuild(), `${venv}:${bin}`);
});

test('a virtual environment without cargo-lambda is left off the path', () => {
  install(join(checkout, '.venv/bin'), { python3: 'exit 0' });
  installCargoLambda(bin, builds);
  build();
  assert.equal(pathOfBuild(), bin);
});

for (const [what, programs, subject] of [
  ['rustc is missing', { rustc: 'exit 127', 'cargo-lambda': 'exit 0' }, 'rustc'],
  ['cargo-lambda is missing', {}, 'cargo-lambda'],
  [
    'the Rust target is missing, without having rustup download it',
    { rustc: 'echo /dev/null/no-such-folder', rustup: CALLED, 'cargo-lambda': CALLED },
    'the Rust target aarch64-unknown-linux-gnu',
  ],
] as const) {
  test(`one sentence says that ${what}, and how to get it`, () => {
    install(bin, programs);
    const message = `${subject} is missing, so the function can't be built for arm64: run \`npm run setup\`, which gets it or says how; or deploy ready builds with \`-c code=DIR -c rotationCode=DIR\``;
    assert.equal(cannotBuild({ checkout, env: { PATH: bin } }), message);
    assert.throws(() => build(), { message });
    assert.deepEqual(readdirSync(checkout), []);
    assert.equal(existsSync(output), false);
  });
}

test('a cargo-lambda that cannot be started is told from one that fails', () => {
  // A folder passes for a program until it is started.
  install(join(bin, 'cargo-lambda'), {});
  assert.throws(() => build(), { message: /^cargo-lambda could not be started: / });
});

test('a bootstrap of an earlier build does not pass for that of this one', () => {
  installCargoLambda(bin, builds);
  build();
  install(bin, { 'cargo-lambda': 'exit 0' });
  assert.throws(() => build(), { message: /left no bootstrap of genesys-webhook$/ });
});

for (const [what, bootstrap, message] of [
  ['needs a newer glibc', elf(AARCH64, '2.35', '2.4'), /needs glibc 2\.35, and Lambda has 2\.34/],
  ['is for another machine', elf(X86_64, '2.17'), /not for AArch64/],
  ['names no glibc', elf(AARCH64), /names no glibc version/],
] as const) {
  test(`a binary that ${what} is refused`, () => {
    installCargoLambda(bin, builds, bootstrap);
    assert.throws(() => build(), message);
  });
}
