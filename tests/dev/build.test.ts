/** What a binary must be to run on Lambda. The real one passes through the same check in the `arm64` suite. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { checkRunsOnLambda, wrapped } from '../../dev/build.ts';

const AARCH64 = 183;
const X86_64 = 62;

function elf(machine: number, ...versions: string[]): Buffer {
  const header = Buffer.alloc(64);
  header.writeUInt16LE(machine, 18);
  return Buffer.concat([header, Buffer.from(versions.map((version) => `GLIBC_${version}\0`).join(''))]);
}

describe('the arm64 binary', () => {
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

test('a_wrapped_binary_is_run_whatever_its_path_holds', () => {
  const code = wrapped('test', '/bin/echo', "it's $HOME", '"two" words');
  assert.equal(execFileSync(`${code}/bootstrap`, { encoding: 'utf8' }), 'it\'s $HOME "two" words\n');
});
