import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { arm64 } from '../../dev/suites/arm64.ts';

const { PATH, CI } = process.env;
after(() => {
  Object.assign(process.env, { PATH, CI: CI ?? '' });
});

test('the arm64 suite is skipped with the reason where the machine lacks something, and fails in CI', async () => {
  for (const [ci, counts] of [
    ['', { passed: 0, failed: 0, skipped: 1 }],
    ['true', { passed: 0, failed: 1, skipped: 0 }],
  ] as const) {
    Object.assign(process.env, { PATH: '/dev/null/no-such-folder', CI: ci });
    const { output, ...result } = await arm64(['none.test.ts'], []).run();
    assert.deepEqual(result, counts);
    assert.match(output.join('\n'), /^﹣ rustc is missing, so the function can't be built for arm64/);
  }
});
