import { createPrivateCa } from '../../dev/local-aws/private-ca.ts';
import { EventBridgeStub } from './event-bridge-stub.ts';
import type { Protocol, Tls } from './faulty-server.ts';
import { SecretsManagerStub } from './secrets-manager-stub.ts';
import { SqsStub } from './sqs-stub.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Secrets Manager, EventBridge and SQS in this process, each on a port of its own, so that each can fail alone. */
export class AwsStub {
  private constructor(
    readonly secretsManager: SecretsManagerStub,
    readonly eventBridge: EventBridgeStub,
    readonly sqs: SqsStub,
    /** What they speak; undefined for plain HTTP. */
    readonly tls?: Tls,
  ) {}

  /** @param options.protocol over TLS, it is under a private CA made for this run. @default http */
  static async start({ protocol = 'http' }: { protocol?: Protocol } = {}): Promise<AwsStub> {
    const tls = protocol === 'http' ? undefined : { protocol, ca: await createPrivateCa(temporaryFolder()) };
    const stubs = [new SecretsManagerStub(tls), new EventBridgeStub(tls), new SqsStub(tls)] as const;
    await Promise.all(stubs.map((stub) => stub.start()));
    return new AwsStub(...stubs, tls);
  }

  /** What points an AWS SDK here; the credentials are made up. */
  get env(): Record<string, string> {
    return {
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY',
      AWS_SESSION_TOKEN: 'example-session-token',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: this.secretsManager.url,
      AWS_ENDPOINT_URL_EVENTBRIDGE: this.eventBridge.url,
      AWS_ENDPOINT_URL_SQS: this.sqs.url,
      ...(this.tls && { SSL_CERT_FILE: this.tls.ca.certificateFile }),
    };
  }

  async stop(): Promise<void> {
    await Promise.all([this.secretsManager.stop(), this.eventBridge.stop(), this.sqs.stop()]);
  }
}
