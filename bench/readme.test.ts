/** The figures of the documents are those of the kept run. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../dev/common/root.ts';
import { barTable } from './bars.ts';
import { chart, performanceTable, readmeSentence } from './performance-page.ts';
import type { Results } from './results.ts';

const read = (file: string) => readFileSync(join(root, file), 'utf8');
const results: Results = JSON.parse(read('bench/results/results.json'));

const SHOWN: readonly [document: string, what: string, text: string][] = [
  ['README.md', 'what a webhook of 1 KB takes', readmeSentence(results)],
  ['docs/performance.md', 'the table of the kept run', performanceTable(results)],
  ['bench/README.md', 'every bar with what the kept run measured', barTable(results)],
];

for (const [document, what, expected] of SHOWN) {
  test(`${document} has ${what}`, () => {
    const inOneLine = (text: string) => text.replace(/\s+/g, ' ');
    assert.ok(
      inOneLine(read(document)).includes(inOneLine(expected)),
      `${document} should have:\n${expected}`,
    );
  });
}

test('the chart is of the kept run', () => {
  assert.equal(read('bench/results/chart.svg'), chart(results));
});
