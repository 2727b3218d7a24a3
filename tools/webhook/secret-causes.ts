/** What can be said of a secret without showing it: a line per version, and which causes of a 401 or a 503 fit. */
import type { Scheme } from '../signing.ts';
import { jsonObject, type SecretVersion, type StoredSecret, sharedSecret } from './secret.ts';

/** The function's defaults (README, "Configuration"), in seconds. */
const DEFAULTS = { SECRET_CACHE_TTL_SECONDS: 300, PREVIOUS_SECRET_GRACE_SECONDS: 86_400 };

export interface SecretReport {
  /** What there is: one line each. */
  facts: string[];
  /** What may be wrong: each a cause and the way to mend it. */
  causes: string[];
}

/** @param senders the value that the sender is said to hold, to be compared */
export function examine(
  { versions, lastChanged }: StoredSecret,
  scheme: Scheme,
  env: Record<string, string>,
  senders?: string,
  now = new Date(),
): SecretReport {
  const jsonKey = env.WEBHOOK_SECRET_JSON_KEY || undefined;
  const seconds = (name: keyof typeof DEFAULTS) => Number(env[name] || DEFAULTS[name]);
  const [ttl, grace] = [seconds('SECRET_CACHE_TTL_SECONDS'), seconds('PREVIOUS_SECRET_GRACE_SECONDS')];
  const changed = lastChanged ? (now.getTime() - lastChanged.getTime()) / 1000 : 0;
  const graceLeft = Math.max(0, grace - changed);
  const has = (stage: string) => versions.some((version) => version.stage === stage);

  const facts = [
    ...versions.map((version) => `${version.stage.padEnd(11)} ${describeVersion(version, jsonKey, now)}`),
    `cache       a label that is moved or removed counts everywhere within ${span(ttl)}`,
    ...(lastChanged ? [`last change ${span(changed)} ago`] : []),
    ...(has('AWSPREVIOUS')
      ? [
          `grace       ${graceLeft > 0 ? `AWSPREVIOUS verifies for ${span(graceLeft)} more` : 'over: AWSPREVIOUS is refused'}`,
        ]
      : []),
  ];
  const causes = versions.flatMap((version) =>
    unusable(version, scheme, jsonKey).map((cause) => `${version.stage} ${cause}`),
  );
  if (!has('AWSCURRENT')) causes.push('no version is AWSCURRENT: store a value');
  if (has('AWSPENDING'))
    causes.push(
      'AWSPENDING stands: a rotation is under way, both secrets verify; promote it or remove the label',
    );
  if (has('AWSPREVIOUS') && graceLeft === 0)
    causes.push(
      'a sender that was never switched is refused since the grace ended: is the current secret in Genesys?',
    );
  if (has('AWSPREVIOUS') && changed < ttl)
    causes.push(
      'the secret changed within the cache time: webhooks signed with a secret stored under 30 s ago may still be refused',
    );
  if (senders !== undefined) {
    const { same, text } = compare(senders, versions, jsonKey);
    (same === 'AWSCURRENT' ? facts : causes).push(text);
  }
  return { facts, causes };
}

function describeVersion(
  { versionId, value, created }: SecretVersion,
  jsonKey: string | undefined,
  now: Date,
): string {
  const age = created ? `, made ${span((now.getTime() - created.getTime()) / 1000)} ago` : '';
  if (value === undefined) return `${versionId}: no text value${age}`;
  const secret = sharedSecret(value, jsonKey);
  const kind = jsonKey ? `JSON, member "${jsonKey}"` : jsonObject(value) ? 'JSON, used whole' : 'plain text';
  return `${versionId}: ${secret === undefined ? 'nothing' : `${Buffer.byteLength(secret)} bytes`} (${kind})${age}`;
}

/** Why a version does not verify, or not what its owner thinks. */
function unusable({ value }: SecretVersion, scheme: Scheme, jsonKey?: string): string[] {
  if (value === undefined)
    return ['has no text value (none yet, or a binary one) and is never used: store it as text'];
  const secret = sharedSecret(value, jsonKey);
  if (secret === undefined)
    return [`is no JSON object with a string under "${jsonKey}" (WEBHOOK_SECRET_JSON_KEY) and is never used`];
  if (secret.trim() === '') return ['is empty or all white space and is never used'];
  const causes: string[] = [];
  if (secret.trim() !== secret)
    causes.push(
      "begins or ends with white space or a newline, which counts: does the sender's copy have it, too?",
    );
  if (!jsonKey && jsonObject(value))
    causes.push(
      'is a JSON object and is used whole: set WEBHOOK_SECRET_JSON_KEY if one of its members is meant',
    );
  if (scheme === 'static-token' && [...secret].length < 32)
    causes.push('is shorter than 32 characters, and static-token never uses it: store a longer one');
  else if (Buffer.byteLength(secret) < 16)
    causes.push('is shorter than 16 bytes and may be guessed: rotate to a longer one');
  return causes;
}

/** What the sender's copy is: the stage it equals, or the likeliest way in which it came to differ. */
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
function span(seconds: number): string {
  const [unit, size] = [['days', 86_400] as const, ['hours', 3_600] as const, ['minutes', 60] as const].find(
    ([, length]) => seconds >= 2 * length,
  ) ?? ['seconds', 1];
  return `${Math.floor(seconds / size)} ${unit}`;
}
