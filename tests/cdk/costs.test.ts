/** The sums of docs/operations.md, and what README.md takes from them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const [operations, readme] = ['docs/operations.md', 'README.md'].map((path) =>
  readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'),
) as [string, string];

/** The numbers of a column, counted from the last one, of the table under a heading; below them stands their sum. */
function column(heading: string, fromLast = 1): { numbers: number[]; sum: number } {
  const [, section = ''] = operations.split(`\n### ${heading}\n`);
  const cells = (section.match(/^(\|.*\|\n)+/m)?.[0] ?? '')
    .split('\n')
    .map((row) => row.split(' |').at(-1 - fromLast));
  const numbers = cells.map((cell) => Number(cell?.replaceAll('*', ''))).filter(Boolean);
  return { numbers: numbers.slice(0, -1), sum: numbers.at(-1) ?? 0 };
}

const cents = (numbers: number[]) => Math.round(numbers.reduce((sum, number) => sum + number, 0) * 100) / 100;

test('each cost is the sum of its lines, and is the one of the README', () => {
  const million = column('A million webhooks');
  const [busy, idle] = [column('A month'), column('A month', 2)];
  for (const { numbers, sum } of [million, busy, idle]) {
    assert.ok(numbers.length > 2);
    assert.equal(cents(numbers), sum);
  }
  assert.ok(readme.includes(`**$${million.sum.toFixed(2)} for a million webhooks**`));
  assert.ok(readme.includes(`**$${idle.sum.toFixed(2)} for an idle month**`));
  const month = (Math.round((busy.sum + million.sum) * 10) / 10).toFixed(2);
  assert.ok(operations.includes(`a month with a million webhooks is about $${month},`), month);
});

test('the cost of polling the parking queue follows from its polls', () => {
  const [, side, minute, hour, day, month, polls, price] = (
    /: (\d+) × (\d+) × (\d+) × (\d+) × (\d+) = ([\d,]+) × \$0\.40\/M \| ([\d.]+) \|/.exec(operations) ?? []
  ).map((number) => Number(number.replace(',', '')));
  const expected = [5, 60 / 20, 60, 24, 30];
  assert.deepEqual([side, minute, hour, day, month], expected);
  assert.equal(
    polls,
    expected.reduce((product, factor) => product * factor),
  );
  assert.equal(price, cents([(Number(polls) / 1e6) * 0.4]));
});

test('the cost of logs follows from the bytes of a request', () => {
  const row = (line: string) =>
    operations.match(new RegExp(`^\\| ${line} \\|.* ([\\d.]+) [KG]B .*\\| ([\\d.]+) \\|$`, 'm'));
  const [, kilobytes, ingestion] = row('logs, ingestion') ?? [];
  assert.equal(ingestion, (Number(kilobytes) * 0.5).toFixed(2));
  assert.equal(row('logs, storage')?.[2], (Number(kilobytes) * 0.03).toFixed(2));
});

test('the cost of a flood follows from a refused request and from the throttle', () => {
  const [, refused = 0, large = 0, small = 0, most = 0] = (
    /\$([\d.]+) a million\. API Gateway.* is 7 requests, \$([\d.]+) a million.*?\$(\d+) if .* small, \$(\d+) if/s.exec(
      operations,
    ) ?? []
  ).map(Number);
  assert.equal(large, cents([refused, 6])); // the first of 7 is in it already
  const millionsADay = (100 * 86_400) / 1e6;
  assert.equal(small, Math.round(refused * millionsADay));
  assert.equal(most, Math.round(large * millionsADay));
});
