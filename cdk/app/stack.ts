import { Stack, Tags, Token, TokenComparison, Validations } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { type Code, Tracing } from 'aws-cdk-lib/aws-lambda';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { Scheme } from '../../contract/schemes.ts';
import {
  type CustomDomain,
  type GenesysRotationProps,
  GenesysWebhook,
  Monitoring,
  SignatureScheme,
  WebhookApi,
  WebhookBus,
} from '../index.ts';
import { propError } from '../prop-error.ts';
import type { Deployment, Rotation } from './deployment.ts';

export interface GenesysWebhookStackProps {
  readonly deployment: Deployment;
  /**
   * A ready arm64 `bootstrap`.
   *
   * @default - built by cargo-lambda
   */
  readonly code?: Code;
  /**
   * That of the rotation function.
   *
   * @default - built by cargo-lambda
   */
  readonly rotationCode?: Code;
}

/** The construct as this repository deploys it. API and bus are the stack's, so that they stay when schemes change. */
export class GenesysWebhookStack extends Stack {
  /** One for each scheme of the deployment. */
  readonly webhooks: readonly GenesysWebhook[];

  constructor(scope: Construct, id: string, { deployment, code, rotationCode }: GenesysWebhookStackProps) {
    const { account, region, throttlingRateLimit, throttlingBurstLimit, logRetention } = deployment;
    super(scope, id, {
      env: { account, region },
      description: 'Receives Genesys Cloud webhooks, verifies them and publishes them to EventBridge',
    });
    for (const [name, value] of Object.entries(deployment.tags ?? {})) Tags.of(this).add(name, value);
    const httpApi = new WebhookApi(this, 'HttpApi', {
      throttlingRateLimit,
      throttlingBurstLimit,
      accessLogRetention: logRetention,
      customDomain: this.customDomain(deployment),
      disableExecuteApiEndpoint: deployment.disableExecuteApiEndpoint,
    });
    const { archive, archiveRetention } = deployment;
    const eventBus = new WebhookBus(this, 'EventBus', { archive, archiveRetention });

    const { secretCacheTtl, secretRefreshCooldown, previousSecretGrace, secretMaxStale } = deployment;
    this.webhooks = Object.entries(deployment.schemes ?? { form: {} }).map(
      ([name, { path, allowedCidrs, rotateWithGenesys }]) => {
        const signatureScheme = SignatureScheme.of(name);
        const webhook = new GenesysWebhook(this, `${signatureScheme.idPart}Webhook`, {
          ...{ signatureScheme, httpApi, eventBus, path, allowedCidrs, logRetention, code },
          ...{ secretCacheTtl, secretRefreshCooldown, previousSecretGrace, secretMaxStale },
          ...{ parking: deployment.parking, parkingConcurrency: deployment.parkingConcurrency },
          memorySize: deployment.memorySize,
          rotateWithGenesys: rotateWithGenesys && this.rotation(name, rotateWithGenesys, rotationCode),
          tracing: deployment.tracing ? Tracing.ACTIVE : undefined,
        });
        webhook.addOutputs();
        acknowledge(webhook, Boolean(rotateWithGenesys?.schedule), deployment.tracing);
        return webhook;
      },
    );
    if (this.webhooks.length === 0) throw propError('schemes is empty; name at least one', this);

    const { topicArn, ...thresholds } = deployment.alarms ?? {};
    new Monitoring(this, 'Monitoring', {
      ...thresholds,
      webhooks: this.webhooks,
      dashboard: deployment.dashboard,
      alarmTopic: topicArn ? this.alarmTopic(topicArn) : undefined,
    });
    deployment.consumers?.(this);
  }

  /** @throws where the deployment has no such scheme. */
  webhook(scheme: Scheme): GenesysWebhook {
    const found = this.webhooks.find(({ signatureScheme }) => signatureScheme.name === scheme);
    if (!found) throw propError(`schemes has no ${scheme}; add it`, this);
    return found;
  }

  private rotation(scheme: string, rotation: Rotation, code?: Code): GenesysRotationProps {
    const { oauthSecretArn, ...props } = rotation;
    return {
      ...props,
      code,
      oauthSecret: oauthSecretArn
        ? Secret.fromSecretCompleteArn(
            this,
            `${SignatureScheme.of(scheme).idPart}OAuthSecret`,
            oauthSecretArn,
          )
        : undefined,
    };
  }

  private customDomain({ customDomain }: Deployment): CustomDomain | undefined {
    if (!customDomain) return undefined;
    const { domainName, certificateArn, hostedZone } = customDomain;
    return {
      domainName,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
      hostedZone:
        hostedZone &&
        HostedZone.fromHostedZoneAttributes(this, 'HostedZone', {
          hostedZoneId: hostedZone.id,
          zoneName: hostedZone.name,
        }),
    };
  }

  private alarmTopic(topicArn: string): ITopic {
    const topic = Topic.fromTopicArn(this, 'AlarmTopic', topicArn);
    if (Token.compareStrings(topic.env.region, this.region) === TokenComparison.DIFFERENT) {
      throw propError(`alarms.topicArn is ${topicArn}; alarms notify topics of their own Region`, this);
    }
    return topic;
  }
}

/** Findings of cdk-nag's AwsSolutions pack that this stack leaves as they are, with the reasons. */
function acknowledge(webhook: GenesysWebhook, scheduled: boolean, tracing?: boolean): void {
  const { rotation } = webhook;
  Validations.of(webhook).acknowledge({
    id: 'AwsSolutions-APIG4',
    reason:
      'The function authorizes each request by its signature or token: an HMAC covers the body, which no gateway authorizer sees.',
  });
  if (!rotation || !scheduled) {
    Validations.of(webhook.secret).acknowledge({ id: 'AwsSolutions-SMG4', reason: whyNotScheduled(webhook) });
  }
  if (rotation) {
    Validations.of(rotation.oauthSecret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Genesys issues the OAuth client, and has it changed where it was made.',
    });
    Validations.of(rotation).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'secretsmanager:GetRandomPassword takes no resource.',
    });
  }
  Validations.of(webhook.deadLetterQueue).acknowledge({
    id: 'AwsSolutions-SQS3',
    reason: 'This queue is the dead-letter queue of the EventBridge rules, which the check does not look at.',
  });
  if (webhook.parkingQueue) {
    Validations.of(webhook.parkingQueue).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason:
        'SQS moves a message away after 1,000 receives at most, and an outage of a day would send good messages away.',
    });
  }
  if (tracing && webhook.function.role) {
    Validations.of(webhook.function.role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'xray:PutTraceSegments and xray:PutTelemetryRecords take no resource.',
    });
  }
}

function whyNotScheduled({ rotation, signatureScheme }: GenesysWebhook): string {
  if (rotation) return 'The secret rotates when Secrets Manager is told to, by the choice of its owner.';
  return signatureScheme.name === 'form'
    ? 'Genesys documents no API for the secret of this sender: docs/rotation.md has the steps by hand.'
    : 'docs/rotation.md has the steps by hand; rotateWithGenesys has Secrets Manager take them.';
}
