/** What `doctor --stack` says of a secret that it has read, without showing it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SecretVersion, StoredSecret } from '../../cli/secret.ts';
import { examine } from '../../cli/secret-causes.ts';
import type { Scheme } from '../../contract/schemes.ts';

const NOW = new Date('2026-03-04T05:06:07Z');
const HOUR_MS = 3_600_000;
const SECRET = 'a-secret-of-more-than-32-characters';
const JSON_SECRET = `{"key":"${SECRET}"}`;
const BY_KEY = { WEBHOOK_SECRET_JSON_KEY: 'key' };
const PREVIOUS = 'the-previous-secret-0123456789abcdef';
const ago = (ms: number) => new Date(NOW.getTime() - ms);

function stored(value?: string, changedMs = 240 * HOUR_MS, more: SecretVersion[] = []): StoredSecret {
  const current = { stage: 'AWSCURRENT', versionId: 'v-2', created: ago(240 * HOUR_MS) };
  const versions = [{ ...current, ...(value !== undefined && { value }) }, ...more];
  return { versions, lastChanged: ago(changedMs) };
}
const previous: SecretVersion = { stage: 'AWSPREVIOUS', versionId: 'v-1', value: PREVIOUS };
const rotated = (hoursAgo: number) => stored(SECRET, hoursAgo * HOUR_MS, [previous]);
const withPending = (pending: Partial<SecretVersion>) =>
  stored(SECRET, 24 * HOUR_MS, [{ stage: 'AWSPENDING', versionId: 'v-3', ...pending }]);

interface Case {
  secret?: StoredSecret;
  scheme?: Scheme;
  env?: Record<string, string>;
  /** The copy that the sender is said to hold. */
  senders?: string;
}

const CASES: Record<string, [Case, ...causes: RegExp[]]> = {
  'nothing where all is well': [{}],
  'a newline at the end': [{ secret: stored(`${SECRET}\n`) }, /white space, a newline/],
  'a NUL at the end': [{ secret: stored(`${SECRET}\0`) }, /newline or NUL/],
  'a secret of NULs': [{ secret: stored('\0'.repeat(64)) }, /control or format characters/],
  'an empty secret': [{ secret: stored('') }, /empty or all white space/],
  'a binary secret': [{ secret: stored() }, /no text value/],
  'JSON without a key': [{ secret: stored(JSON_SECRET) }, /set WEBHOOK_SECRET_JSON_KEY/],
  'a key without JSON': [{ env: BY_KEY }, /no JSON object with a string under "key"/],
  'nothing in JSON with its key': [{ secret: stored(JSON_SECRET), env: BY_KEY }],
  'a short secret': [{ secret: stored('short') }, /shorter than 16 bytes/],
  'a short token': [{ secret: stored('x'.repeat(31)), scheme: 'static-token' }, /shorter than 32 characters/],
  'no current version': [
    { secret: { versions: [previous] } },
    /no version is AWSCURRENT/,
    /within the cache time/,
  ],
  'a pending version with a short value': [{ secret: withPending({ value: 'short' }) }, /shorter than 16/],
  'nothing in a pending version before its value': [{ secret: withPending({ empty: true }) }],
  'a rotation of just now': [{ secret: rotated(0) }, /within the cache time/],
  'nothing in a promoted version that kept AWSPENDING': [
    { secret: withPending({ versionId: 'v-2', value: 'short' }) },
  ],
  'nothing in a grace that is over': [{ secret: rotated(48) }],
  'nothing in a short secret whose grace is over': [
    { secret: stored(SECRET, 48 * HOUR_MS, [{ ...previous, value: 'short' }]) },
  ],
  'a short previous secret whose grace is longer by configuration': [
    {
      secret: stored(SECRET, 48 * HOUR_MS, [{ ...previous, value: 'short' }]),
      env: { PREVIOUS_SECRET_GRACE_SECONDS: '604800' },
    },
    /AWSPREVIOUS is shorter than 16 bytes/,
  ],
  'nothing in the right copy': [{ senders: SECRET }],
  'a copy of the previous one': [
    { secret: rotated(12), senders: PREVIOUS },
    /copy is AWSPREVIOUS: .* verifies for 12 hours more/,
  ],
  'a copy of the previous one just after the rotation': [
    { secret: rotated(0), senders: PREVIOUS },
    /copy is AWSPREVIOUS/,
  ],
  'a copy of the one whose grace is over': [
    { secret: rotated(48), senders: PREVIOUS },
    /copy is AWSPREVIOUS: the sender was never switched; the grace is over/,
  ],
  'a copy with white space': [{ senders: ` ${SECRET}` }, /AWSCURRENT but for white space/],
  'a copy in quotes': [{ senders: `"${SECRET}"` }, /AWSCURRENT in quotes/],
  'a copy in another case': [{ senders: SECRET.toUpperCase() }, /upper and lower case/],
  'a copy that was cut off': [{ senders: SECRET.slice(0, 20) }, /AWSCURRENT cut off/],
  'a copy with all of the JSON': [
    { secret: stored(JSON_SECRET), env: BY_KEY, senders: JSON_SECRET },
    /all of its JSON/,
  ],
  'a copy of another secret': [{ senders: 'nobody-knows-this-one' }, /is another secret/],
};

describe('doctor --stack', () => {
  for (const [
    name,
    [{ secret = stored(SECRET), scheme = 'form', env = {}, senders }, ...expected],
  ] of Object.entries(CASES)) {
    test(`finds ${name}`, () => {
      const report = examine(secret, scheme, env, senders, NOW);
      assert.equal(report.causes.length, expected.length, report.causes.join('\n'));
      for (const [index, cause] of expected.entries()) assert.match(report.causes[index] ?? '', cause);
      const text = JSON.stringify(report);
      for (const value of [SECRET, PREVIOUS, senders])
        assert.ok(!value || !text.includes(value), 'a secret is shown');
    });
  }

  test('says how long and how old the versions are and what is left of the grace', () => {
    const { facts } = examine(rotated(20), 'form', {}, undefined, NOW);
    assert.deepEqual(facts, [
      'AWSCURRENT  v-2: 35 bytes (plain text), made 10 days ago',
      'AWSPREVIOUS v-1: 36 bytes (plain text)',
      'cache       a label that is moved or removed counts everywhere within 5 minutes',
      'last change 20 hours ago',
      'grace       AWSPREVIOUS verifies for 4 hours more',
    ]);
  });
});
