/** The example's consumer beside this project's own stack, whose outputs the tests read and whose code is ready built. */
import { App, CfnOutput } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
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
      const outputs = {
        ConsumerFunctionName: consumer.function.functionName,
        ConsumerLogGroupName: consumer.function.logGroup.logGroupName,
        DeadLetterQueueUrl: form.deadLetterQueue.queueUrl,
      };
      for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value });
    },
  },
});
