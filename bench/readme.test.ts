/** The figures of the README and of the bench's own are those that were last measured. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../dev/common/root.ts';
import { BARS } from './bars.ts';
import { chart } from './chart.ts';
import type { FigureName } from './measure.ts';
import { nodeName, type Results, ratio, summary } from './results.ts';

const kept = (file: string) => readFileSync(join(import.meta.dirname, 'results', file), 'utf8');
const results: Results = JSON.parse(kept('results.json'));
const [readme, page] = ['README.md', 'docs/performance.md'].map((name) =>
  readFileSync(join(root, name), 'utf8'),
) as [string, string];

const ROWS: readonly [what: string, figure: FigureName, unit: string, perUnit: number][] = [
  ['CPU of a cold start, both connections opened', 'init CPU ms', 'ms', 1],
  ['CPU of the first request after it', 'first request CPU µs', 'ms', 1_000],
  ['CPU per webhook of 1 KB, published', '1 KB CPU µs', 'ms', 1_000],
  ['CPU per webhook of 100 KB, published', '100 KB CPU µs', 'ms', 1_000],
  ['peak memory, webhooks of 1 to 100 KB', 'peak MiB after 1 to 100 KB', 'MiB', 1],
];

test('the README has what 1 KB takes', () => {
  const own = summary(results, 'product', 'pinned', '1 KB CPU µs')?.median ?? Number.NaN;
  const share = short(1 / (ratio(results, 'product', 'node', 'pinned', '1 KB CPU µs') ?? 0));
  const sentence = `${short(own / 1_000)} ms of CPU, 1/${share} of what ${nodeName(results)} takes`;
  assert.ok(readme.replace(/\s+/g, ' ').includes(sentence), `the README should have: ${sentence}`);
});

for (const [what, figure, unit, perUnit] of ROWS) {
  test(what, () => {
    const own = summary(results, 'product', 'pinned', figure)?.median ?? Number.NaN;
    const share = (other: string) =>
      `1/${short(1 / (ratio(results, 'product', other, 'pinned', figure) ?? 0))}`;
    const row = `| ${what} | ${short(own / perUnit)} ${unit} | ${share('naive')} | ${share('node')} |`;
    assert.ok(page.includes(row), `docs/performance.md should have: ${row}`);
  });
}

test('the columns say what ran', () => {
  const header = `| | here | of Rust with default features | of ${nodeName(results)} |`;
  assert.ok(page.includes(header), `docs/performance.md should have: ${header}`);
});

test('the chart is of the same run', () => {
  assert.equal(kept('chart.svg'), chart(results));
});

test('bench/README.md has every bar with what the kept run measured', () => {
  const document = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
  const rows = BARS.map(({ name, limit, mode, value }) => {
    const measured = value(results, mode) ?? Number.NaN;
    const cells = [name, mode, three(limit), three(measured), measured <= limit ? '✓' : 'missed'];
    return `| ${cells.join(' | ')} |`;
  });
  const [, section = ''] = document.split('\n## Bars\n');
  const listed = section
    .split('\n## ')[0]
    ?.match(/^\| .* \|$/gm)
    ?.slice(1);
  assert.deepEqual(listed, rows);
});

function short(value: number): string {
  return value.toPrecision(2);
}

function three(value: number): string {
  return String(+value.toPrecision(3));
}
