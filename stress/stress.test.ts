/** Every part of `npm run stress` that can be brief, brief. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PARTS } from './parts.ts';

for (const { title, run, cannotRun, onlyFull } of PARTS) {
  if (onlyFull) continue;
  // In CI, what cannot run is a failure.
  const skip = process.env.CI === 'true' ? false : (cannotRun?.() ?? false);
  test(title, { skip }, async (t) => {
    const rows = await run('brief', () => {});
    for (const { what, figure } of rows) t.diagnostic(`${what}: ${figure}`);
    const broken = rows.filter(({ holds }) => holds === false);
    assert.deepEqual(broken, []);
  });
}
