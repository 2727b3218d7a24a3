import { EventBridgeStub } from './event-bridge-stub.ts';
import type { Protocol } from './faulty-server.ts';
import { createPrivateCa, type PrivateCa } from './private-ca.ts';
import { SecretsManagerStub } from './secrets-manager-stub.ts';

/** Secrets Manager and EventBridge in this process, each on a port of its own, so that each can fail alone. */
export class AwsStub {
  private constructor(
    readonly secretsManager: SecretsManagerStub,
    readonly eventBridge: EventBridgeStub,
    private readonly ca?: PrivateCa,
  ) {}

  /** @param options.protocol over TLS, it is under a private CA made for this run. @default http */
  static async start({ protocol = 'http' }: { protocol?: Protocol } = {}): Promise<AwsStub> {
    const tls = protocol === 'http' ? undefined : { protocol, ca: await createPrivateCa() };
    const [secretsManager, eventBridge] = [new SecretsManagerStub(tls), new EventBridgeStub(tls)];
    await Promise.all([secretsManager.start(), eventBridge.start()]);
    return new AwsStub(secretsManager, eventBridge, tls?.ca);
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
      ...(this.ca && { SSL_CERT_FILE: this.ca.certificateFile }),
    };
  }

  async stop(): Promise<void> {
    await Promise.all([this.secretsManager.stop(), this.eventBridge.stop()]);
  }
}
