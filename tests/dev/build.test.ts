import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildArm64, wrapped } from '../../dev/build.ts';
import { AARCH64, elf, install, installCargoLambda } from '../support/fake-programs.ts';

test('a_wrapped_binary_is_run_whatever_its_path_holds', () => {
  const code = wrapped('test', '/bin/echo', "it's $HOME", '"two" words');
  assert.equal(execFileSync(`${code}/bootstrap`, { encoding: 'utf8' }), 'it\'s $HOME "two" words\n');
});

test('the_arm64_build_is_that_of_the_recipe_in_a_process_of_its_own', async (t) => {
  const work = mkdtempSync(join(tmpdir(), 'build-'));
  t.after(() => rmSync(work, { recursive: true }));
  const checkout = install(join(work, 'checkout'), {});
  const bin = install(join(work, 'bin'), { rustc: `echo ${work}` });
  const options = { checkout, output: join(work, 'output'), env: { PATH: bin } };
  const notes: string[] = [];
  const note = (line: string) => notes.push(line);

  await assert.rejects(buildArm64(note, options), /\ncargo-lambda is missing, so [^\n]*$/);
  installCargoLambda(bin, join(work, 'builds'));
  const bootstrap = await buildArm64(note, options);
  assert.equal(bootstrap, join(work, 'output/bootstrap'));
  assert.deepEqual(readFileSync(bootstrap), elf(AARCH64, '2.17'));
  assert.ok(notes.includes('Compiling genesys-webhook'), 'the lines of the compiler are its notes');
});
