import { randomUUID } from 'node:crypto';
import { sharedSecret } from '../../cli/secret.ts';
import { hmacSha256 } from '../../cli/signing.ts';
import { SCHEMES } from '../../contract/schemes.ts';
import { GenesysStub } from '../../dev/local-aws/genesys-stub.ts';
import { Internet, type SiteAnswer, type SiteRequest } from '../../dev/local-aws/internet.ts';
import { createPrivateCa } from '../../dev/local-aws/private-ca.ts';
import { type Call, type Fault, noFault } from '../support/faults.ts';
import { FunctionProcess, type LogLine, rotationBinary } from '../support/function-process.ts';
import { type Outcome, RuntimeApi } from '../support/runtime-api.ts';
import { SecretsManagerStub, type StubSecret } from '../support/secrets-manager-stub.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { forbid } from '../support/test-logs.ts';

export const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;
export type Step = (typeof STEPS)[number];

/** The two senders whose secret Genesys's API changes. */
export type RotatedScheme = 'open-messaging' | 'static-token';

const DOMAIN = 'mypurecloud.de';
const WEBHOOK_HOST = 'abcdefghij.execute-api.eu-central-1.amazonaws.com';
/** The stack's: the staging wait and 150 s. */
const TIMEOUT_MS = 180_000;
const [INTEGRATION, CREDENTIAL] = [randomUUID(), randomUUID()];
const ca = await createPrivateCa(temporaryFolder(), [...GenesysStub.hosts(DOMAIN), WEBHOOK_HOST]);

export interface Setup {
  readonly scheme?: RotatedScheme;
  /** Added to the environment, or instead of a default. */
  readonly env?: Record<string, string>;
  /** The current version's whole value, with the secret in it. @default the secret */
  readonly stored?: (secret: string) => string;
}

/** What Secrets Manager, Genesys and the receiver see of one call, in words such as `PATCH /api/v2/…`. */
export interface Observed {
  readonly operation: string;
  readonly body: string;
  readonly at: number;
}

/** The real binary between a Runtime API, a Secrets Manager, a Genesys and a receiver of this process. */
export class RotationUnderTest {
  readonly runtime!: RuntimeApi;
  readonly secretsManager = new SecretsManagerStub();
  readonly scheme: RotatedScheme;
  readonly secret: StubSecret;
  readonly oauthSecret: StubSecret;
  readonly genesys: GenesysStub;
  /** Every call of the function so far. */
  readonly calls: Observed[] = [];
  /** Applies to every call, of whatever service; its operation is as in {@link Observed}. */
  fault: Fault = noFault;
  /** In place of the receiver's own answer. */
  receiver: (request: SiteRequest) => SiteAnswer = (request) => this.#receive(request);
  process!: FunctionProcess;
  #internet!: Internet;

  private constructor(private readonly setup: Setup) {
    this.scheme = setup.scheme ?? 'open-messaging';
    const first = randomUUID() + randomUUID();
    forbid(first);
    this.secret = this.secretsManager.create('webhook-secret', (setup.stored ?? String)(first));
    this.secret.rotationEnabled = true;
    this.genesys = new GenesysStub({ integrationId: INTEGRATION, credentialId: CREDENTIAL });
    Object.assign(this.genesys.held, { integration: first, credential: first });
    forbid(this.genesys.oauth.clientSecret);
    this.oauthSecret = this.secretsManager.create('oauth', JSON.stringify(this.genesys.oauth));
    this.secretsManager.fault = (call, answer) => this.#observe(call, answer);
  }

  static async using(setup: Setup, check: (started: RotationUnderTest) => Promise<unknown>): Promise<void> {
    const started = new RotationUnderTest(setup);
    await started.secretsManager.start();
    Object.assign(started, { runtime: await RuntimeApi.start() });
    started.#internet = await Internet.start(ca, (request) => started.#site(request));
    try {
      await started.coldStart();
      await check(started);
    } finally {
      await started.process?.stop();
      await Promise.all([started.secretsManager.stop(), started.runtime.stop(), started.#internet.stop()]);
    }
  }

  async coldStart(): Promise<void> {
    await this.process?.stop();
    const { runtime } = this;
    this.process = await FunctionProcess.start({
      suite: 'rotation',
      runtime,
      binary: rotationBinary(),
      env: { ...this.#env, ...this.setup.env },
    });
  }

  get #env(): Record<string, string> {
    return {
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: this.secretsManager.url,
      ...this.#internet.env,
      GENESYS_DOMAIN: DOMAIN,
      ...(this.scheme === 'open-messaging'
        ? { GENESYS_INTEGRATION_ID: INTEGRATION }
        : { GENESYS_CREDENTIAL_ID: CREDENTIAL, GENESYS_CREDENTIAL_FIELD: 'webhookKey' }),
      GENESYS_OAUTH_SECRET_ARN: this.oauthSecret.arn,
      SIGNATURE_SCHEME: this.scheme,
      WEBHOOK_URL: `https://${WEBHOOK_HOST}${SCHEMES[this.scheme].path}`,
      STAGING_WAIT_SECONDS: '0',
    };
  }

  /** RotateSecret: AWSPENDING on a version without a value; its id. */
  begin(): string {
    return this.secret.put(undefined, 'AWSPENDING');
  }

  /** One step, as Secrets Manager has it done. */
  async step(step: Step, token: string, members: object = {}): Promise<Outcome> {
    const event = { Step: step, SecretId: this.secret.arn, ClientRequestToken: token, ...members };
    return this.runtime.invoke(event, { timeoutMs: TIMEOUT_MS });
  }

  /** All of them, up to the first that fails: the steps that ended well. */
  async rotate(token: string): Promise<Step[]> {
    const done: Step[] = [];
    for (const step of STEPS) {
      const { error } = await this.step(step, token);
      if (error) break;
      done.push(step);
    }
    return done;
  }

  /** The log line of the latest step. */
  async line(step: Step): Promise<LogLine> {
    return this.process.logLine((line) => line.message === 'rotation' && line.step === step);
  }

  /** What Genesys signs with at this moment. */
  get held(): string {
    return this.scheme === 'open-messaging' ? this.genesys.held.integration : this.genesys.held.credential;
  }

  /** Every secret that the receiver takes, by its stage. */
  verifying(): Map<string, string> {
    const stages = ['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS'];
    const member = this.setup.env?.WEBHOOK_SECRET_JSON_KEY;
    return new Map(
      stages.flatMap((stage) => {
        const value = this.secret.versions.get(this.secret.versionId(stage) ?? '')?.value;
        const secret = typeof value === 'string' ? sharedSecret(value, member) : undefined;
        return secret === undefined ? [] : [[stage, secret] as const];
      }),
    );
  }

  async #site(request: SiteRequest): Promise<SiteAnswer | undefined> {
    const { method, path, headers, body } = request;
    const call = { operation: `${method} ${path}`, connection: 0, headers, body };
    return this.#observe(call, async () =>
      request.host === WEBHOOK_HOST ? this.receiver(request) : this.genesys.answer(request),
    );
  }

  async #observe(call: Call, answer: () => Promise<SiteAnswer>): Promise<SiteAnswer | undefined> {
    this.calls.push({ operation: call.operation, body: call.body.toString(), at: Date.now() });
    // Whatever was stored or given out is a secret from then on.
    return this.fault(call, () =>
      answer().finally(() => forbid(...this.verifying().values(), ...this.genesys.accessTokens)),
    );
  }

  /** As the receiver verifies: the suites of `tests/function` and `tests/end-to-end` have the real one. */
  #receive({ headers, body }: SiteRequest): SiteAnswer {
    const presented = headers[SCHEMES[this.scheme].header];
    const verifies = [...this.verifying().values()].some((secret) =>
      this.scheme === 'open-messaging'
        ? presented === `sha256=${hmacSha256(secret, body).toString('base64')}`
        : presented === secret,
    );
    const text = verifies ? '{"status":"success"}' : '{"error":"Unauthorized"}';
    return { status: verifies ? 200 : 401, headers: {}, body: Buffer.from(text) };
  }
}
