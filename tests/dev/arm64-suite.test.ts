/** The arm64 suite on a machine that can't build for arm64. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { arm64 } from '../../dev/suites/arm64.ts';

const { PATH, CI } = process.env;
beforeEach(() => {
  process.env.PATH = '/no-such-folder';
});
afterEach(() => {
  Object.assign(process.env, { PATH, CI });
  if (CI === undefined) delete process.env.CI;
});

for (const [ci, counts] of [
  ['', { passed: 0, failed: 0, skipped: 1 }],
  ['true', { passed: 0, failed: 1, skipped: 0 }],
] as const) {
  test(`is_${counts.failed ? 'failed_in_ci' : 'skipped'}_with_the_reason_where_the_machine_lacks_something`, async () => {
    process.env.CI = ci;
    const { output, ...result } = await arm64(['none.test.ts'], []).run();
    assert.deepEqual(result, counts);
    assert.match(output.join('\n'), /^﹣ rustc is missing, so the function can't be built for arm64/);
  });
}
