/** The AwsSolutions pack of cdk-nag. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { deployed, newWebhook, otherStack, variants } from './support.ts';

for (const [name, props] of Object.entries(variants)) {
  test(`cdk-nag finds nothing unacknowledged in the stack ${name}`, () => {
    const stack = deployed(props);
    const { violations } = new AwsSolutionsChecks(stack).validateScope(stack);
    assert.deepEqual(violations, []);
  });
}

test('cdk-nag finds in the bare construct just what the stack acknowledges', () => {
  const stack = otherStack();
  newWebhook(stack, { tracing: Tracing.ACTIVE });
  const { violations } = new AwsSolutionsChecks(stack).validateScope(stack);
  assert.deepEqual(violations.map(({ ruleName }) => ruleName).toSorted(), [
    'AwsSolutions-APIG4',
    'AwsSolutions-IAM5[Resource::*]',
    'AwsSolutions-SMG4',
    'AwsSolutions-SQS3',
  ]);
});
