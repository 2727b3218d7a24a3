/** What the candidates run in: AWS over TLS, with the roots that a real function loads. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { AwsStub } from '../tests/support/aws-stub.ts';
import { type Size, webhookEvents } from './webhooks.ts';

const SECRET = 'a-shared-secret-of-the-bench-0001';

export class Stage {
  readonly aws: AwsStub;
  /** One webhook of each size, signed. */
  readonly events: Record<Size, string>;
  readonly env: Record<string, string>;
  readonly #folder = mkdtempSync(join(tmpdir(), 'bench-'));

  private constructor(aws: AwsStub) {
    this.aws = aws;
    this.events = webhookEvents(SECRET);
    aws.eventBridge.accept = () => {};
    const { arn } = aws.secretsManager.create('webhook-secret', SECRET);
    const { SSL_CERT_FILE: privateCa = '', ...env } = aws.env;
    // Mozilla's list, which every system's is made from, with the private CA: loading them is part of a cold start.
    const roots = join(this.#folder, 'roots.pem');
    writeFileSync(roots, [...rootCertificates, readFileSync(privateCa, 'utf8')].join('\n'));
    this.env = {
      ...env,
      SSL_CERT_FILE: roots,
      // Node has that list built in.
      NODE_EXTRA_CA_CERTS: privateCa,
      WEBHOOK_SECRET_ARN: arn,
      EVENT_BUS_NAME: 'genesys-webhook',
    };
  }

  static async start(): Promise<Stage> {
    return new Stage(await AwsStub.start({ protocol: 'https' }));
  }

  /** Connections that the stubs have accepted so far. */
  get connections(): number {
    return this.aws.secretsManager.connections + this.aws.eventBridge.connections;
  }

  /** Calls of Secrets Manager so far. */
  get secretCalls(): number {
    return Object.values(this.aws.secretsManager.calls).reduce((sum, calls) => sum + calls, 0);
  }

  async stop(): Promise<void> {
    await this.aws.stop();
    rmSync(this.#folder, { recursive: true });
  }
}
