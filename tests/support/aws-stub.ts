import { EventBridgeStub } from './event-bridge-stub.ts';
import type { Protocol, Tls } from './faulty-server.ts';
import { createPrivateCa } from './private-ca.ts';
import { SecretsManagerStub } from './secrets-manager-stub.ts';

/** Secrets Manager and EventBridge in this process, each on a port of its own, so that each can fail alone. */
export class AwsStub {
  readonly secretsManager: SecretsManagerStub;
  readonly eventBridge: EventBridgeStub;
  readonly #tls: Tls | undefined;

  private constructor(tls?: Tls) {
    this.#tls = tls;
    this.secretsManager = new SecretsManagerStub(tls);
    this.eventBridge = new EventBridgeStub(tls);
  }

  /** @param options.protocol over TLS, it is under a private CA made for this run. @default http */
  static async start({ protocol = 'http' }: { protocol?: Protocol } = {}): Promise<AwsStub> {
    const stub = new AwsStub(protocol === 'http' ? undefined : { protocol, ca: await createPrivateCa() });
    await Promise.all([stub.secretsManager.start(), stub.eventBridge.start()]);
    return stub;
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
      ...(this.#tls && { SSL_CERT_FILE: this.#tls.ca.certificateFile }),
    };
  }

  async stop(): Promise<void> {
    await Promise.all([this.secretsManager.stop(), this.eventBridge.stop()]);
    this.#tls?.ca.remove();
  }
}
