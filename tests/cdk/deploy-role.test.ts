/** What a restricted deployment role may do, as docs/operations.md lists it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { deployed, everythingOn } from './support.ts';

const operations = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');

test('the documents say what each resource of the stack takes to deploy', () => {
  const { Resources } = Template.fromStack(deployed(everythingOn)).toJSON();
  const types = new Set(Object.values<{ Type: string }>(Resources).map(({ Type }) => Type));
  const listed = [...operations.matchAll(/`(AWS::\w+::\w+)`/g)].map(([, type]) => String(type));
  assert.deepEqual(listed.toSorted(), [...types].toSorted());
});

test('the documents list all that log delivery takes', () => {
  const [, row = ''] = operations.match(/its access log, on `\*`: (.*) \|$/m) ?? [];
  // API Gateway guide, "Configure logging for HTTP APIs", "Permissions to activate logging", without the two that read logs.
  assert.deepEqual(row.match(/(?<=`logs:)\w+/g)?.toSorted(), [
    'CreateLogDelivery',
    'CreateLogGroup',
    'DeleteLogDelivery',
    'DescribeLogGroups',
    'DescribeLogStreams',
    'DescribeResourcePolicies',
    'GetLogDelivery',
    'ListLogDeliveries',
    'PutResourcePolicy',
    'UpdateLogDelivery',
  ]);
});
