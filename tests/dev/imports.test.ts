/** Folders say who owns what: imports run from the bottom of this list to its top, and never back. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { root } from '../../dev/common/root.ts';

/** Each row may name itself and the rows above it. Folders of one row do not name each other. */
const ROWS: readonly (readonly string[])[] = [
  ['function', 'contract'],
  ['rotation', 'cdk', 'cli'],
  ['dev', 'examples'],
  ['tests'],
  ['bench', 'stress'],
];
const CODE = /\.([cm]?[jt]s|rs|py)$/;

const rowOf = (folder: string) => ROWS.findIndex((row) => row.includes(folder));
const codeIn = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter(
    (name) => CODE.test(name) && !name.includes('cdk.out/'),
  );

/** Every relative path in quotes, whichever way of importing it stands behind; by the folder it leads to. */
function* relativePaths(file: string): Generator<{ path: string; folder: string }> {
  for (const [, quoted = ''] of readFileSync(join(root, file), 'utf8').matchAll(
    /['"`](\.{1,2}\/[^'"`\n]*)['"`]/g,
  )) {
    const path = relative(root, join(root, file, '..', quoted));
    yield { path, folder: path.split('/')[0] ?? '' };
  }
}

test('imports run from bench and stress to tests to dev to the product and never back', () => {
  const wrong: string[] = [];
  let seen = 0;
  for (const folder of ROWS.flat()) {
    for (const file of codeIn(folder).map((name) => `${folder}/${name}`)) {
      for (const { path, folder: named } of relativePaths(file)) {
        seen += 1;
        if (named !== folder && rowOf(named) >= rowOf(folder)) wrong.push(`${file} names ${path}`);
      }
    }
  }
  assert.ok(seen > 300, `only ${seen} paths were found`);
  assert.deepEqual(wrong, []);
});

test('an example imports its own files and packages, so that it works in another project', () => {
  const out = codeIn('examples').flatMap((name) => {
    const own = `examples/${name.split('/')[0]}/`;
    return [...relativePaths(`examples/${name}`)].filter(({ path }) => !path.startsWith(own));
  });
  assert.deepEqual(out, []);
});

test('every folder with code has its row', () => {
  const folders = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .filter((name) => !['node_modules', 'target', 'cdk.out'].includes(name))
    .filter((name) => codeIn(name).length > 0);
  assert.deepEqual(folders.sort(), ROWS.flat().sort());
});
