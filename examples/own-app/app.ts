/** The webhook in an app of your own: two stages, each a stack. */
import { App, Stack, type StackProps } from 'aws-cdk-lib';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
import { Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { GenesysWebhook, Monitoring } from 'genesys-webhook';

interface Domain {
  readonly name: string;
  /** Of ACM, for this name, in the stack's Region. */
  readonly certificateArn: string;
  readonly hostedZoneId: string;
  readonly zoneName: string;
}

interface StageProps extends StackProps {
  /** @default - Genesys sends to the host that API Gateway gives */
  readonly domain?: Domain;
}

class Stage extends Stack {
  constructor(scope: Construct, id: string, { domain, ...props }: StageProps) {
    super(scope, id, props);
    const webhook = new GenesysWebhook(this, 'Webhook', domain && this.reachedAt(domain));
    new Monitoring(this, 'Monitoring', {
      webhooks: [webhook],
      alarmTopic: new Topic(this, 'Alarms', { enforceSSL: true }),
      // Most of an idle month's price.
      dashboard: domain !== undefined,
    });
    webhook.addOutputs();
  }

  private reachedAt({ name, certificateArn, hostedZoneId, zoneName }: Domain) {
    return {
      customDomain: {
        domainName: name,
        certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
        hostedZone: HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId, zoneName }),
      },
      disableExecuteApiEndpoint: true,
    };
  }
}

const app = new App();
new Stage(app, 'GenesysTest', { env: { account: '111122223333', region: 'eu-central-1' } });
new Stage(app, 'GenesysProd', {
  env: { account: '444455556666', region: 'eu-central-1' },
  domain: {
    name: 'webhooks.example.com',
    certificateArn: 'arn:aws:acm:eu-central-1:444455556666:certificate/0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0',
    hostedZoneId: 'Z0123456789EXAMPLE',
    zoneName: 'example.com',
  },
});
