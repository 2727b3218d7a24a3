import { randomUUID } from 'node:crypto';
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { UsageError } from './arguments.ts';
import { AWS_OPTIONS, type AwsConfig, awsConfig, sqsClient } from './aws.ts';
import { command, JSON_OPTION } from './command.ts';
import { WEBHOOK_ORIGIN } from './outputs.ts';
import { readCurrent } from './secret.ts';
import { deliver, isParked, samplePayload } from './send.ts';
import { signWebhook } from './signing.ts';
import { type Instance, readStack, STACK_OPTION } from './stack.ts';
import { table } from './table.ts';

const SMOKE_TYPE = 'genesys-webhook.smoke';
const DELIVERY = 'event at the example consumer';
const DELIVERY_LIMIT_MS = 20_000;

/** What is got in place of a status where the webhook was parked. It is a 200, and no event. */
const PARKED = '200 parked';

/** The usual cause of each unexpected answer. */
const HINTS: Record<string, string> = {
  [PARKED]:
    "EventBridge or Secrets Manager is away: see `cause` and `error_code` in the function's log (docs/runbook.md#webhooks-parked)",
  401: 'run `genesys-webhook doctor --stack NAME`',
  403: "this machine's address is not in allowedCidrs",
  404: 'no such route: is the deploy over?',
  429: "the stage's throttle",
  503: "neither verified or published, nor parked: see `error_code` and `parking_error_code` in the function's log",
};

interface Check {
  instance: string;
  check: string;
  expected: number | string;
  got: number | string;
  ms: number;
  ok: boolean;
  /** The usual cause, where it is not ok. */
  hint?: string;
}

const COLUMNS = ['instance', 'check', 'expected', 'got', 'ms'] as const;

/** What `smoke --json` prints. */
export interface SmokeResult {
  ok: boolean;
  checks: Check[];
  /** What was not checked, and why. */
  notes: string[];
}

export const smoke = command({
  name: 'smoke',
  summary: 'Check a stack after a deploy',
  usage: ['--stack NAME [options]'],
  description: `Sends each instance of the stack a signed event of type ${SMOKE_TYPE}, one with a bad signature, and a GET, and expects 200, 401 and 405. The 200 means that EventBridge has the event; one that says that it is parked fails. Where the stack has the example consumer, the event is waited for there, too. With another endpoint, ${WEBHOOK_ORIGIN} says where its webhooks go.`,
  options: { stack: STACK_OPTION, json: JSON_OPTION, ...AWS_OPTIONS },
  examples: [
    'genesys-webhook smoke --stack GenesysWebhook',
    'genesys-webhook smoke --stack GenesysWebhook --json > smoke.json',
  ],
  statuses: ['Every answer was as expected', 'One was not'],

  async work(values): Promise<SmokeResult> {
    if (!values.stack) throw new UsageError('--stack is missing: which stack is to be checked?');
    const aws = awsConfig(values);
    // The stack's outputs name AWS's own hosts, which lead past another endpoint.
    if (aws.endpoint && !process.env[WEBHOOK_ORIGIN])
      throw new UsageError(
        `set ${WEBHOOK_ORIGIN} to where this endpoint's webhooks go, as \`npm start\` shows it`,
      );
    const { instances, consumerQueueUrl } = await readStack(values.stack, aws);
    const queue = consumerQueueUrl ? new ConsumerQueue(consumerQueueUrl, aws) : undefined;
    const readable = await queue?.isEmpty();
    const checks: Check[] = [];
    for (const instance of instances) {
      const id: string = randomUUID();
      const answers = await checkAnswers(instance, id, aws);
      checks.push(...answers);
      const wasAccepted = answers[0]?.ok;
      if (wasAccepted && readable && queue && instance.scheme === 'form') checks.push(await queue.check(id));
    }
    const notes =
      readable === false ? [`${DELIVERY}: not checked, because other events are waiting in the queue`] : [];
    return { ok: checks.every(({ ok }) => ok), checks, notes };
  },

  text({ checks, notes }) {
    const failed = checks.filter(({ ok }) => !ok);
    return [
      table([
        COLUMNS,
        ...checks.map((row) => [...COLUMNS.map((column) => row[column]), row.ok ? 'ok' : 'FAILED']),
      ]),
      ...failed.map(({ instance, check, got, hint }) => `${instance}, ${check}: ${got}; ${hint}`),
      ...notes,
      failed.length === 0 ? 'all as expected' : `${failed.length} of ${checks.length} checks failed`,
    ].join('\n');
  },
});

/** The verdict on what was got. */
function checked(check: Pick<Check, 'instance' | 'check' | 'expected' | 'got'>, ms: number): Check {
  const ok = check.expected === check.got;
  const hint = HINTS[check.got] ?? "see the function's log";
  return { ...check, ms: Math.round(ms), ok, ...(!ok && { hint }) };
}

async function checkAnswers(
  { scheme, url, secretArn, env }: Instance,
  id: string,
  aws: AwsConfig,
): Promise<Check[]> {
  const secret = await readCurrent(secretArn, aws, env.WEBHOOK_SECRET_JSON_KEY);
  const payload = samplePayload(scheme, SMOKE_TYPE, id);
  const requests: [string, number, RequestInit][] = [
    ['signed event', 200, signWebhook(scheme, payload, secret)],
    ['bad signature', 401, signWebhook(scheme, payload, randomUUID())],
    ['GET', 405, { method: 'GET' }],
  ];
  const checks: Check[] = [];
  for (const [check, expected, request] of requests) {
    const answer = await deliver(url, request);
    const got = isParked(answer) ? PARKED : answer.status;
    checks.push(checked({ instance: scheme, check, expected, got }, answer.durationMs));
  }
  return checks;
}

/**
 * Watches the example consumer's queue. It leaves others' events alone, because reading a message counts towards its
 * dead-lettering.
 */
class ConsumerQueue {
  readonly #url: string;
  readonly #sqs: SQSClient;

  constructor(url: string, aws: AwsConfig) {
    this.#url = url;
    this.#sqs = sqsClient(aws);
  }

  async isEmpty(): Promise<boolean> {
    const { Attributes } = await this.#sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: this.#url, AttributeNames: ['ApproximateNumberOfMessages'] }),
    );
    return Attributes?.ApproximateNumberOfMessages === '0';
  }

  /** Waits for the event with this id, and takes it away. */
  async check(id: string): Promise<Check> {
    const began = performance.now();
    let arrived = false;
    while (!arrived && performance.now() - began < DELIVERY_LIMIT_MS) {
      const { Messages = [] } = await this.#sqs.send(
        new ReceiveMessageCommand({ QueueUrl: this.#url, WaitTimeSeconds: 1 }),
      );
      const found = Messages.find(({ Body }) => Body?.includes(id));
      if (!found) continue;
      arrived = true;
      await this.#sqs.send(
        new DeleteMessageCommand({ QueueUrl: this.#url, ReceiptHandle: found.ReceiptHandle }),
      );
    }
    const got = arrived ? 'arrived' : 'nothing';
    return checked(
      { instance: 'form', check: DELIVERY, expected: 'arrived', got },
      performance.now() - began,
    );
  }
}
