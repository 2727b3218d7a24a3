/** `dev/requirements/*.txt`, which all go into one virtual environment. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { root } from '../../dev/common/root.ts';

test('a_python_package_has_one_version_whoever_asks_for_it', () => {
  const files = readdirSync(`${root}/dev/requirements`);
  assert.ok(files.length >= 2);
  const versions = new Map<string, Map<string, string[]>>();
  for (const file of files) {
    for (const [, name = '', version = ''] of readFileSync(
      `${root}/dev/requirements/${file}`,
      'utf8',
    ).matchAll(/^([\w.-]+)==(\S+)/gm)) {
      const byVersion = versions.get(name) ?? new Map<string, string[]>();
      versions.set(name, byVersion.set(version, [...(byVersion.get(version) ?? []), file]));
    }
  }
  const twice = [...versions].filter(([, byVersion]) => byVersion.size > 1);
  assert.deepEqual(twice, []);
});
