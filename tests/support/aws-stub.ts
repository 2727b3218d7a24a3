import { EventBridgeStub } from './event-bridge-stub.ts';
import { createPrivateCa, type PrivateCa } from './private-ca.ts';
import { SecretsManagerStub } from './secrets-manager-stub.ts';

/** Secrets Manager and EventBridge in this process, each on a port of its own, so that each can fail alone. */
export class AwsStub {
  readonly secretsManager: SecretsManagerStub;
  readonly eventBridge: EventBridgeStub;
  readonly #ca: PrivateCa | undefined;

  private constructor(ca?: PrivateCa) {
    this.#ca = ca;
    this.secretsManager = new SecretsManagerStub(ca);
    this.eventBridge = new EventBridgeStub(ca);
  }

  /** @param options.tls serve HTTPS under a private CA made for this run. @default false */
  static async start({ tls = false } = {}): Promise<AwsStub> {
    const stub = new AwsStub(tls ? await createPrivateCa() : undefined);
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
      ...(this.#ca && { SSL_CERT_FILE: this.#ca.certificateFile }),
    };
  }

  async stop(): Promise<void> {
    await Promise.all([this.secretsManager.stop(), this.eventBridge.stop()]);
    this.#ca?.remove();
  }
}
