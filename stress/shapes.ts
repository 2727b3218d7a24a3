/**
 * What a request may cost: every shape that the limits allow, several times in one execution environment. Memory has to
 * stay within half of the default, for an environment that runs out of it dies with the request that it is handling.
 */
import { DEFAULT_MEMORY_MIB } from '../cdk/memory.ts';
import { OUTCOMES } from '../contract/outcomes.ts';
import { SCHEME_NAMES, type Scheme } from '../contract/schemes.ts';
import type { Note } from '../dev/common/progress.ts';
import { AwsStub } from '../tests/support/aws-stub.ts';
import { forbid } from '../tests/support/test-logs.ts';
import { binaryToStress } from './binary.ts';
import { Lambda } from './lambda.ts';
import type { Extent, Row } from './part.ts';
import { BODY_BYTES, EVENT_BYTES, GROUPS, SECRET, type Shape, usual } from './request-shapes.ts';

const HALF_OF_MEMORY_BYTES = (DEFAULT_MEMORY_MIB * 2 ** 20) / 2;
const WARM_UP = 3;
/** `npm test` has time for the first few of each group. */
const SHAPES_PER_GROUP = { brief: 3, full: Number.POSITIVE_INFINITY } as const;

/** Of an execution environment, once it has answered. */
interface Cost {
  statuses: number[];
  /** Whether it lives on and each answer was right. */
  right: boolean;
  peakBytes: number;
  /** Of one round. */
  cpuMs: number;
}

export async function shapes(extent: Extent, note: Note): Promise<Row[]> {
  const binary = await binaryToStress(note);
  const aws = await AwsStub.start();
  forbid(SECRET);
  // They are too large to be kept.
  aws.eventBridge.accept = () => {};
  const { arn } = aws.secretsManager.create('webhook-secret', SECRET);
  const environment = (scheme: Scheme) => {
    const env = { ...aws.env, WEBHOOK_SECRET_ARN: arn, EVENT_BUS_NAME: 'bus', SIGNATURE_SCHEME: scheme };
    return new Lambda({ suite: 'stress-shapes', binary, env, concurrency: 1, quiet: true });
  };
  const groups = GROUPS.filter(({ rounds }) => rounds[extent] > 0).map(({ rounds, shapes }) => ({
    rounds,
    shapes: shapes.slice(0, SHAPES_PER_GROUP[extent]),
  }));
  const rows: Row[] = [];
  try {
    for (const { rounds, shapes } of groups) {
      let plain: Cost | undefined;
      for (const shape of shapes) {
        note(shape.name);
        const cost = await costOf([shape], rounds[extent], environment);
        plain ??= cost;
        rows.push(row(shape.name, cost, `, ${(cost.cpuMs / plain.cpuMs).toFixed(1)} x the CPU`));
      }
    }
    for (const scheme of SCHEME_NAMES) {
      const all = groups.flatMap(({ shapes }) => shapes).filter((shape) => shape.scheme === scheme);
      note(`${scheme}: all in turn`);
      rows.push(row(`${scheme}: all ${all.length} of these in turn`, await costOf(all, 1, environment)));
    }
    return rows;
  } finally {
    await aws.stop();
  }
}

/** Of shapes of one scheme, one after the other in one environment, so many times. */
async function costOf(
  shapes: readonly Shape[],
  rounds: number,
  environment: (scheme: Scheme) => Lambda,
): Promise<Cost> {
  const scheme = shapes[0]?.scheme ?? 'form';
  const lambda = environment(scheme);
  try {
    for (let i = 0; i < WARM_UP; i += 1) await lambda.invoke(usual(scheme));
    const cpuBefore = lambda.cpuMs;
    const statuses = new Set<number>();
    let right = true;
    for (const shape of shapes) {
      const answers = shape.outcomes.map((outcome) => answerText(OUTCOMES[outcome]));
      const events = withinLimits(shape);
      for (let i = 0; i < rounds * events.length; i += 1) {
        const answer = await lambda.invoke(events[i % events.length]);
        statuses.add(answer.status);
        right &&= answers.includes(`${answer.status} ${answer.body}`);
      }
    }
    return {
      statuses: [...statuses].sort(),
      right: right && lambda.coldStarts === 1,
      peakBytes: lambda.peakBytes,
      cpuMs: (lambda.cpuMs - cpuBefore) / rounds,
    };
  } finally {
    await lambda.stop();
  }
}

/** @throws where API Gateway would not hand it on, or where the function would refuse it before it looks */
function withinLimits(shape: Shape): string[] {
  return shape.events().map((event) => {
    const text = JSON.stringify(event);
    const bodyBytes = Buffer.byteLength(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8');
    const isTooLarge = bodyBytes > BODY_BYTES && !shape.outcomes.includes('body_too_large');
    if (isTooLarge || Buffer.byteLength(text) > EVENT_BYTES)
      throw new Error(`${shape.name}: over the limits`);
    return text;
  });
}

function row(what: string, { statuses, right, peakBytes }: Cost, more = ''): Row {
  return {
    what: `${what}: ${statuses.join(', ')}`,
    figure: `${(peakBytes / 2 ** 20).toFixed(1)} MiB${more}`,
    holds: right && peakBytes <= HALF_OF_MEMORY_BYTES,
  };
}

function answerText({ status, body }: { status: number; body: object }): string {
  return `${status} ${JSON.stringify(body)}`;
}
