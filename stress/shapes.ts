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
import { functionBinary } from './function-binary.ts';
import { HEADERS, PLAIN_HEADERS } from './inputs/header-shapes.ts';
import { SECRET } from './inputs/input.ts';
import { BODY_BYTES, EVENT_BYTES, type Kind, type Shape, usual } from './inputs/shape.ts';
import { PLAIN_BODY, PLAIN_PAYLOAD, PLAIN_SIZES, SIGNED } from './inputs/signed-shapes.ts';
import { UNSIGNED } from './inputs/unsigned-shapes.ts';
import { Lambda } from './lambda.ts';
import type { Extent, Row } from './part.ts';

const HALF_OF_MEMORY_BYTES = (DEFAULT_MEMORY_MIB * 2 ** 20) / 2;
const WARM_UP = 3;
const LARGE = { brief: 1, full: 12 };
/** How often each shape is sent. What is small is over too soon to be measured. */
const ROUNDS: Record<Kind, Record<Extent, number>> = {
  event: LARGE,
  body: LARGE,
  payload: LARGE,
  headers: { brief: 40, full: 2_000 },
  sizes: { brief: 1, full: 6 },
};
/** What the CPU time of a shape is a multiple of. No body is read that would be larger, for an event of 6 MB. */
const PLAIN: Record<Kind, Shape> = {
  event: PLAIN_BODY,
  body: PLAIN_BODY,
  payload: PLAIN_PAYLOAD,
  headers: PLAIN_HEADERS,
  sizes: PLAIN_SIZES,
};
const SHAPES = [...new Set(Object.values(PLAIN)), ...UNSIGNED, ...SIGNED, ...HEADERS];

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
  const binary = await functionBinary(note);
  const aws = await AwsStub.start();
  forbid(SECRET);
  // They are too large to be kept.
  aws.eventBridge.accept = () => {};
  const { arn } = aws.secretsManager.create('webhook-secret', SECRET);
  const environment = (scheme: Scheme) => {
    const env = { ...aws.env, WEBHOOK_SECRET_ARN: arn, EVENT_BUS_NAME: 'bus', SIGNATURE_SCHEME: scheme };
    return new Lambda({ suite: 'stress-shapes', binary, env, concurrency: 1, quiet: true });
  };
  const costs = new Map<Shape, Cost>();
  const rows: Row[] = [];
  try {
    const shapes = SHAPES.filter(({ brief }) => extent === 'full' || brief);
    for (const shape of shapes) {
      note(shape.name);
      const cost = await costOf([shape], ROUNDS[shape.kind][extent], environment);
      costs.set(shape, cost);
      const plain = costs.get(PLAIN[shape.kind]);
      rows.push(row(shape.name, cost, plain && `, ${(cost.cpuMs / plain.cpuMs).toFixed(1)} x the CPU`));
    }
    for (const scheme of SCHEME_NAMES) {
      const all = shapes.filter((shape) => schemeOf(shape) === scheme);
      if (all.length === 0) continue;
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
  const scheme = schemeOf(shapes[0]);
  const lambda = environment(scheme);
  try {
    for (let i = 0; i < WARM_UP; i += 1) await lambda.invoke(usual(scheme));
    const cpuBefore = cpuMs(lambda);
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
      peakBytes: Math.max(...lambda.processes.map((fn) => fn.memory().peak)),
      cpuMs: (cpuMs(lambda) - cpuBefore) / rounds,
    };
  } finally {
    await lambda.stop();
  }
}

/** @throws where API Gateway would not hand it on, or where the function would refuse it before it looks */
function withinLimits(shape: Shape): string[] {
  return shape.make().map((event) => {
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

function schemeOf(shape?: Shape): Scheme {
  return shape?.scheme ?? 'form';
}

function cpuMs(lambda: Lambda): number {
  return lambda.processes.reduce((sum, fn) => sum + fn.cpuMs(), 0);
}
