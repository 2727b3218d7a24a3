import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { wrapped } from '../../dev/build.ts';

test('a wrapped binary is run whatever its path holds', () => {
  const code = wrapped('test', '/bin/echo', "it's $HOME", '"two" words');
  assert.equal(execFileSync(`${code}/bootstrap`, { encoding: 'utf8' }), 'it\'s $HOME "two" words\n');
});
