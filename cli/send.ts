import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SCHEME_NAMES, SCHEMES, type Scheme } from '../contract/schemes.ts';
import { parseOptions, UsageError } from './arguments.ts';
import { AWS_HELP, AWS_OPTIONS, awsConfig } from './aws.ts';
import { readCurrent, secretFromStdin } from './secret.ts';
import { signWebhook } from './signing.ts';

export const SEND_HELP = `npm run webhook -- send --url URL (--secret-id ID | --secret-stdin) [options]

Signs one webhook and sends it; prints the status and the body. Exit status 0 for a 2xx.

  --url URL              where to send it, such as the stack's output WebhookUrl
  --secret-id ID         name or ARN of the secret in Secrets Manager
  --secret-json-key KEY  the member of a JSON secret that holds it
  --secret-stdin         read the secret from standard input (one line)
  --scheme SCHEME        ${SCHEME_NAMES.join(', ')} (default: form)
  --event-type TYPE      default: ${SCHEME_NAMES.map((name) => `${SCHEMES[name].sampleType} (${name})`).join(', ')}
  --payload FILE         send this JSON instead, byte by byte
${AWS_HELP}`;

/** Longer than any sender waits. */
const TIMEOUT_MS = 15_000;

export interface Answer {
  status: number;
  body: string;
  durationMs: number;
}

/** @returns the exit status */
export async function send(args: string[]): Promise<number> {
  const values = parseOptions(args, {
    ...AWS_OPTIONS,
    url: { type: 'string' },
    'secret-id': { type: 'string' },
    'secret-json-key': { type: 'string' },
    'secret-stdin': { type: 'boolean' },
    scheme: { type: 'string', default: 'form' },
    'event-type': { type: 'string' },
    payload: { type: 'string' },
  });
  const { url, 'secret-id': secretId } = values;
  if (!url) throw new Error('--url is missing: where is the webhook to go?');
  if (!secretId === !values['secret-stdin'])
    throw new Error('give the secret by --secret-id or by --secret-stdin');
  const scheme = toScheme(values.scheme);
  const secret = secretId
    ? await readCurrent(secretId, awsConfig(values), values['secret-json-key'])
    : await secretFromStdin();
  const payload = values.payload
    ? readFileSync(values.payload)
    : samplePayload(scheme, values['event-type'] ?? SCHEMES[scheme].sampleType);
  const answer = await deliver(url, signWebhook(scheme, payload, secret));
  console.log(`${answer.status} ${answer.body} (${answer.durationMs.toFixed(0)} ms)`);
  return answer.status >= 200 && answer.status < 300 ? 0 : 1;
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
