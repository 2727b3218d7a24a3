import assert from 'node:assert/strict';
import { test } from 'node:test';
import { functionBinary } from '../support/function-process.ts';
import { baseline, cannotCount, countInstructions, MARGIN } from './instructions.ts';

test('takes_no_more_than_twice_the_instructions_of_the_baseline', {
  // In CI, what cannot run is a failure.
  skip: process.env.CI === 'true' ? false : (cannotCount() ?? false),
}, async () => {
  const name = 'product, dev build';
  const counted = (await countInstructions([{ name, binary: functionBinary() }]))[name];
  const expected = baseline()[name];
  assert.ok(counted && expected);
  for (const phase of ['init', 'webhook'] as const) {
    assert.ok(
      counted[phase] <= expected[phase] * MARGIN,
      `${phase}: ${counted[phase].toFixed(2)} million instructions, and ${expected[phase]} million when last found good: ` +
        'see docs/decisions.md for what is expensive; if this is meant, `npm run bench -- --count --update`',
    );
  }
});
