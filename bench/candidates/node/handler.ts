/** The whole job as one would write it for Lambda's Node runtime with the JavaScript SDK. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

interface Event {
  body?: string;
  isBase64Encoded: boolean;
  requestContext: { requestId: string };
}

const events = new EventBridgeClient();

/** Read in the init phase, as a top-level `await` does it. */
export const secret = new SecretsManagerClient()
  .send(new GetSecretValueCommand({ SecretId: process.env.WEBHOOK_SECRET_ARN }))
  .then(({ SecretString }) => SecretString ?? '');

export async function handler({ body = '', isBase64Encoded, requestContext }: Event) {
  const form = new URLSearchParams(isBase64Encoded ? Buffer.from(body, 'base64').toString() : body);
  const webhook = form.get('webhook');
  const signature = form.get('signature');
  if (!webhook || !signature) return answer(400, { error: 'Missing webhook or signature' });

  const expected = createHmac('sha256', await secret)
    .update(webhook)
    .digest();
  const presented = Buffer.from(signature, 'hex');
  if (presented.length !== expected.length || !timingSafeEqual(presented, expected)) {
    return answer(401, { error: 'Unauthorized' });
  }

  const payload = JSON.parse(webhook);
  const eventType = payload.eventType ?? 'genesys.webhook';
  console.log(
    JSON.stringify({
      level: 'INFO',
      message: 'webhook',
      eventType,
      conversationId: payload.conversation?.id,
      requestId: requestContext.requestId,
    }),
  );
  const detail = {
    topicName: eventType,
    version: '2',
    eventBody: payload,
    metadata: { CorrelationId: requestContext.requestId },
    timestamp: new Date().toISOString(),
  };
  const { FailedEntryCount } = await events.send(
    new PutEventsCommand({
      Entries: [
        {
          EventBusName: process.env.EVENT_BUS_NAME,
          Source: 'genesys.cloud.webhook',
          DetailType: eventType,
          Detail: JSON.stringify(detail),
        },
      ],
    }),
  );
  return FailedEntryCount
    ? answer(503, { error: 'Service Unavailable' })
    : answer(200, { status: 'success' });
}

function answer(statusCode: number, body: object) {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
