/** Two webhooks on one bus, and a Lambda function that handles their events. */
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { GenesysWebhook, SignatureScheme } from 'genesys-webhook';
import { LambdaConsumer } from './lambda-consumer.ts';

const stack = new Stack(new App(), 'GenesysLambdaConsumer');

const form = new GenesysWebhook(stack, 'FormWebhook');
const openMessaging = new GenesysWebhook(stack, 'OpenMessagingWebhook', {
  signatureScheme: SignatureScheme.OPEN_MESSAGING,
  httpApi: form.httpApi,
  eventBus: form.eventBus,
});
new LambdaConsumer(stack, 'Consumer', { form, openMessaging });

// What Genesys's configuration needs.
for (const [name, webhook] of Object.entries({ Form: form, OpenMessaging: openMessaging })) {
  new CfnOutput(stack, `${name}WebhookUrl`, { value: webhook.webhookUrl });
  new CfnOutput(stack, `${name}SecretArn`, { value: webhook.secret.secretArn });
}
