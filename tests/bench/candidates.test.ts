/** The candidates have a lock file of their own: what they share with the product has to be the same. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../tools/setup/root.ts';

test('candidates_have_the_products_versions_of_the_crates_that_it_names', () => {
  const manifest = readFileSync(join(root, 'function', 'Cargo.toml'), 'utf8');
  const dependencies = manifest.split('[dependencies]')[1]?.split('[dev-dependencies]')[0] ?? '';
  const names = [...dependencies.matchAll(/^([\w-]+) = /gm)].map(([, name = '']) => name);
  assert.ok(names.length > 10);
  const [own, theirs] = [versions('Cargo.lock'), versions('tests/bench/candidates/Cargo.lock')];
  for (const name of names) assert.deepEqual(theirs.get(name), own.get(name), name);
});

function versions(lockFile: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const entries = readFileSync(join(root, lockFile), 'utf8').matchAll(/^name = "(.+)"\nversion = "(.+)"$/gm);
  for (const [, name = '', version = ''] of entries) found.set(name, [...(found.get(name) ?? []), version]);
  return found;
}
