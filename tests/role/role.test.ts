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
import { assertOutcome } from '../function/contract.ts';
import { FunctionProcess } from '../support/function-process.ts';
import type { Reply } from '../support/function-under-test.ts';
import { httpApiEvent } from '../support/http-api-event.ts';
import { RuntimeApi } from '../support/runtime-api.ts';
import { forbid } from '../support/test-logs.ts';
import { actionsOf, Deployment, type Statement, statementsOf, without } from './deployment.ts';
import { Moto } from './moto.ts';

const PAYLOAD = '{"eventType":"conversation:created","conversation":{"id":"c-1"}}';
const FIRST_SECRET = 'the-first-secret-of-the-role-tests-00001';
const SECOND_SECRET = 'the-second-secret-of-the-role-tests-0002';
/** The shortest that are allowed, so that a refresh can be waited for. */
const QUICK = { SECRET_CACHE_TTL_SECONDS: '1', SECRET_REFRESH_COOLDOWN_SECONDS: '1' };
const A_TTL_MS = 1_100;

/** Lambda writes lines and traces by the function's role; the function does neither. */
const LAMBDAS_OWN = [
  'logs:CreateLogStream',
  'logs:PutLogEvents',
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
    outcomes: ['secret_unavailable', 'secret_unavailable'],
    line: 'the shared secret cannot be read at cold start: AccessDeniedException: ',
    section: 'Secret stale',
  },
  'secretsmanager:DescribeSecret': {
    outcomes: ['accepted', 'secret_unavailable'],
    line: 'the shared secret was not refreshed; cached secrets stay in service: AccessDeniedException: ',
    section: 'Secret stale',
  },
  'events:PutEvents': { outcomes: ['publish_failed', 'publish_failed'], section: 'Answers 5xx' },
};

let moto: Moto;
before(async () => {
  forbid(FIRST_SECRET, SECOND_SECRET);
  moto = await Moto.start();
});
after(() => moto?.stop());

/** What came of two webhooks, the second signed with a secret that was rotated in between. */
interface Exercise {
  replies: [Reply, Reply];
  outcomes: unknown[];
  /** The log but for the requests' own lines. */
  messages: string[];
  events: Awaited<ReturnType<Deployment['events']>>;
}

async function exercise(
  scheme: Scheme,
  statements: readonly Statement[],
  change: (deployment: Deployment) => Promise<Record<string, string>> = async () => ({}),
): Promise<Exercise> {
  const deployment = await Deployment.of(scheme, FIRST_SECRET, moto);
  const env = { ...(await deployment.env(statements)), ...QUICK, ...(await change(deployment)) };
  const runtime = await RuntimeApi.start();
  let webhook: FunctionProcess | undefined;
  const send = async (started: FunctionProcess, secret: string): Promise<Reply> => {
    const requestId = randomUUID();
    const event = httpApiEvent({ ...signWebhook(scheme, PAYLOAD, secret), requestId });
    const { response, error, durationMs } = await runtime.invoke(event);
    if (error) throw new Error(`the function failed: ${JSON.stringify(error)}`);
    const { statusCode, headers, body } = JSON.parse(response.toString());
    const log = await started.logLine((line) => line.request_id === requestId);
    return { status: statusCode, headers, body, log, durationMs };
  };
  try {
    webhook = await FunctionProcess.start({ suite: 'role', runtime, env });
    const first = await send(webhook, FIRST_SECRET);
    await deployment.rotateTo(SECOND_SECRET);
    await sleep(A_TTL_MS);
    const second = await send(webhook, SECOND_SECRET);
    const messages = webhook.logs.map(({ message }) => String(message)).filter((text) => text !== 'webhook');
    const outcomes = [first.log.outcome, second.log.outcome];
    return { replies: [first, second], outcomes, messages, events: await deployment.events() };
  } finally {
    await webhook?.stop();
    await runtime.stop();
  }
}

describe('the policy of the template', { concurrency: 3 }, () => {
  for (const scheme of SCHEME_NAMES) {
    test(`lets ${scheme} do all it does: read its secret, publish, and follow a rotation`, async () => {
      const { replies, messages, events } = await exercise(scheme, statementsOf(scheme));
      for (const reply of replies) assertOutcome(reply, 'accepted');
      assert.deepEqual(messages, [], 'no warning');
      assert.deepEqual(
        events.map(({ detail }) => [detail.metadata.scheme, detail.eventBody]),
        [1, 2].map(() => [scheme, JSON.parse(PAYLOAD)]),
      );
    });
  }

  test('does not let it read the secret of another instance', async () => {
    const another = await Deployment.of('form', FIRST_SECRET, moto);
    const { replies } = await exercise('form', statementsOf('form'), async () => ({
      WEBHOOK_SECRET_ARN: another.secretArn,
    }));
    assertOutcome(replies[0], 'secret_unavailable');
    assert.equal(replies[0].log.error_code, 'AccessDeniedException');
  });

  test('does not let it publish on another bus', async () => {
    const another = await Deployment.of('form', FIRST_SECRET, moto);
    const { replies } = await exercise('form', statementsOf('form'), async () => ({
      EVENT_BUS_NAME: another.busName,
    }));
    assertOutcome(replies[0], 'publish_failed');
    assert.equal(replies[0].log.error_code, 'AccessDeniedException');
    assert.deepEqual(await another.events(), []);
  });
});

for (const scheme of SCHEME_NAMES) {
  const statements = statementsOf(scheme);
  /** Actions whose absence changed nothing. */
  const unused: string[] = [];

  describe(`the policy of ${scheme}`, { concurrency: 3 }, () => {
    for (const action of actionsOf(statements)) {
      test(`without ${action}: ${action in WITHOUT ? 'what is documented' : 'the same'}`, async () => {
        const seen = await exercise(scheme, without(action, statements));
        const { outcomes, messages } = seen;
        if (outcomes.every((outcome) => outcome === 'accepted')) unused.push(action);
        const lack = WITHOUT[action];
        if (!lack) return;
        assert.deepEqual(outcomes, lack.outcomes);
        for (const [index, reply] of seen.replies.entries()) assertFailure(reply, lack.outcomes[index]);
        if (lack.line) {
          const line = messages.find((text) => text.startsWith(lack.line as string));
          assert.ok(line?.includes(action), `no line names the cause and ${action}: ${messages.join('\n')}`);
        }
        assert.equal(seen.events.length, lack.outcomes.filter((outcome) => outcome === 'accepted').length);
      });
    }
  });

  test(`the policy of ${scheme} has no action that nobody uses`, () => {
    assert.deepEqual(unused.toSorted(), LAMBDAS_OWN);
  });
}

function assertFailure(reply: Reply, outcome: Outcome | undefined): void {
  assert.ok(outcome);
  assertOutcome(reply, outcome);
  if (outcome !== 'accepted') assert.equal(reply.log.error_code, 'AccessDeniedException');
}

describe('the runbook', () => {
  const runbook = readFileSync(`${root}/docs/runbook.md`, 'utf8');
  for (const [action, { section }] of Object.entries(WITHOUT)) {
    test(`names ${action} where it speaks of a role that is refused`, () => {
      const text = runbook.split(/^## /m).find((part) => part.startsWith(`${section}\n`)) ?? '';
      const rows = text.split('\n').filter((line) => /^\|.*AccessDeniedException/.test(line));
      assert.ok(
        rows.some((row) => row.includes(`\`${action}\``)),
        `${section}: ${rows}`,
      );
    });
  }
});
