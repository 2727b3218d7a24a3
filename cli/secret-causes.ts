/** What can be said of a secret without showing it: a line per version, and which causes of a 401 or a 503 fit. */

import type { Scheme } from '../contract/schemes.ts';
import { jsonObject } from './json.ts';
import { isBlank, type SecretVersion, type StoredSecret, sharedSecret, unusable } from './secret.ts';

/** The function's defaults (docs/configuration.md), in seconds. */
const DEFAULTS = { SECRET_CACHE_TTL_SECONDS: 300, PREVIOUS_SECRET_GRACE_SECONDS: 86_400 };

export interface SecretReport {
  /** What there is: one line each. */
  facts: string[];
  /** What may be wrong: each a cause and the way to mend it. */
  causes: string[];
}

/**
 * Why AWSPENDING stands, `rotation.ts` says.
 *
 * @param senders the value that the sender is said to hold, to be compared
 */
export function examine(
  { versions, lastChanged, deleted }: StoredSecret,
  scheme: Scheme,
  env: Record<string, string>,
  senders?: string,
  now = new Date(),
): SecretReport {
  const jsonKey = env.WEBHOOK_SECRET_JSON_KEY || undefined;
  const ttl = seconds(env, 'SECRET_CACHE_TTL_SECONDS');
  const changed = lastChanged ? (now.getTime() - lastChanged.getTime()) / 1000 : 0;
  const graceLeft = (previousUntil({ lastChanged }, env, now).getTime() - now.getTime()) / 1000;
  const grace =
    graceLeft > 0 ? `AWSPREVIOUS verifies for ${span(graceLeft)} more` : 'over: AWSPREVIOUS is refused';
  const idOf = (stage: string) => versions.find((version) => version.stage === stage)?.versionId;
  const [current, pending, previous] = ['AWSCURRENT', 'AWSPENDING', 'AWSPREVIOUS'].map(idOf);
  // Without labels that do not count: AWSPENDING on the current version or before its value, AWSPREVIOUS after its grace.
  const inForce = versions.filter(
    ({ stage, empty }) =>
      (stage !== 'AWSPENDING' || (pending !== current && !empty)) &&
      (stage !== 'AWSPREVIOUS' || graceLeft > 0),
  );

  const facts = [
    ...versions.map((version) => `${version.stage.padEnd(11)} ${describeVersion(version, jsonKey, now)}`),
    `cache       a label that is moved or removed counts everywhere within ${span(ttl)}`,
    ...(lastChanged ? [`last change ${span(changed)} ago`] : []),
    ...(previous ? [`grace       ${grace}`] : []),
  ];
  const causes = inForce.flatMap((version) =>
    flaws(version, scheme, jsonKey).map((cause) => `${version.stage} ${cause}`),
  );
  if (deleted)
    causes.unshift(
      `the secret is scheduled for deletion since ${deleted.toISOString()}: restore it (aws secretsmanager restore-secret)`,
    );
  if (!current) causes.push('no version is AWSCURRENT: store a value');
  const copy = senders === undefined ? undefined : compare(senders, versions, jsonKey);
  const isPrevious = copy?.same === 'AWSPREVIOUS';
  if (previous && changed < ttl && !isPrevious)
    causes.push(
      'the secret changed within the cache time: webhooks signed with a secret stored under 30 s ago may still be refused',
    );
  if (copy) {
    const advice = `: the sender was never switched; the grace is ${graceLeft > 0 ? `on (${grace})` : grace}; put AWSCURRENT into Genesys`;
    (copy.same === 'AWSCURRENT' ? facts : causes).push(`${copy.text}${isPrevious ? advice : ''}`);
  }
  return { facts, causes };
}

/** When AWSPREVIOUS stops verifying. As in the function, the grace starts now if nothing says when it began. */
export function previousUntil(
  { lastChanged }: Pick<StoredSecret, 'lastChanged'>,
  env: Record<string, string>,
  now = new Date(),
): Date {
  const grace = seconds(env, 'PREVIOUS_SECRET_GRACE_SECONDS');
  return new Date((lastChanged ?? now).getTime() + grace * 1000);
}

function seconds(env: Record<string, string>, name: keyof typeof DEFAULTS): number {
  return Number(env[name] || DEFAULTS[name]);
}

function describeVersion(
  { versionId, value, unreadable, created }: SecretVersion,
  jsonKey: string | undefined,
  now: Date,
): string {
  const age = created ? `, made ${span((now.getTime() - created.getTime()) / 1000)} ago` : '';
  if (value === undefined) return `${versionId}: ${unreadable ? 'unreadable' : 'no text value'}${age}`;
  const secret = sharedSecret(value, jsonKey);
  const kind = jsonKey ? `JSON, member "${jsonKey}"` : jsonObject(value) ? 'JSON, used whole' : 'plain text';
  return `${versionId}: ${secret === undefined ? 'nothing' : `${Buffer.byteLength(secret)} bytes`} (${kind})${age}`;
}

/** Why a version does not verify, or does not verify what its owner thinks. */
function flaws({ value, unreadable }: SecretVersion, scheme: Scheme, jsonKey?: string): string[] {
  if (unreadable) return [unreadable];
  if (value === undefined)
    return ['has no text value (none yet, or a binary one) and is never used: store it as text'];
  const secret = sharedSecret(value, jsonKey);
  if (secret === undefined)
    return [`is no JSON object with a string under "${jsonKey}" (WEBHOOK_SECRET_JSON_KEY) and is never used`];
  const neverUsed = unusable(secret, scheme);
  if (isBlank(secret) && neverUsed) return [neverUsed];
  const causes: string[] = [];
  if (/^[\s\0]|[\s\0]$/.test(secret))
    causes.push(
      "begins or ends with white space, a newline or NUL, which counts: does the sender's copy have it, too?",
    );
  if (!jsonKey && jsonObject(value))
    causes.push(
      'is a JSON object and is used whole: set WEBHOOK_SECRET_JSON_KEY if one of its members is meant',
    );
  if (neverUsed) causes.push(neverUsed);
  else if (Buffer.byteLength(secret) < 16)
    causes.push('is shorter than 16 bytes and may be guessed: rotate to a longer one');
  return causes;
}

/** What the sender's copy is: the stage whose secret it equals, or the likeliest reason why it differs. */
function compare(
  senders: string,
  versions: SecretVersion[],
  jsonKey?: string,
): { same?: string; text: string } {
  const secrets = versions.map(({ stage, value = '' }) => ({
    stage,
    value,
    secret: sharedSecret(value, jsonKey) ?? '',
  }));
  const same = secrets.find(({ secret }) => secret === senders)?.stage;
  if (same) return { same, text: `the sender's copy is ${same}` };
  const alike: [(secret: string, stored: string) => boolean, string][] = [
    [(secret) => secret.trim() === senders.trim(), 'but for white space at its ends'],
    [(secret) => secret === senders.replace(/^"(.*)"$/, '$1'), 'in quotes'],
    [(secret) => secret.toLowerCase() === senders.toLowerCase(), 'but for upper and lower case'],
    [(_, stored) => stored === senders, 'with all of its JSON, where one member is the secret'],
    [
      (secret) => secret.startsWith(senders) || senders.startsWith(secret),
      'cut off, or with something after it',
    ],
  ];
  for (const [isAlike, how] of alike) {
    const found = secrets.find(({ secret, value }) => secret !== '' && isAlike(secret, value));
    if (found) return { text: `the sender's copy is ${found.stage} ${how}` };
  }
  const lengths = secrets.map(({ stage, secret }) => `${stage} has ${secret.length}`).join(', ');
  return { text: `the sender's copy (${senders.length} characters; ${lengths}) is another secret` };
}

/** A length of time as people say it. */
export function span(seconds: number): string {
  const [unit, size] = [['days', 86_400] as const, ['hours', 3_600] as const, ['minutes', 60] as const].find(
    ([, length]) => seconds >= 2 * length,
  ) ?? ['seconds', 1];
  return `${Math.floor(seconds / size)} ${unit}`;
}
