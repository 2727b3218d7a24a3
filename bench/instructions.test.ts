import assert from 'node:assert/strict';
import { test } from 'node:test';
import { functionBinary } from '../tests/support/function-process.ts';
import {
  baseline,
  cannotCount,
  countInstructions,
  hasRisen,
  initInA,
  MARGIN,
  MOST_INIT_IN_A,
} from './instructions.ts';

test('takes_no_more_than_twice_the_instructions_of_the_baseline', {
  // In CI, what cannot run is a failure.
  skip: process.env.CI === 'true' ? false : (cannotCount() ?? false),
}, async () => {
  const name = 'product, dev build';
  const before = baseline()[name];
  assert.ok(before);
  const counted = await countInstructions([{ name, binary: functionBinary() }]);
  assert.ok(
    !hasRisen(name, counted),
    `${JSON.stringify(counted[name])} million instructions, over ${MARGIN} times ${JSON.stringify(before)}: ` +
      'see docs/decisions.md, "Speed", for what is expensive; if this is meant, `npm run bench -- --count --update`',
  );
});

test('the_release_build_was_last_counted_within_its_bar', () => {
  const init = initInA(baseline());
  assert.ok(init && init <= MOST_INIT_IN_A, `${init} times the empty function's`);
});
