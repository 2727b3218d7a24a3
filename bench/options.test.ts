/** What `npm run bench` refuses, before it builds anything. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { root } from '../dev/common/root.ts';

const REFUSED: readonly [args: string, why: string][] = [
  ['--only prodct', 'there is no candidate prodct'],
  ['--also idea', '--also takes NAME=PATH, not idea'],
  ['--also a/b=package.json', '--also takes NAME=PATH, not a/b=package.json'],
  ['--also idea=docs', 'there is no file docs'],
  ['--also product=package.json', 'there is a candidate of that name already'],
  ['--also idea=package.json --also idea=README.md', 'there is a candidate of that name already'],
  ['--quick --compare', 'are one of three'],
  ['--update', 'give both'],
  ['--count --update --also idea=package.json', 'leave out --also'],
];

/** What is not refused would go on to build. */
const TIMEOUT_MS = 30_000;

for (const [args, why] of REFUSED) {
  test(`refuses ${args}`, () => {
    const command = ['--import', 'tsx', 'bench/bench.ts', ...args.split(' ')];
    const options = { cwd: root, encoding: 'utf8', timeout: TIMEOUT_MS } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, command, options);
    assert.notEqual(status, 0);
    assert.ok(stderr.includes(why), stderr);
    assert.ok(!stdout.includes('building'), stdout);
  });
}
