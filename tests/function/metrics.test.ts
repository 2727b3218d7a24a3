/** Ties every metric to a line that the real function writes: a renamed field would silence an alarm. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { signWebhook } from '../../cli/signing.ts';
import { dataPoints } from '../cdk/metric-filters.ts';
import { only, webhookTemplate } from '../cdk/support.ts';
import * as faults from '../support/faults.ts';
import { FunctionUnderTest, type Setup } from '../support/function-under-test.ts';
import { readFixture, SECRETS } from './fixtures.ts';

const template = webhookTemplate();
const FunctionName = only(template, 'AWS::Lambda::Function').id;
const MIB = 1024 * 1024;

const webhookOf = (json: string, secret = SECRETS.form) => signWebhook('form', json, secret);
const sound = webhookOf('{"eventType":"conversation:created","conversation":{"id":"c-1"}}');
const fixture = (name: string) => readFixture('form', name).request;

interface Case {
  /** What the request is counted as, with the cause where the metric tells causes apart. */
  readonly counted: [metric: string, outcome?: string];
  readonly request?: Parameters<FunctionUnderTest['send']>[0];
  readonly setup?: Partial<Setup>;
  /** @default false for 4xx and 5xx before a signature verified */
  readonly verified?: boolean;
}

const failing = (fault: faults.Fault): Partial<Setup> => ({
  prepare: ({ aws }) => {
    aws.eventBridge.fault = fault;
  },
});

const cases: Case[] = [
  { counted: ['Accepted'], verified: true },
  { counted: ['Refused', 'method_not_allowed'], request: fixture('get') },
  { counted: ['Refused', 'forbidden_source'], setup: { env: { ALLOWED_CIDRS: '192.0.2.0/32' } } },
  { counted: ['Refused', 'body_too_large'], request: webhookOf(`"${'x'.repeat(4 * MIB)}"`) },
  { counted: ['Refused', 'malformed_request'], request: fixture('webhook-missing') },
  { counted: ['Refused', 'unauthorized'], request: fixture('signature-by-another-secret') },
  { counted: ['Lost', 'invalid_payload'], request: webhookOf('null'), verified: true },
  { counted: ['Lost', 'event_too_large'], request: webhookOf(`{"a":"${'x'.repeat(MIB)}"}`), verified: true },
  {
    counted: ['Lost', 'event_refused'],
    setup: failing(faults.failedEntry('MalformedDetail')),
    verified: true,
  },
  { counted: ['Unavailable', 'publish_failed'], setup: failing(faults.accessDenied), verified: true },
  { counted: ['Unavailable', 'secret_unavailable'], setup: { secret: undefined } },
];

describe('a metric is made from the line of a request', () => {
  for (const { counted, request = sound, setup, verified = false } of cases) {
    const [metric, outcome = 'accepted'] = counted;
    test(`${metric}: ${outcome}`, () =>
      FunctionUnderTest.using(
        {
          suite: 'metrics',
          secret: SECRETS.form,
          ...setup,
          env: { AWS_LAMBDA_FUNCTION_NAME: FunctionName, ...setup?.env },
        },
        async (webhook) => {
          const { log } = await webhook.send(request);
          assert.equal(log.outcome, outcome);
          const points = dataPoints(template, log);
          assert.deepEqual(
            points.map((point) => point.metric).toSorted(),
            [metric, 'Duration', ...(verified ? ['SecretAge'] : [])].toSorted(),
          );
          const count = points.find((point) => point.metric === metric);
          const byCause = metric === 'Refused' || metric === 'Unavailable';
          assert.deepEqual(count?.dimensions, { FunctionName, ...(byCause && { Outcome: outcome }) });
          for (const { value } of points) assert.ok(Number.isFinite(value));
        },
      ));
  }

  test('PreviousSecretGraceLeft: a webhook that the previous secret verified', () =>
    FunctionUnderTest.using(
      { suite: 'metrics', secret: SECRETS.form, env: { AWS_LAMBDA_FUNCTION_NAME: FunctionName } },
      async (webhook) => {
        webhook.secret.put('a-secret-that-the-sender-has-not-got-yet');
        await webhook.coldStart();
        const { log } = await webhook.send(sound);
        assert.equal(log.secret_stage, 'AWSPREVIOUS');
        const left = dataPoints(template, log).find(({ metric }) => metric === 'PreviousSecretGraceLeft');
        assert.deepEqual(left?.dimensions, { FunctionName });
        assert.ok(left.value > 86_000 && left.value <= 86_400, String(left.value));
      },
    ));
});
