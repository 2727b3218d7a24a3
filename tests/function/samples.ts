/** For each outcome of the manifest, a request that ends in it. */
import { signWebhook } from '../../cli/signing.ts';
import type { Outcome } from '../../contract/outcomes.ts';
import * as faults from '../support/faults.ts';
import type { Setup } from '../support/function-under-test.ts';
import type { TestRequest } from '../support/http-api-event.ts';
import { readFixture, SECRETS } from './fixtures.ts';

interface Sample {
  readonly request: TestRequest;
  /** @default - an instance of `form` that nothing is wrong with */
  readonly setup?: Partial<Setup>;
}

const MIB = 1024 * 1024;

const webhookOf = (json: string) => signWebhook('form', json, SECRETS.form);
const fixture = (name: string): Sample => ({ request: readFixture('form', name).request });
const sound = fixture('conversation-created');
const failing = (fault: faults.Fault): Sample => ({
  ...sound,
  setup: {
    prepare: ({ aws }) => {
      aws.eventBridge.fault = fault;
    },
  },
});

export const SAMPLES: Readonly<Record<Outcome, Sample>> = {
  accepted: sound,
  parked: { ...sound, setup: { ...failing(faults.accessDenied).setup, parking: true } },
  method_not_allowed: fixture('get'),
  forbidden_source: { ...sound, setup: { env: { ALLOWED_CIDRS: '192.0.2.0/32' } } },
  body_too_large: { request: webhookOf(`"${'x'.repeat(4 * MIB)}"`) },
  malformed_request: fixture('webhook-missing'),
  unauthorized: fixture('signature-by-another-secret'),
  invalid_payload: { request: webhookOf('null') },
  event_too_large: { request: webhookOf(`{"a":"${'x'.repeat(MIB)}"}`) },
  event_refused: failing(faults.failedEntry('MalformedDetail')),
  secret_unavailable: { ...sound, setup: { secret: undefined } },
  publish_failed: failing(faults.accessDenied),
  internal_error: { request: { ...sound.request, event: { body: 1 } } },
};
