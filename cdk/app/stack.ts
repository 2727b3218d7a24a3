import { CfnOutput, Stack, type StackProps, Validations } from 'aws-cdk-lib';
import { type Code, Tracing } from 'aws-cdk-lib/aws-lambda';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import {
  type AlarmProps,
  GenesysWebhook,
  Monitoring,
  SignatureScheme,
  WebhookApi,
  WebhookBus,
} from '../index.ts';
import { propError } from '../prop-error.ts';
import { QueueConsumer } from './queue-consumer.ts';

export interface GenesysWebhookStackProps extends StackProps {
  /**
   * An instance for each, with a route and a secret of its own; they share the API, the bus and the build.
   *
   * @default - SignatureScheme.FORM alone
   */
  readonly schemes?: SignatureScheme[];
  /**
   * Whether to add the example consumer, a queue of the form instance's conversation events.
   *
   * @default false
   */
  readonly queueConsumer?: boolean;
  /**
   * Source addresses that may send.
   *
   * @default - every address
   */
  readonly allowedCidrs?: string[];
  /**
   * The SNS topic that the alarms notify.
   *
   * @default - nobody is told
   */
  readonly alarmTopicArn?: string;
  /**
   * Thresholds of the alarms, and `expectedTrafficWindow`.
   *
   * @default - as AlarmProps says
   */
  readonly alarms?: Omit<AlarmProps, 'alarmTopic'>;
  /**
   * X-Ray tracing.
   *
   * @default Tracing.DISABLED
   */
  readonly tracing?: Tracing;
  /**
   * A ready arm64 `bootstrap`.
   *
   * @default - built by cargo-lambda
   */
  readonly code?: Code;
}

/** The construct as this repository deploys it. API and bus are the stack's, so that they stay when schemes change. */
export class GenesysWebhookStack extends Stack {
  constructor(scope: Construct, id: string, props: GenesysWebhookStackProps = {}) {
    super(scope, id, props);
    const httpApi = new WebhookApi(this, 'HttpApi');
    const eventBus = new WebhookBus(this, 'EventBus');
    this.output('EventBusName', eventBus.eventBusName);

    const schemes = props.schemes ?? [SignatureScheme.FORM];
    const twice = schemes.find((scheme, index) => schemes.indexOf(scheme) !== index);
    if (twice) {
      throw propError(`schemes names ${twice.name} twice; each has one instance`, this);
    }
    const webhooks = schemes.map((signatureScheme) => {
      const webhook = new GenesysWebhook(this, `${signatureScheme.idPart}Webhook`, {
        signatureScheme,
        httpApi,
        eventBus,
        allowedCidrs: props.allowedCidrs,
        tracing: props.tracing,
        code: props.code,
      });
      this.describe(webhook);
      acknowledge(webhook, props);
      return webhook;
    });

    new Monitoring(this, 'Monitoring', {
      ...props.alarms,
      webhooks,
      alarmTopic: props.alarmTopicArn
        ? Topic.fromTopicArn(this, 'AlarmTopic', props.alarmTopicArn)
        : undefined,
    });

    if (props.queueConsumer) {
      const webhook = webhooks.find(({ signatureScheme }) => signatureScheme === SignatureScheme.FORM);
      if (!webhook) {
        throw propError('consumer=queue takes events of the form scheme; add form to schemes', this);
      }
      this.output('ConsumerQueueUrl', new QueueConsumer(this, 'Consumer', { webhook }).queue.queueUrl);
    }
  }

  private describe(webhook: GenesysWebhook): void {
    const { secretArn } = webhook.secret;
    const outputs = {
      WebhookUrl: webhook.webhookUrl,
      SecretArn: secretArn,
      ReadSecretCommand: `aws secretsmanager get-secret-value --region ${this.region} --secret-id ${secretArn} --query SecretString --output text`,
      FunctionName: webhook.function.functionName,
      LogGroupName: webhook.logGroup.logGroupName,
    };
    for (const [name, value] of Object.entries(outputs)) {
      this.output(`${webhook.signatureScheme.idPart}${name}`, value);
    }
  }

  private output(name: string, value: string): void {
    new CfnOutput(this, name, { value });
  }
}

/** Findings of cdk-nag's AwsSolutions pack that this stack leaves as they are, with the reasons. */
function acknowledge(webhook: GenesysWebhook, { tracing }: GenesysWebhookStackProps): void {
  Validations.of(webhook).acknowledge(
    {
      id: 'AwsSolutions-APIG4',
      reason:
        'The function authorizes each request by its signature or token: an HMAC covers the body, which no gateway authorizer sees.',
    },
    {
      id: 'AwsSolutions-SMG4',
      reason:
        'The sender holds the same secret and has no API for scheduled rotation: docs/rotation.md has the steps by hand.',
    },
    {
      id: 'AwsSolutions-SQS3',
      reason:
        'This queue is the dead-letter queue of the EventBridge rules, which the check does not look at.',
    },
  );
  if (tracing === Tracing.ACTIVE && webhook.function.role) {
    Validations.of(webhook.function.role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'xray:PutTraceSegments and xray:PutTelemetryRecords take no resource.',
    });
  }
}
