/** The candidates and what is timed have manifests of their own: what they share with the product has to be the same. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../dev/common/root.ts';

test('the candidates have the crates that the product names, in its versions', () => {
  const dependencies = section('function/Cargo.toml', '[dependencies]');
  const names = [...dependencies.matchAll(/^([\w-]+) = /gm)].map(([, name = '']) => name);
  assert.ok(names.length > 10);
  const [own, theirs] = ['Cargo.lock', 'bench/candidates/Cargo.lock'].map(read);
  for (const name of names) assert.deepEqual(versions(theirs, name), versions(own, name), name);
  const [, locked = ''] =
    /^name = "genesys-webhook"\n.*?^dependencies = \[(.*?)\]/ms.exec(theirs ?? '') ?? [];
  assert.deepEqual(locked.match(/(?<=")[\w-]+/g), names.toSorted(), 'its own dependencies');
});

test('what stress times has the release profile of the product', () => {
  const [own, theirs] = ['Cargo.toml', 'stress/fuzz/Cargo.toml'].map((manifest) =>
    section(manifest, '[profile.release]').match(/^[a-z-]+ = [^ #\n]+/gm),
  );
  assert.ok(own);
  assert.deepEqual(theirs, own);
});

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8');
}

/** What a manifest has under a heading. */
function section(manifest: string, heading: string): string {
  return read(manifest).split(heading)[1]?.split('\n[')[0] ?? '';
}

function versions(lockFile = '', name: string): string[] {
  return lockFile.match(new RegExp(`(?<=^name = "${name}"\\nversion = ")[^"]+`, 'gm')) ?? [];
}
