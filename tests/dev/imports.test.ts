/** Folders say who owns what: imports run from the right of this list to the left, and never back. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { root } from '../../dev/common/root.ts';

/** Each row may import itself and the rows before it. Folders of one row do not import each other. */
const ROWS = [['contract'], ['cdk', 'cli'], ['dev'], ['tests'], ['bench', 'stress']] as const;

const rowOf = (folder: string) => ROWS.findIndex((row) => (row as readonly string[]).includes(folder));

test('imports_run_from_bench_and_stress_to_tests_to_dev_to_the_product_and_never_back', () => {
  const wrong: string[] = [];
  let seen = 0;
  for (const folder of ROWS.flat()) {
    const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
    for (const file of files.filter((name) => /\.(ts|mjs)$/.test(name))) {
      const path = join(root, folder, file);
      for (const [, specifier = ''] of readFileSync(path, 'utf8').matchAll(
        /(?:from|import\(?)\s*['"](\.[^'"]*)['"]/g,
      )) {
        const imported = relative(root, join(path, '..', specifier));
        const target = imported.split('/')[0] ?? '';
        seen += 1;
        if (target !== folder && !(rowOf(target) >= 0 && rowOf(target) < rowOf(folder)))
          wrong.push(`${folder}/${file} imports ${imported}`);
      }
    }
  }
  assert.ok(seen > 300, `only ${seen} imports were found`);
  assert.deepEqual(wrong, []);
});

test('every_folder_with_TypeScript_has_its_row', () => {
  const folders = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .filter((name) => !['node_modules', 'target', 'cdk.out'].includes(name))
    .filter((name) =>
      readdirSync(join(root, name), { recursive: true, encoding: 'utf8' }).some((file) =>
        file.endsWith('.ts'),
      ),
    );
  assert.deepEqual(folders.sort(), ROWS.flat().sort());
});
