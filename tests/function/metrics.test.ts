/**
 * Each outcome of the manifest, as the sender sees it, and each metric tied to a line that the real function writes: a
 * renamed field would silence an alarm.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OUTCOME_NAMES, OUTCOMES } from '../../contract/outcomes.ts';
import { dataPoints } from '../cdk/metric-filters.ts';
import { only, webhookTemplate } from '../cdk/support.ts';
import { accessDenied, failedEntry, noFault } from '../support/faults.ts';
import { FunctionUnderTest, type Setup } from '../support/function-under-test.ts';
import { assertOutcome } from './contract.ts';
import { SECRETS } from './fixtures.ts';
import { SAMPLES } from './samples.ts';

const template = webhookTemplate();
const FunctionName = only(template, 'AWS::Lambda::Function').id;

/** A function that the template's filters know. */
function using({ env, ...setup }: Partial<Setup>, check: (webhook: FunctionUnderTest) => Promise<void>) {
  const named = { AWS_LAMBDA_FUNCTION_NAME: FunctionName, ...env };
  return FunctionUnderTest.using({ suite: 'metrics', secret: SECRETS.form, ...setup, env: named }, check);
}

describe('an outcome has its answer, and a metric is made from its line', () => {
  for (const outcome of OUTCOME_NAMES) {
    const { counted } = OUTCOMES[outcome];
    const { request, setup = {} } = SAMPLES[outcome];
    test(`${counted}: ${outcome}`, () =>
      using(setup, async (webhook) => {
        const reply = await webhook.send(request);
        assertOutcome(reply, outcome);
        const { status, log } = reply;
        const verified = 'dedupe_hash' in log;
        const kept = outcome === 'parked' ? 'Parked' : 'Accepted';
        const due = status < 400 ? kept : status >= 500 ? 'Unavailable' : verified ? 'Lost' : 'Refused';
        assert.equal(counted, due);
        const points = dataPoints(template, log);
        assert.deepEqual(
          points.map(({ metric }) => metric).toSorted(),
          [counted, 'Duration', ...(verified ? ['SecretAge'] : [])].toSorted(),
        );
        const count = points.find(({ metric }) => metric === counted);
        const byCause = counted === 'Refused' || counted === 'Unavailable';
        assert.deepEqual(count?.dimensions, {
          FunctionName,
          ...(byCause && { Outcome: outcome }),
          ...(counted === 'Parked' && { Cause: log.cause }),
        });
        for (const { value } of points) assert.ok(Number.isFinite(value));
      }));
  }

  for (const [what, fault, metrics] of [
    ['published', noFault, ['Accepted']],
    ['refused for good', failedEntry('MalformedDetail'), ['Lost']],
    ['still not published', accessDenied, []],
  ] as const) {
    test(`a parked webhook that is ${what} is no live traffic: [${metrics}]`, () =>
      using(SAMPLES.parked.setup ?? {}, async (webhook) => {
        await webhook.send(SAMPLES.parked.request);
        webhook.aws.eventBridge.fault = fault;
        const { log } = await webhook.handle(...webhook.aws.sqs.messages);
        const points = dataPoints(template, log);
        assert.deepEqual(
          points.map(({ metric }) => metric),
          metrics,
        );
      }));
  }

  test('PreviousSecretGraceLeft: a webhook that the previous secret verified', () =>
    using({}, async (webhook) => {
      webhook.secret.put('a-secret-that-the-sender-has-not-got-yet');
      await webhook.coldStart();
      const { log } = await webhook.send(SAMPLES.accepted.request);
      assert.equal(log.secret_stage, 'AWSPREVIOUS');
      const left = dataPoints(template, log).find(({ metric }) => metric === 'PreviousSecretGraceLeft');
      assert.deepEqual(left?.dimensions, { FunctionName });
      assert.ok(left.value > 86_000 && left.value <= 86_400, String(left.value));
    }));
});
