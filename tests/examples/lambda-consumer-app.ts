/** The example's consumer beside this project's own stack, whose outputs the tests read and whose code is ready built. */
import { App, CfnOutput } from 'aws-cdk-lib';
import { RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { GenesysWebhookStack } from '../../cdk/app/stack.ts';
import { LambdaConsumer } from '../../examples/lambda-consumer/lambda-consumer.ts';

// `examples.test.ts` has the check against CloudFormation's schemas, which takes seconds.
const app = new App({ builtinCloudFormationValidation: false });
new GenesysWebhookStack(app, 'LambdaConsumer', {
  code: Code.fromAsset(app.node.tryGetContext('code')),
  deployment: {
    schemes: { form: {}, 'open-messaging': {} },
    consumers(stack) {
      const form = stack.webhook('form');
      const consumer = new LambdaConsumer(stack, 'Consumer', {
        form,
        openMessaging: stack.webhook('open-messaging'),
      });
      // As docs/events.md, "Few duplicates without code", has it.
      const queue = new Queue(stack, 'Once', { fifo: true, contentBasedDeduplication: true });
      const message = RuleTargetInput.fromEventPath('$.detail.eventBody');
      form.onEvent('OnceRule', { target: new SqsQueue(queue, { message, messageGroupId: 'form' }) });

      const outputs = {
        ConsumerFunctionName: consumer.function.functionName,
        ConsumerLogGroupName: consumer.function.logGroup.logGroupName,
        DeadLetterQueueUrl: form.deadLetterQueue.queueUrl,
        OnceQueueUrl: queue.queueUrl,
      };
      for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value });
    },
  },
});
