/**
 * The function's role, exercised: the real binary against an AWS that enforces IAM, under exactly the policy that the
 * template gives each scheme's function, and under that policy with each of its actions taken away.
 *
 * The AWS is moto. It checks signatures, and the actions of a role's own policies (`moto/iam/access_control.py`).
 * `moto-server.py` adds the resource of each request and the services' own error for a refusal. What neither sees:
 *
 * - conditions, such as the `kms:ViaService` of a secret with a key of its own: a statement with one refuses always;
 * - `kms:Decrypt`: moto's Secrets Manager does not ask KMS, so a secret with a key of its own is not tried here;
 * - resource policies (of the secret, the bus, the key), permission boundaries and service control policies;
 * - the role's trust in Lambda: its credentials are handed out without a check;
 * - what Lambda itself does under the role: log lines and traces.
 *
 * Nor does it show in which order AWS checks: the warming call, which has no entries, is refused here for want of a bus,
 * and by AWS as invalid. Either answer will do for it.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { signWebhook } from '../../cli/signing.ts';
import type { Outcome } from '../../contract/outcomes.ts';
import { SCHEME_NAMES, type Scheme } from '../../contract/schemes.ts';
import { root } from '../../dev/common/root.ts';
import { FunctionProcess } from '../support/function-process.ts';
import { httpApiEvent } from '../support/http-api-event.ts';
import { RuntimeApi } from '../support/runtime-api.ts';
import { forbid } from '../support/test-logs.ts';
import { deploy, type Statement, statementsOf, without } from './deployment.ts';
import { type Moto, startMoto } from './moto.ts';

const PAYLOAD = '{"eventType":"conversation:created","conversation":{"id":"c-1"}}';
const FIRST_SECRET = 'the-first-secret-of-the-role-tests-00001';
const SECOND_SECRET = 'the-second-secret-of-the-role-tests-0002';
/** The shortest that are allowed, so that a refresh can be waited for. */
const QUICK = { SECRET_CACHE_TTL_SECONDS: '1', SECRET_REFRESH_COOLDOWN_SECONDS: '1' };
const A_TTL_MS = 1_100;

/** Lambda writes lines and traces, and reads the parking queue, by the function's role; the function does none of it. */
const LAMBDAS_OWN = [
  'logs:CreateLogStream',
  'logs:PutLogEvents',
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ReceiveMessage',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
];

interface Lack {
  /** Of a webhook after the cold start, and of one after a rotation. */
  outcomes: [Outcome, Outcome];
  /** Begins the line that says why, where it is not the request's own. */
  line?: string;
  /** Heading of the runbook's section that has the remedy, in the row of AccessDeniedException. */
  section: string;
}

/** What is documented of a role that lacks an action. */
const WITHOUT: Record<string, Lack> = {
  'secretsmanager:GetSecretValue': {
    outcomes: ['parked', 'parked'],
    line: 'the shared secret cannot be read at cold start: AccessDeniedException: ',
    section: 'Secret stale',
  },
  'secretsmanager:DescribeSecret': {
    outcomes: ['accepted', 'parked'],
    line: 'the shared secret was not refreshed; cached secrets stay in service: AccessDeniedException: ',
    section: 'Secret stale',
  },
  'events:PutEvents': { outcomes: ['parked', 'parked'], section: 'Answers 5xx' },
  // It is used where another action is refused: below.
  'sqs:SendMessage': { outcomes: ['accepted', 'accepted'], section: 'Answers 5xx' },
};

let moto: Moto;
before(async () => {
  forbid(FIRST_SECRET, SECOND_SECRET);
  moto = await startMoto();
});
after(() => moto?.stop());

/** What comes of two webhooks, the second signed with a secret that is rotated in between. */
async function exercise(
  scheme: Scheme,
  statements: readonly Statement[],
  change: Record<string, string> = {},
) {
  const deployment = await deploy(scheme, FIRST_SECRET, moto);
  const env = { ...(await deployment.env(statements)), ...QUICK, ...change };
  const runtime = await RuntimeApi.start();
  let webhook: FunctionProcess | undefined;
  try {
    webhook = await FunctionProcess.start({ suite: 'role', runtime, env });
    const outcomes: unknown[] = [];
    for (const secret of [FIRST_SECRET, SECOND_SECRET]) {
      const requestId = randomUUID();
      await runtime.invoke(httpApiEvent({ ...signWebhook(scheme, PAYLOAD, secret), requestId }));
      const { outcome, error_code } = await webhook.logLine((line) => line.request_id === requestId);
      outcomes.push(outcome);
      assert.equal(error_code, outcome === 'accepted' ? undefined : 'AccessDeniedException');
      await deployment.rotateTo(SECOND_SECRET);
      await sleep(A_TTL_MS);
    }
    /** The log but for the requests' own lines. */
    const messages = webhook.logs.map(({ message }) => String(message)).filter((text) => text !== 'webhook');
    return { outcomes, messages };
  } finally {
    await webhook?.stop();
    await runtime.stop();
  }
}

for (const scheme of SCHEME_NAMES) {
  const statements = statementsOf(scheme);
  const actions = statements.flatMap(({ Action }) => Action);

  describe(`the policy of ${scheme}`, { concurrency: 3 }, () => {
    test(`lets ${scheme} do all it does: read its secret, publish, and follow a rotation`, async () => {
      const { outcomes, messages } = await exercise(scheme, statements);
      assert.deepEqual(outcomes, ['accepted', 'accepted']);
      assert.deepEqual(messages, [], 'no warning');
    });

    for (const action of actions) {
      const { outcomes: expected = ['accepted', 'accepted'], line } = WITHOUT[action] ?? {};
      test(`without ${action} is answered by ${expected.join(', then ')}`, async () => {
        const { outcomes, messages } = await exercise(scheme, without(statements, action));
        assert.deepEqual(outcomes, expected);
        if (line) {
          const found = messages.find((text) => text.startsWith(line));
          assert.ok(found?.includes(action), `no line names the cause and ${action}: ${messages.join('\n')}`);
        }
      });
    }

    test(`the policy of ${scheme} has no action that nobody uses`, () => {
      assert.deepEqual(actions.toSorted(), [...LAMBDAS_OWN, ...Object.keys(WITHOUT)].toSorted());
    });
  });
}

describe('the policy of the template', { concurrency: 2 }, () => {
  test('does not let it read the secret of another instance', async () => {
    const { secretArn } = await deploy('form', FIRST_SECRET, moto);
    const { outcomes } = await exercise('form', statementsOf('form'), { WEBHOOK_SECRET_ARN: secretArn });
    assert.deepEqual(outcomes, ['parked', 'parked']);
  });

  test('does not let it publish on another bus', async () => {
    const { busName } = await deploy('form', FIRST_SECRET, moto);
    const { outcomes } = await exercise('form', statementsOf('form'), { EVENT_BUS_NAME: busName });
    assert.deepEqual(outcomes, ['parked', 'parked']);
  });

  test('does not let it send to the parking queue of another instance', async () => {
    const other = await deploy('form', FIRST_SECRET, moto);
    const elsewhere = { EVENT_BUS_NAME: other.busName, PARKING_QUEUE_URL: other.queueUrl };
    const { outcomes } = await exercise('form', statementsOf('form'), elsewhere);
    assert.deepEqual(outcomes, ['publish_failed', 'publish_failed']);
  });
});

for (const [action, { section }] of Object.entries(WITHOUT)) {
  test(`the runbook names ${action} where it speaks of a role that is refused`, () => {
    const runbook = readFileSync(`${root}/docs/runbook.md`, 'utf8');
    const text = runbook.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? '';
    const rows = text.split('\n').filter((line) => /^\|.*AccessDeniedException/.test(line));
    assert.ok(rows.join('\n').includes(`\`${action}\``), `${section}: ${rows}`);
  });
}
