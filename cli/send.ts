import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { OUTCOMES } from '../contract/outcomes.ts';
import { SCHEME_NAMES, SCHEMES, type Scheme } from '../contract/schemes.ts';
import { UsageError } from './arguments.ts';
import { AWS_OPTIONS, awsConfig } from './aws.ts';
import { command } from './command.ts';
import { readCurrent, secretFromStdin } from './secret.ts';
import { signWebhook } from './signing.ts';

/** Longer than any sender waits. */
const TIMEOUT_MS = 15_000;

const PARKED =
  'parked: EventBridge or Secrets Manager is away. The webhook is handled when that is back; this answer says nothing of its signature.';

export interface Answer {
  status: number;
  body: string;
  durationMs: number;
}

export const send = command({
  name: 'send',
  summary: 'Sign one webhook and send it',
  usage: ['--url URL (--secret-id ID|--secret-stdin) [options]'],
  description: 'Signs one webhook and sends it, and prints the status and the body of the answer.',
  options: {
    url: {
      type: 'string',
      placeholder: 'URL',
      description: "Where to send it, such as the stack's output WebhookUrl",
    },
    'secret-id': {
      type: 'string',
      placeholder: 'ID',
      description: 'Name or ARN of the secret in Secrets Manager',
    },
    'secret-json-key': {
      type: 'string',
      placeholder: 'KEY',
      description: 'Member of a JSON secret that holds it',
    },
    'secret-stdin': { type: 'boolean', description: 'Read the secret from standard input (one line)' },
    scheme: {
      type: 'string',
      placeholder: 'SCHEME',
      description: `One of ${SCHEME_NAMES.join(', ')}`,
      default: 'form',
    },
    'event-type': {
      type: 'string',
      placeholder: 'TYPE',
      description: `Event type of the sample that is sent; without it, ${SCHEME_NAMES.map((name) => `${SCHEMES[name].sampleType} (${name})`).join(', ')}`,
    },
    payload: {
      type: 'string',
      placeholder: 'FILE',
      description: 'Send this JSON instead of a sample, byte by byte',
    },
    ...AWS_OPTIONS,
  },
  examples: [
    'genesys-webhook send --url "$URL" --secret-id "$SECRET_ARN"',
    'pass show genesys | genesys-webhook send --url "$URL" --secret-stdin',
  ],
  statuses: ['The answer was a 2xx', 'It was another one'],

  async work(values) {
    const { url, 'secret-id': secretId } = values;
    if (!url) throw new UsageError('--url is missing: where is the webhook to go?');
    if (!secretId === !values['secret-stdin'])
      throw new UsageError('give the secret by --secret-id or by --secret-stdin');
    const scheme = toScheme(values.scheme);
    const secret = secretId
      ? await readCurrent(secretId, awsConfig(values), values['secret-json-key'])
      : await secretFromStdin();
    const payload = values.payload
      ? readFileSync(values.payload)
      : samplePayload(scheme, values['event-type'] ?? SCHEMES[scheme].sampleType);
    const answer = await deliver(url, signWebhook(scheme, payload, secret));
    return { ok: answer.status >= 200 && answer.status < 300, parked: isParked(answer), ...answer };
  },

  text: ({ status, body, durationMs, parked }) =>
    [`${status} ${body} (${durationMs.toFixed(0)} ms)`, ...(parked ? [PARKED] : [])].join('\n'),
});

/** Whether the webhook waits in the parking queue. Its signature may not have been looked at yet. */
export function isParked({ status, body }: Answer): boolean {
  const { parked } = OUTCOMES;
  return status === parked.status && body === JSON.stringify(parked.body);
}

/** @throws if no answer comes; the error says what became of the connection */
export async function deliver(url: string, request: RequestInit): Promise<Answer> {
  const began = performance.now();
  try {
    const response = await fetch(url, {
      ...request,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: response.status, body: await response.text(), durationMs: performance.now() - began };
  } catch (error) {
    const { cause, message } = error as Error;
    throw new Error(`no answer from ${url}: ${cause instanceof Error ? cause.message : message}`);
  }
}

export function toScheme(name: string): Scheme {
  const scheme = SCHEME_NAMES.find((known) => known === name);
  if (!scheme) throw new UsageError(`--scheme takes one of ${SCHEME_NAMES.join(', ')}`);
  return scheme;
}

/** A small payload of a scheme's own shape. */
export function samplePayload(scheme: Scheme, eventType: string, id: string = randomUUID()): string {
  return JSON.stringify(SCHEMES[scheme].sample(eventType, id));
}
