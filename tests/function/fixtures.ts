/** The requests under `fixtures/`, one file each, with the outcome on their first line. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CapturedRequest, parseCapturedRequest } from '../../cli/captured-request.ts';
import { OUTCOMES, type Outcome } from '../../contract/outcomes.ts';
import { SCHEME_NAMES, SCHEMES, type Scheme } from '../../contract/schemes.ts';
import { forbid } from '../support/test-logs.ts';

const FOLDER = join(import.meta.dirname, 'fixtures');

/** The secret that the fixtures of each scheme are signed with. */
export const SECRETS: Record<Scheme, string> = JSON.parse(readFileSync(join(FOLDER, 'secrets.json'), 'utf8'));

/** Every value in a payload that starts like this is a customer's own and must never be logged. */
const PRIVATE_MARKER = 'private-';

export interface Fixture {
  name: string;
  outcome: Outcome;
  reason?: string;
  /** What is published, where the file says it. */
  event?: {
    DetailType: string;
    /** What the dedupe key is the digest of, as JSON. @default - the payload */
    identity?: unknown[];
    /** @default - when it was received */
    timestamp?: string;
  };
  request: CapturedRequest;
}

export function fixtures(scheme: Scheme): Fixture[] {
  const without = SCHEME_NAMES.find((name) => !SECRETS[name]);
  if (without) throw new Error(`fixtures/secrets.json has no secret for ${without}`);
  forbid(PRIVATE_MARKER, ...SCHEME_NAMES.map((name) => SECRETS[name]));
  return readdirSync(join(FOLDER, scheme)).map((file) => readFixture(scheme, file.replace('.http', '')));
}

export function readFixture(scheme: Scheme, name: string): Fixture {
  const bytes = readFileSync(join(FOLDER, scheme, `${name}.http`));
  const [, status, outcome, reason, event] =
    /^# -> (\d+) (\w+)(?: (\w+))?\n(?:# published: (.*)\n)?/.exec(bytes.toString('latin1')) ?? [];
  if (!outcome || !(outcome in OUTCOMES) || OUTCOMES[outcome as Outcome].status !== Number(status)) {
    throw new Error(
      `${scheme}/${name}: the first line must be "# -> STATUS OUTCOME [REASON]", as in contract/outcomes.ts`,
    );
  }
  forbidSignatures(bytes.toString());
  return {
    name,
    outcome: outcome as Outcome,
    ...(reason && { reason }),
    ...(event && { event: JSON.parse(event) }),
    request: parseCapturedRequest(bytes),
  };
}

/** The JSON that a request carries. */
export function payloadOf(scheme: Scheme, { body }: CapturedRequest): string {
  const text = body.toString();
  return SCHEMES[scheme].body === 'form' ? (new URLSearchParams(text).get('webhook') ?? '') : text;
}

/** Hex and base64 digests, whole or nearly so. */
function forbidSignatures(text: string): void {
  for (const [signature] of text.matchAll(/\b[0-9a-fA-F]{60,}|\b[\w+/-]{42,}={0,2}/g)) forbid(signature);
}
