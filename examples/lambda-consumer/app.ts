/** Two webhooks on one bus, and a Lambda function that handles their events. */
import { App, Stack } from 'aws-cdk-lib';
import { GenesysWebhook, Monitoring, SignatureScheme } from 'genesys-webhook';
import { LambdaConsumer } from './lambda-consumer.ts';

const stack = new Stack(new App(), 'GenesysLambdaConsumer');

const form = new GenesysWebhook(stack, 'FormWebhook');
const openMessaging = new GenesysWebhook(stack, 'OpenMessagingWebhook', {
  signatureScheme: SignatureScheme.OPEN_MESSAGING,
  httpApi: form.httpApi,
  eventBus: form.eventBus,
});
new LambdaConsumer(stack, 'Consumer', { form, openMessaging });
// Its alarm of the dead-letter queue says when an event waits there.
new Monitoring(stack, 'Monitoring', { webhooks: [form, openMessaging] });

for (const webhook of [form, openMessaging]) webhook.addOutputs();
