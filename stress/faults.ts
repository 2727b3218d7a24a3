/**
 * Ten thousand webhooks of every scheme, one in ten forged, from senders that behave as Genesys does, while Secrets
 * Manager and EventBridge, over HTTP/2, go through one outage after another, processes are killed under their requests,
 * and every secret is rotated three times. Each webhook is accounted for at the end.
 */

import type { SignedRequest } from '../cli/signing.ts';
import { SCHEME_NAMES, type Scheme } from '../contract/schemes.ts';
import type { Note } from '../dev/common/progress.ts';
import { AwsStub } from '../tests/support/aws-stub.ts';
import { httpApiEvent } from '../tests/support/http-api-event.ts';
import type { StubSecret } from '../tests/support/secrets-manager-stub.ts';
import { Accounts } from './accounts.ts';
import { binaryToStress } from './binary.ts';
import { runCampaign } from './campaign.ts';
import { Instance, SHORT_TIMES } from './instance.ts';
import { Lambda } from './lambda.ts';
import { count, type Extent, grouped, type Row, zero } from './part.ts';
import { Random } from './random.ts';

/** The most environments, and how many are started beforehand, so that not all start at once. */
const ENVIRONMENTS_PER_SCHEME = 80;
const WARM_ENVIRONMENTS = 10;
const KILL_EVERY_MS = 250;

const EXTENT = {
  brief: { webhooks: 1_000, underWay: 24, outageMs: 1_500, recoveryMs: 2_000 },
  full: { webhooks: 30_000, underWay: Number.POSITIVE_INFINITY, outageMs: 2_000, recoveryMs: 12_000 },
} as const;

class StubInstance extends Instance {
  readonly lambda: Lambda;
  readonly #secret: StubSecret;
  #secrets = 1;
  #staged: string | undefined;

  constructor(scheme: Scheme, aws: AwsStub, binary: string) {
    const first = secretOf(scheme, 0);
    super(scheme, first);
    this.#secret = aws.secretsManager.create(`webhook-secret-${scheme}`, first);
    const env = {
      ...aws.env,
      WEBHOOK_SECRET_ARN: this.#secret.arn,
      EVENT_BUS_NAME: 'genesys-webhook',
      SIGNATURE_SCHEME: scheme,
      ...SHORT_TIMES,
      // As in production, a new signature is met long before the TTL is over: it alone has the secrets read again.
      ...(scheme === 'open-messaging' && { SECRET_CACHE_TTL_SECONDS: '30' }),
    };
    this.lambda = new Lambda({ suite: 'stress-faults', binary, env, concurrency: ENVIRONMENTS_PER_SCHEME });
  }

  protected override async deliver(request: SignedRequest): Promise<number> {
    return (await this.lambda.invoke(httpApiEvent(request))).status;
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
  const instances = SCHEME_NAMES.map((scheme) => new StubInstance(scheme, aws, binary));
  const accounts = new Accounts(extent);
  eventBridge.accept = ({ Detail = '' }) => accounts.published(Detail);
  const random = new Random(9);
  let killing: NodeJS.Timeout | undefined;
  try {
    await Promise.all(instances.map(({ lambda }) => lambda.warm(WARM_ENVIRONMENTS)));
    killing = setInterval(() => {
      const isOver = accounts.done >= EXTENT[extent].webhooks;
      if (!isOver) random.pick(instances).lambda.killNext(KILL_EVERY_MS);
    }, KILL_EVERY_MS);
    const services = { secretsManager, eventBridge };
    const outcome = await runCampaign({ ...EXTENT[extent], ...services, instances, accounts }, note);
    const sum = (of: 'coldStarts' | 'killed' | 'throttled' | 'timedOut') =>
      instances.reduce((total, { lambda }) => total + lambda[of], 0);
    return [
      ...accounts.rows(),
      ...outcome,
      zero("requests that ran into the function's time-out", sum('timedOut')),
      { what: 'processes killed under a request', figure: grouped(sum('killed')), holds: sum('killed') > 0 },
      count('cold starts', sum('coldStarts')),
      count('answered 429 for want of an environment', sum('throttled')),
      count('calls of GetSecretValue', secretsManager.calls.GetSecretValue ?? 0),
      count('calls of DescribeSecret', secretsManager.calls.DescribeSecret ?? 0),
      count('calls of PutEvents', eventBridge.calls.PutEvents ?? 0),
    ];
  } finally {
    clearInterval(killing);
    await Promise.all(instances.map(({ lambda }) => lambda.stop()));
    await aws.stop();
  }
}
