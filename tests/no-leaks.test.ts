/** Runs after every other suite, over all that the function and the local AWS logged during them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findLeaks, logFiles } from './support/test-logs.ts';

test('no log of any suite holds a secret, a signature or a marker from a payload', (t) => {
  assert.ok(logFiles().length > 0, 'no suite left a log: run this by `npm test`');
  assert.deepEqual(findLeaks(), []);
  t.diagnostic(`${logFiles().length} log files`);
});
