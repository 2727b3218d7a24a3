/** `doctor --stack`: what it says of a secret that it has read, without showing it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SecretVersion, StoredSecret } from '../../cli/secret.ts';
import { examine } from '../../cli/secret-causes.ts';
import type { Scheme } from '../../contract/schemes.ts';

const NOW = new Date('2026-03-04T05:06:07Z');
const DAY_MS = 86_400_000;
const SECRET = 'a-secret-of-more-than-32-characters';
const ago = (ms: number) => new Date(NOW.getTime() - ms);

function stored(value?: string, changedMs = 10 * DAY_MS, more: SecretVersion[] = []): StoredSecret {
  const current = {
    stage: 'AWSCURRENT',
    versionId: 'v-2',
    created: ago(10 * DAY_MS),
    ...(value !== undefined && { value }),
  };
  return { versions: [current, ...more], lastChanged: ago(changedMs) };
}
const previous: SecretVersion = {
  stage: 'AWSPREVIOUS',
  versionId: 'v-1',
  value: 'the-previous-secret-0123456789abcdef',
};

interface Case {
  secret?: StoredSecret;
  scheme?: Scheme;
  env?: Record<string, string>;
  senders?: string;
  causes: RegExp[];
}

const CASES: Record<string, Case> = {
  'nothing where all is well': { causes: [] },
  'a newline at the end': { secret: stored(`${SECRET}\n`), causes: [/white space, a newline/] },
  'a NUL at the end': { secret: stored(`${SECRET}\0`), causes: [/newline or NUL/] },
  'a secret of NULs': { secret: stored('\0'.repeat(64)), causes: [/control or format characters/] },
  'an empty secret': { secret: stored(''), causes: [/empty or all white space/] },
  'a binary secret': { secret: stored(), causes: [/no text value/] },
  'JSON without a key': { secret: stored(`{"key":"${SECRET}"}`), causes: [/set WEBHOOK_SECRET_JSON_KEY/] },
  'a key without JSON': {
    env: { WEBHOOK_SECRET_JSON_KEY: 'key' },
    causes: [/no JSON object with a string under "key"/],
  },
  'JSON with its key': {
    secret: stored(`{"key":"${SECRET}"}`),
    env: { WEBHOOK_SECRET_JSON_KEY: 'key' },
    causes: [],
  },
  'a short secret': { secret: stored('short'), causes: [/shorter than 16 bytes/] },
  'a short token': {
    secret: stored('x'.repeat(31)),
    scheme: 'static-token',
    causes: [/shorter than 32 characters/],
  },
  'no current version': {
    secret: { versions: [previous] },
    causes: [/no version is AWSCURRENT/, /within the cache time/],
  },
  'a rotation under way': {
    secret: stored(SECRET, DAY_MS, [{ stage: 'AWSPENDING', versionId: 'v-3', value: `${SECRET}x` }]),
    causes: [/rotation is under way/],
  },
  'a rotation of just now': { secret: stored(SECRET, 60_000, [previous]), causes: [/within the cache time/] },
  'nothing in a promoted version that kept AWSPENDING': {
    secret: stored(SECRET, DAY_MS, [{ stage: 'AWSPENDING', versionId: 'v-2', value: SECRET }]),
    causes: [],
  },
  'nothing in a grace that is over': { secret: stored(SECRET, 2 * DAY_MS, [previous]), causes: [] },
  'nothing in a short secret whose grace is over': {
    secret: stored(SECRET, 2 * DAY_MS, [{ ...previous, value: 'short' }]),
    causes: [],
  },
  'a copy of the one whose grace is over': {
    secret: stored(SECRET, 2 * DAY_MS, [previous]),
    senders: previous.value,
    causes: [/copy is AWSPREVIOUS: the sender was never switched; the grace is over/],
  },
  'a copy of the previous one just after the rotation': {
    secret: stored(SECRET, 60_000, [previous]),
    senders: previous.value,
    causes: [/copy is AWSPREVIOUS/],
  },
  'a grace that is configured': {
    secret: stored(SECRET, 2 * DAY_MS, [previous]),
    env: { PREVIOUS_SECRET_GRACE_SECONDS: '604800' },
    causes: [],
  },
  'the sender’s right copy': { senders: SECRET, causes: [] },
  'a copy of the previous one': {
    secret: stored(SECRET, DAY_MS / 2, [previous]),
    senders: previous.value,
    causes: [/copy is AWSPREVIOUS: .* verifies for 12 hours more/],
  },
  'a copy with white space': { senders: ` ${SECRET}`, causes: [/AWSCURRENT but for white space/] },
  'a copy in quotes': { senders: `"${SECRET}"`, causes: [/AWSCURRENT in quotes/] },
  'a copy in another case': { senders: SECRET.toUpperCase(), causes: [/upper and lower case/] },
  'a copy that was cut off': { senders: SECRET.slice(0, 20), causes: [/AWSCURRENT cut off/] },
  'a copy with all of the JSON': {
    secret: stored(`{"key":"${SECRET}"}`),
    env: { WEBHOOK_SECRET_JSON_KEY: 'key' },
    senders: `{"key":"${SECRET}"}`,
    causes: [/all of its JSON/],
  },
  'another secret': { senders: 'nobody-knows-this-one', causes: [/is another secret/] },
};

describe('doctor --stack', () => {
  for (const [
    name,
    { secret = stored(SECRET), scheme = 'form', env = {}, senders, causes },
  ] of Object.entries(CASES)) {
    test(`finds ${name}`, () => {
      const report = examine(secret, scheme, env, senders, NOW);
      assert.equal(report.causes.length, causes.length, report.causes.join('\n'));
      for (const [index, cause] of causes.entries()) assert.match(report.causes[index] ?? '', cause);
      const text = JSON.stringify(report);
      for (const value of [SECRET, previous.value ?? '', senders ?? '']) {
        assert.ok(!value || !text.includes(value), 'a secret is shown');
      }
    });
  }

  test('says_how_long_how_old_and_what_is_left_of_the_grace', () => {
    const { facts } = examine(stored(SECRET, 20 * 3_600_000, [previous]), 'form', {}, undefined, NOW);
    assert.deepEqual(facts, [
      'AWSCURRENT  v-2: 35 bytes (plain text), made 10 days ago',
      'AWSPREVIOUS v-1: 36 bytes (plain text)',
      'cache       a label that is moved or removed counts everywhere within 5 minutes',
      'last change 20 hours ago',
      'grace       AWSPREVIOUS verifies for 4 hours more',
    ]);
  });
});
