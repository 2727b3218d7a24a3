/**
 * Webhooks of every scheme, one in ten forged, from senders that behave as Genesys does, while Secrets
 * Manager, EventBridge and SQS, over HTTP/2, go through one outage after another, processes are killed under their
 * requests, and every secret is rotated three times. Each webhook is accounted for once nothing is parked any more.
 */

import type { SignedRequest } from '../cli/signing.ts';
import { SCHEME_NAMES, type Scheme } from '../contract/schemes.ts';
import type { Note } from '../dev/common/progress.ts';
import { AwsStub } from '../tests/support/aws-stub.ts';
import { httpApiEvent } from '../tests/support/http-api-event.ts';
import type { StubSecret } from '../tests/support/secrets-manager-stub.ts';
import { SqsStub } from '../tests/support/sqs-stub.ts';
import { Accounts } from './accounts.ts';
import { binaryToStress } from './binary.ts';
import { parkedBy, runCampaign } from './campaign.ts';
import { EventSourceMapping, VISIBILITY_TIMEOUT_MS } from './event-source-mapping.ts';
import { Instance, SHORT_TIMES, TIME_SCALE } from './instance.ts';
import { Lambda } from './lambda.ts';
import { outagesOf } from './outages.ts';
import { count, type Extent, grouped, type Row, zero } from './part.ts';
import { Random } from './random.ts';

/** The most at once. */
const ENVIRONMENTS_PER_SCHEME = 80;
/** `warm` environments are started beforehand, so that not all start at once. Cold starts are dear without a release build. */
const EXTENT = {
  brief: {
    webhooks: 1_000,
    underWay: 24,
    outageMs: 1_500,
    recoveryMs: 2_000,
    warm: 4,
    killEveryMs: 1_000,
  },
  full: {
    webhooks: 30_000,
    underWay: Number.POSITIVE_INFINITY,
    outageMs: 2_000,
    recoveryMs: 12_000,
    warm: 10,
    killEveryMs: 250,
  },
} as const;

class StubInstance extends Instance {
  readonly lambda: Lambda;
  readonly #mapping: EventSourceMapping;
  readonly #secret: StubSecret;
  #secrets = 1;
  #staged: string | undefined;

  constructor(
    scheme: Scheme,
    aws: AwsStub,
    readonly sqs: SqsStub,
    binary: string,
    accounts: Accounts,
  ) {
    const first = secretOf(scheme, 0);
    super(scheme, first, accounts);
    this.#secret = aws.secretsManager.create(`webhook-secret-${scheme}`, first);
    const env = {
      ...aws.env,
      AWS_ENDPOINT_URL_SQS: sqs.url,
      PARKING_QUEUE_URL: sqs.queueUrl,
      WEBHOOK_SECRET_ARN: this.#secret.arn,
      EVENT_BUS_NAME: 'genesys-webhook',
      SIGNATURE_SCHEME: scheme,
      ...SHORT_TIMES,
      // As in production, a new signature is met long before the TTL is over: it alone has the secrets read again.
      ...(scheme === 'open-messaging' && { SECRET_CACHE_TTL_SECONDS: '30' }),
    };
    this.lambda = new Lambda({
      suite: 'stress-faults',
      binary,
      env,
      concurrency: ENVIRONMENTS_PER_SCHEME,
      onLog: (line) => accounts.logged(line),
    });
    this.#mapping = new EventSourceMapping(
      sqs.messages,
      (message) => this.lambda.handle(message),
      VISIBILITY_TIMEOUT_MS / TIME_SCALE,
    );
  }

  override async renew(): Promise<void> {
    this.lambda.renew();
  }

  override async parked(): Promise<number> {
    return this.#mapping.messages;
  }

  async stop(): Promise<void> {
    this.#mapping.stop();
    await Promise.all([this.lambda.stop(), this.sqs.stop()]);
  }

  protected override deliver(request: SignedRequest): Promise<{ status: number; body: string }> {
    return this.lambda.invoke(httpApiEvent(request));
  }

  protected override async stage(): Promise<string> {
    const secret = secretOf(this.scheme, this.#secrets++);
    this.#staged = this.#secret.put(secret, 'AWSPENDING');
    return secret;
  }

  protected override async promote(): Promise<void> {
    this.#secret.moveStage('AWSCURRENT', this.#staged);
    this.#secret.moveStage('AWSPENDING');
  }

  protected override async endPrevious(): Promise<void> {
    this.#secret.moveStage('AWSPREVIOUS');
  }
}

function secretOf(scheme: Scheme, number: number): string {
  return `${scheme}-secret-number-${number}-`.padEnd(64, 'x');
}

export async function faults(extent: Extent, note: Note): Promise<Row[]> {
  const binary = await binaryToStress(note);
  // Where a fault may end or silence a connection that many calls share.
  const aws = await AwsStub.start({ protocol: 'h2' });
  const { secretsManager, eventBridge } = aws;
  const accounts = new Accounts(extent);
  const instances = await Promise.all(
    SCHEME_NAMES.map(async (scheme) => {
      const sqs = await new SqsStub(aws.tls).start();
      return new StubInstance(scheme, aws, sqs, binary, accounts);
    }),
  );
  eventBridge.accept = ({ Detail = '' }) => accounts.published(Detail);
  const { webhooks, warm, killEveryMs } = EXTENT[extent];
  const random = new Random(9);
  let killing: NodeJS.Timeout | undefined;
  try {
    await Promise.all(instances.map(({ lambda }) => lambda.warm(warm)));
    killing = setInterval(() => {
      const isOver = accounts.done >= webhooks;
      if (!isOver) random.pick(instances).lambda.killNext(killEveryMs);
    }, killEveryMs);
    const services = {
      'Secrets Manager': [secretsManager],
      EventBridge: [eventBridge],
      SQS: instances.map(({ sqs }) => sqs),
    };
    const outages = outagesOf(extent);
    const outcome = await runCampaign({ ...EXTENT[extent], services, outages, instances, accounts }, note);
    const sum = (of: 'coldStarts' | 'killed' | 'killedParked' | 'throttled' | 'timedOut') =>
      instances.reduce((total, { lambda }) => total + lambda[of], 0);
    return [
      ...accounts.rows(await parkedBy(instances)),
      ...outcome,
      zero("requests that ran into the function's time-out", sum('timedOut')),
      { what: 'processes killed under a request', figure: grouped(sum('killed')), holds: sum('killed') > 0 },
      {
        what: '  of which under one that was parked',
        figure: grouped(sum('killedParked')),
        holds: sum('killedParked') > 0,
      },
      count('cold starts', sum('coldStarts')),
      count('answered 429 for want of an environment', sum('throttled')),
      count('calls of GetSecretValue', secretsManager.calls.GetSecretValue ?? 0),
      count('calls of DescribeSecret', secretsManager.calls.DescribeSecret ?? 0),
      count('calls of PutEvents', eventBridge.calls.PutEvents ?? 0),
      count(
        'calls of SendMessage',
        instances.reduce((total, { sqs }) => total + (sqs.calls.SendMessage ?? 0), 0),
      ),
    ];
  } finally {
    clearInterval(killing);
    await Promise.all(instances.map((instance) => instance.stop()));
    await aws.stop();
  }
}
