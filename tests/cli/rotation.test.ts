/** What `doctor --stack` says of a rotation, by what its function logged: how far it came, and how it goes on. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { examineRotation } from '../../cli/rotation.ts';
import type { SecretVersion, StoredSecret } from '../../cli/secret.ts';
import { awsJson } from '../support/faults.ts';
import { FaultyServer } from '../support/faulty-server.ts';

const NOW = new Date('2026-03-04T05:06:07Z');
const [MINUTE, DAY] = [60_000, 86_400_000];
const ago = (ms: number) => new Date(NOW.getTime() - ms);
const CLIENT = { clientId: 'an-id-of-the-client', clientSecret: 'a-secret-of-the-client' };
const rotation = { functionName: 'rotate', logGroup: '/rotation', oauthSecretArn: 'arn:oauth' };
const form = {
  scheme: 'form',
  url: '',
  secretArn: 'arn:a',
  functionName: '',
  logGroup: '',
  env: {},
} as const;
const AccessDenied = { __type: 'AccessDeniedException' };

interface Given {
  /** What AWSPENDING stands on. */
  pending?: Partial<SecretVersion>;
  schedule?: StoredSecret['rotation'] | 'off';
  /** Lines of the log with their age, a page each; or the error of FilterLogEvents. */
  log?: [ageMs: number, line: object][] | typeof AccessDenied;
  /** The OAuth client's secret, or the error of GetSecretValue. */
  oauth?: object | string;
  /** Whether the stack has the rotation function. */
  ours?: boolean;
}

const line = (step: string, outcome: string, more = {}) => ({
  message: 'rotation',
  step,
  secret_version_id: 'v3',
  outcome,
  ...more,
});
const FAILED = line('setSecret', 'failed', { error: 'Genesys\u001b[2J said 403.', state: 'Both verify.' });
const old = { created: ago(DAY) };
const stuck = (log: Given['log']): Given => ({ pending: old, log });
const nothing: Given['log'] = [
  [MINUTE, { ...FAILED, secret_version_id: 'other' }],
  [MINUTE, { ...FAILED, message: 'else' }],
];
const RETRY = 'rotate-secret --secret-id arn:a \\(it answers that a previous rotation isn.t complete';
const FORWARD = `${RETRY}.*Do not remove AWSPENDING: Genesys may hold it.*#a-rotation-that-stands-half-way$`;
const STAGED =
  /^AWSPENDING stands: .* remove the label if nobody, and no rotation function, ever gave that secret to Genesys$/;
const GIVE_UP = 'has no value, so nothing was given.*#a-version-without-a-value has$';

/** By name: what there is, and the causes. */
const CASES: Record<string, [Given, ...causes: (RegExp | string)[]]> = {
  'nothing where no rotation stands, without a look at the log': [{ log: AccessDenied }],
  'nothing in AWSPENDING on the current version': [{ pending: { versionId: 'v2' }, log: AccessDenied }],
  'a version without a value': [{ pending: { empty: true } }, `ended. Version v3 ${GIVE_UP}`],
  'why a version has no value': [
    { pending: { empty: true }, log: [[DAY, line('createSecret', 'failed', { error: 'No.' })]] },
    `ended, which failed: No. Version v3 ${GIVE_UP}`,
  ],
  'a version without a value where the log may not be read': [
    { pending: { empty: true }, log: AccessDenied },
    `logs:FilterLogEvents on it\\). Version v3 ${GIVE_UP}`,
  ],
  'the step that failed, without what a terminal would obey': [
    stuck([[2 * DAY, FAILED]]),
    `v3 failed in setSecret, 2 days ago: Genesys \\[2J said 403. Both verify. Mend that, then run .*${FORWARD}`,
  ],
  'the latest of several pages': [
    stuck([
      [3 * DAY, line('createSecret', 'done')],
      [DAY, FAILED],
      [2 * DAY, line('setSecret', 'done')],
    ]),
    /failed in setSecret, 24 hours ago/,
  ],
  'a failure that names no reason': [stuck([[DAY, line('setSecret', 'failed')]]), /does not say why. Mend/],
  'a rotation under way': [
    stuck([[MINUTE, line('createSecret', 'nothing_to_do')]]),
    /under way: createSecret is done, setSecret is next; both secrets verify: wait$/,
  ],
  'a rotation that is about to be over': [stuck([[MINUTE, line('finishSecret', 'done')]]), /spread: wait$/],
  'a rotation that stands between two steps': [
    stuck([[DAY, line('setSecret', 'done')]]),
    `v3 stands after setSecret, .*testSecret may have begun.*${FORWARD}`,
  ],
  'a rotation that has logged nothing yet': [{ pending: { created: ago(MINUTE) } }, /is under way; .* wait$/],
  'a version staged by hand': [
    stuck(nothing),
    /v3, of which the log of rotate has no .* since 2026-03-03: it was staged by hand,.* blocked: promote/,
  ],
  'a label that was put back by hand': [stuck([[DAY, line('finishSecret', 'done')]]), /staged by hand/],
  'that the log may not be read': [stuck(AccessDenied), /not known: .*logs:FilterLogEvents.*Do not remove/],
  'a version staged where nothing rotates': [{ pending: old, schedule: 'off' }, STAGED],
  'a version staged where something else rotates': [{ pending: old, ours: false }, STAGED],
  'the step that failed before the rotation was switched off': [
    { ...stuck([[DAY, FAILED]]), schedule: 'off' },
    FORWARD,
  ],
  'an OAuth secret that is no JSON': [
    { oauth: CLIENT.clientSecret },
    /^the OAuth client's secret arn:oauth has no clientId and no clientSecret: store them as JSON$/,
  ],
  'an OAuth secret with an empty member': [{ oauth: { ...CLIENT, clientId: ' ' } }, /has no clientId: store/],
  'an OAuth secret without a value': [{ oauth: { __type: 'ResourceNotFoundException' } }, /no clientId and/],
  'nothing in an OAuth secret that may not be read': [{ oauth: AccessDenied }],
  'an OAuth secret that is deleted': [{ oauth: { __type: 'InvalidRequestException' } }, /\(InvalidRequest/],
};

/** By name: what there is, and the facts. */
const FACTS: Record<string, [Given, ...facts: RegExp[]]> = {
  'when it was and will be, and that the OAuth secret is sound': [
    { schedule: { last: ago(3 * DAY), next: new Date('2026-12-01T01:00:00Z') } },
    /^rotation {4}by genesys-webhook, last 3 days ago, next 2026-12-01$/,
    /^oauth {7}the OAuth client's secret arn:oauth has clientId and clientSecret$/,
  ],
  'that something else rotates': [{ ours: false }, /^rotation {4}on, never yet$/],
  'nothing where nothing rotates': [{ ours: false, schedule: 'off' }],
  'that it is off, and the OAuth secret not checked': [
    { schedule: 'off', oauth: AccessDenied },
    /^rotation {4}off, though/,
    /not checked.*allow secretsm/,
  ],
};

describe('doctor --stack, of a rotation', () => {
  let given: Given = {};
  const server = new FaultyServer(async ({ operation, body }) => {
    const { log = [], oauth = CLIENT } = given;
    const asked = JSON.parse(String(body));
    if (operation === 'GetSecretValue')
      return Object.hasOwn(Object(oauth), '__type')
        ? awsJson(400, Object(oauth))
        : awsJson(200, { SecretString: typeof oauth === 'string' ? oauth : JSON.stringify(oauth) });
    assert.equal(asked.logGroupName, rotation.logGroup);
    assert.equal(asked.filterPattern, '{ $.message = "rotation" && $.secret_version_id = "v3" }');
    assert.equal(asked.startTime, (given.pending?.created ?? ago(15 * DAY)).getTime() - MINUTE);
    if (!Array.isArray(log)) return awsJson(400, log);
    const [age = 0, message] = log[Number(asked.nextToken ?? 0)] ?? [];
    const nextToken = Number(asked.nextToken ?? 0) + 1;
    return awsJson(200, {
      events: message ? [{ timestamp: ago(age).getTime(), message: JSON.stringify(message) }] : [],
      ...(nextToken < log.length && { nextToken: String(nextToken) }),
    });
  });
  before(() => server.start());
  after(() => server.stop());

  async function examine(stands: Given) {
    given = stands;
    const { pending, schedule = {}, ours = true } = stands;
    const versions: SecretVersion[] = [{ stage: 'AWSCURRENT', versionId: 'v2' }];
    if (pending) versions.push({ stage: 'AWSPENDING', versionId: 'v3', ...pending });
    const stored = { versions, ...(schedule !== 'off' && { rotation: schedule }) };
    const credentials = { accessKeyId: 'stub', secretAccessKey: 'stub' };
    const aws = { endpoint: server.url, region: 'eu-central-1', credentials };
    const report = await examineRotation({ ...form, ...(ours && { rotation }) }, stored, aws, NOW);
    for (const value of Object.values(CLIENT)) assert.ok(!JSON.stringify(report).includes(value));
    return report;
  }

  for (const [name, [stands, ...expected]] of Object.entries(CASES))
    test(`finds ${name}`, async () => {
      const { causes } = await examine(stands);
      assert.equal(causes.length, expected.length, causes.join('\n'));
      for (const [index, cause] of expected.entries()) assert.match(causes[index] ?? '', new RegExp(cause));
    });

  for (const [name, [stands, ...expected]] of Object.entries(FACTS))
    test(`says ${name}`, async () => {
      const { facts } = await examine(stands);
      assert.equal(facts.length, expected.length, facts.join('\n'));
      for (const [index, fact] of expected.entries()) assert.match(facts[index] ?? '', fact);
    });
});
