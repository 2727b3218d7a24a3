/**
 * What nobody sends on purpose, and what somebody might: thousands of generated inputs of each kind, through the real
 * binary. Each answer is one that its kind allows, in the words of the contract, and the process that gave it lives on.
 *
 * Slow-loris, headers over 10,240 bytes and bodies over 10 MB are API Gateway's to stop: no function ever sees them.
 */

import { signWebhook } from '../cli/signing.ts';
import { OUTCOMES } from '../contract/outcomes.ts';
import type { Note } from '../dev/common/progress.ts';
import { AwsStub } from '../tests/support/aws-stub.ts';
import { httpApiEvent } from '../tests/support/http-api-event.ts';
import { forbid } from '../tests/support/test-logs.ts';
import { functionBinary } from './function-binary.ts';
import { BODIES } from './inputs/bodies.ts';
import { CREDENTIALS } from './inputs/credentials.ts';
import { EVENTS } from './inputs/events.ts';
import { SECRET } from './inputs/input.ts';
import { PAYLOADS } from './inputs/payloads.ts';
import { Lambda } from './lambda.ts';
import { type Extent, grouped, type Row, zero } from './part.ts';
import { Random } from './random.ts';
import { payload } from './webhooks.ts';

const EXTENT = { brief: 200, full: 10_000 } as const;
const INPUTS = [...BODIES, ...CREDENTIALS, ...PAYLOADS, ...EVENTS];
const ANSWERS = new Set(Object.values(OUTCOMES).map(({ body }) => JSON.stringify(body)));

export async function badInput(extent: Extent, note: Note): Promise<Row[]> {
  const binary = await functionBinary(note);
  const aws = await AwsStub.start();
  forbid(SECRET);
  const published: string[] = [];
  aws.eventBridge.accept = ({ Detail = '' }) => published.push(Detail);
  const { arn } = aws.secretsManager.create('webhook-secret', SECRET);
  const lambdas = new Map(
    INPUTS.map(({ scheme = 'form' }) => scheme).map((scheme) => {
      const env = { ...aws.env, WEBHOOK_SECRET_ARN: arn, EVENT_BUS_NAME: 'bus', SIGNATURE_SCHEME: scheme };
      return [
        scheme,
        new Lambda({ suite: 'stress-input', binary, env, concurrency: 1, quiet: extent === 'full' }),
      ];
    }),
  );
  const random = new Random(10);
  const rows: Row[] = [];
  let strange = 0;
  let unearned = 0;
  let changed = 0;
  try {
    for (const { kind, scheme = 'form', share = 1, answers, payload: accepted = '', make } of INPUTS) {
      note(kind);
      const lambda = lambdas.get(scheme) as Lambda;
      const statuses = new Map<number, number>();
      for (let i = 0; i < Math.ceil(EXTENT[extent] * share); i += 1) {
        const before = published.length;
        const { status, body } = await lambda.invoke(make(random));
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (!ANSWERS.has(body)) strange += 1;
        if (published.length - before !== (status === 200 ? 1 : 0)) unearned += 1;
        if (status === 200 && !published.at(-1)?.includes(accepted)) changed += 1;
      }
      const seen = [...statuses].sort(([a], [b]) => a - b);
      rows.push({
        what: kind,
        figure: seen.map(([status, number]) => `${status}: ${grouped(number)}`).join(', '),
        holds: seen.every(([status]) => answers.includes(status)),
      });
    }
    const wellFormed = httpApiEvent(signWebhook('form', payload('form', 'w-1'), SECRET));
    const { status } = await (lambdas.get('form') as Lambda).invoke(wellFormed);
    const restarts = [...lambdas.values()].reduce((sum, { coldStarts }) => sum + coldStarts - 1, 0);
    return [
      ...rows,
      zero('answers that are not of the contract', strange),
      zero('answers of 200 without an event, or events without a 200', unearned),
      zero('answers of 200 to a payload that was not signed', changed),
      zero('processes that ended', restarts),
      { what: 'a sound webhook after all that', figure: String(status), holds: status === 200 },
    ];
  } finally {
    await Promise.all([...lambdas.values()].map((lambda) => lambda.stop()));
    await aws.stop();
  }
}
