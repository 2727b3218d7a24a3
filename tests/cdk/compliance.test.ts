import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { deployed, newApp, newWebhook, otherStack } from './support.ts';
import { variants } from './variants.ts';

describe('the AwsSolutions pack of cdk-nag', () => {
  for (const [name, props] of Object.entries(variants)) {
    test(`finds nothing unacknowledged in the stack ${name}`, () => {
      const app = newApp();
      deployed(props, app);
      const { violations } = new AwsSolutionsChecks(app).validateScope(app);
      assert.deepEqual(violations, []);
    });
  }

  test('finds_in_the_bare_construct_just_what_the_stack_acknowledges', () => {
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
});
