/** Counted, not timed, so that it holds on a busy machine as well. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { functionBinary } from '../tests/support/function-process.ts';
import { baseline, cannotCount, countInstructions, DEV_BUILD, MARGIN, risen } from './instructions.ts';
import { onStage } from './stage.ts';

test('a development build takes at most twice the instructions of the baseline', {
  // In CI, what cannot run is a failure.
  skip: process.env.CI === 'true' ? false : (cannotCount() ?? false),
}, async () => {
  const product = { name: DEV_BUILD, binary: functionBinary() };
  const counted = await onStage((stage) => countInstructions([product], stage));
  assert.deepEqual(
    risen(counted),
    [],
    `${JSON.stringify(counted)} million instructions, over ${MARGIN} times ${JSON.stringify(baseline())}: ` +
      'see docs/decisions.md, "Speed", for what is expensive; if this is meant, `npm run bench -- --count --update`',
  );
});
