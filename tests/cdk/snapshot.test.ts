import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { consumers, deployed } from './support.ts';

const file = new URL('__snapshots__/stack.json', import.meta.url);

/** Shows a reviewer what a change does to the deployed stack: `UPDATE_SNAPSHOT=1` writes it anew, nothing else does. */
test('the stack with the example consumer is the one in the snapshot', () => {
  const template = JSON.stringify(Template.fromStack(deployed({ consumers })), null, 2);
  const withoutHashes = `${template.replace(/[0-9a-f]{64}/g, 'HASH')}\n`;
  if (process.env.UPDATE_SNAPSHOT === '1') writeFileSync(file, withoutHashes);
  assert.ok(existsSync(file), 'there is no snapshot; run this test with UPDATE_SNAPSHOT=1 to write it');
  const changed = 'the stack has changed; look at the difference, then run this test with UPDATE_SNAPSHOT=1';
  assert.deepEqual(JSON.parse(withoutHashes), JSON.parse(readFileSync(file, 'utf8')), changed);
});
