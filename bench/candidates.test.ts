/** The candidates and what is timed have manifests of their own: what they share with the product has to be the same. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../dev/common/root.ts';
import { copied } from './candidates.ts';

test('candidates_have_the_products_versions_of_the_crates_that_it_names', () => {
  const manifest = readFileSync(join(root, 'function', 'Cargo.toml'), 'utf8');
  const dependencies = manifest.split('[dependencies]')[1]?.split('[dev-dependencies]')[0] ?? '';
  const names = [...dependencies.matchAll(/^([\w-]+) = /gm)].map(([, name = '']) => name);
  assert.ok(names.length > 10);
  const [own, theirs] = [versions('Cargo.lock'), versions('bench/candidates/Cargo.lock')];
  for (const name of names) assert.deepEqual(theirs.get(name), own.get(name), name);
});

test('what_stress_times_has_the_products_release_profile', () => {
  assert.deepEqual(releaseProfile('stress/fuzz/Cargo.toml'), releaseProfile('Cargo.toml'));
});

test('what_is_measured_is_a_copy_that_runs_as_the_original_does', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'candidates-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const binary = join(folder, 'built.cjs');
  writeFileSync(binary, '#!/usr/bin/env node', { mode: 0o755 });
  assert.deepEqual(copied([{ name: 'node', binary }], folder), [
    { name: 'node', binary: join(folder, 'node.cjs') },
  ]);
  const [original, copy] = [statSync(binary), statSync(join(folder, 'node.cjs'))];
  assert.notEqual(copy.ino, original.ino);
  assert.equal(copy.mode, original.mode);
  assert.deepEqual(readFileSync(join(folder, 'node.cjs')), readFileSync(binary));
});

function releaseProfile(manifest: string): string[] {
  const profile =
    readFileSync(join(root, manifest), 'utf8').split('[profile.release]')[1]?.split('\n[')[0] ?? '';
  return [...profile.matchAll(/^[a-z-]+ = [^ #\n]+/gm)].map(([setting]) => setting);
}

function versions(lockFile: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const entries = readFileSync(join(root, lockFile), 'utf8').matchAll(/^name = "(.+)"\nversion = "(.+)"$/gm);
  for (const [, name = '', version = ''] of entries) found.set(name, [...(found.get(name) ?? []), version]);
  return found;
}
