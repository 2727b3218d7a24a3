import { fileURLToPath } from 'node:url';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { GenesysWebhook } from 'genesys-webhook';

export interface LambdaConsumerProps {
  readonly form: GenesysWebhook;
  readonly openMessaging: GenesysWebhook;
}

/** A function that handles each event once, and the rules that pass the events to it. */
export class LambdaConsumer extends Construct {
  readonly function: NodejsFunction;

  constructor(scope: Construct, id: string, { form, openMessaging }: LambdaConsumerProps) {
    super(scope, id);
    // The names of its attributes are those that Powertools expects.
    const seen = new TableV2(this, 'Seen', {
      partitionKey: { name: 'id', type: AttributeType.STRING },
      timeToLiveAttribute: 'expiration',
      // It holds 15 days of keys, and no event.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.function = new NodejsFunction(this, 'Function', {
      entry: fileURLToPath(new URL('handler.ts', import.meta.url)),
      runtime: Runtime.NODEJS_22_X,
      architecture: Architecture.ARM_64,
      memorySize: 256,
      timeout: Duration.seconds(30),
      logGroup: new LogGroup(this, 'Log', {
        retention: RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      environment: { SEEN_TABLE: seen.tableName },
      // The AWS SDK of package-lock.json, and not whichever one the runtime has today.
      bundling: { bundleAwsSDK: true },
      // EventBridge invokes asynchronously, so what the function throws is Lambda's to handle: it invokes twice more,
      // and then drops the event unless it has a destination.
      onFailure: new SqsDestination(form.deadLetterQueue),
    });
    const actions = ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'];
    seen.grant(this.function, ...actions.map((action) => `dynamodb:${action}`));

    const target = new LambdaFunction(this.function);
    form.onEvent('OnConversation', { eventTypes: ['conversation:created'], target });
    openMessaging.onEvent('OnMessage', {
      eventTypes: ['genesys.openmessaging.outbound.text', 'genesys.openmessaging.outbound.receipt'],
      target,
    });
  }
}
