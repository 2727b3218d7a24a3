/** Configuration errors: all at once, exit status 1, no poll. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SCHEME_NAMES } from '../../contract/schemes.ts';
import { FunctionProcess } from '../support/function-process.ts';
import { RuntimeApi } from '../support/runtime-api.ts';

const AWS = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' };
const SOUND = { WEBHOOK_SECRET_ARN: 'secret', EVENT_BUS_NAME: 'bus' };

/** The one line in which the function says what is wrong. */
async function complaintAbout(env: Record<string, string>): Promise<string> {
  const runtime = await RuntimeApi.start();
  const started = FunctionProcess.spawn({ suite: 'configuration', runtime, env: { ...AWS, ...env } });
  await Promise.race([started.exited(), runtime.polled()]);
  const { polls } = runtime;
  await started.stop(); // where it took what it should refuse
  const status = await started.exited();
  await runtime.stop();
  assert.deepEqual([status, polls], [1, 0]);
  const [line, ...others] = started.logs.filter(({ level }) => level === 'ERROR');
  assert.deepEqual(others, []);
  return String(line?.message);
}

test('every configuration error is in one line, and the function exits with 1 before its first poll', async () => {
  const wrong = {
    SIGNATURE_SCHEME: 'hmac',
    SECRET_CACHE_TTL_SECONDS: '0',
    SECRET_REFRESH_COOLDOWN_SECONDS: 'soon',
    PREVIOUS_SECRET_GRACE_SECONDS: '-1',
    SECRET_MAX_STALE_SECONDS: '1.5',
    EVENT_SOURCE: 'aws.partner/example',
    ALLOWED_CIDRS: '10.0.0.0/8,everyone',
  };
  const complaint = await complaintAbout(wrong);
  const named = complaint
    .replace('configuration: ', '')
    .split('; ')
    .map((error) => error.split(' ')[0]);
  for (const name of [...Object.keys(wrong), ...Object.keys(SOUND)]) assert.ok(named.includes(name), name);
  assert.match(complaint, /ALLOWED_CIDRS holds "everyone"/);
  assert.ok(complaint.includes(`SIGNATURE_SCHEME is "hmac"; use one of ${SCHEME_NAMES.join(', ')}`));
});

for (const [what, env] of [
  ['a missing secret', { WEBHOOK_SECRET_ARN: '' }],
  ['an empty bus', { EVENT_BUS_NAME: ' ' }],
  ['a bus that PutEvents would refuse', { EVENT_BUS_NAME: 'a bus' }],
  ['a scheme in another case', { SIGNATURE_SCHEME: 'Form' }],
  ['an event source of AWS', { EVENT_SOURCE: 'aws.x' }],
  ['a parking queue that is no URL', { PARKING_QUEUE_URL: 'arn:aws:sqs:eu-central-1:123456789012:q' }],
  ['a stale limit under the TTL', { SECRET_MAX_STALE_SECONDS: '10' }],
  ['an address without a length', { ALLOWED_CIDRS: '203.0.113.7' }],
  ['an IPv4 block written as IPv6', { ALLOWED_CIDRS: '::ffff:192.0.2.0/120' }],
  ['a list of nothing', { ALLOWED_CIDRS: ',' }],
] as [string, Record<string, string>][]) {
  test(`${what} is an error that names the variable`, async () => {
    assert.match(
      await complaintAbout({ ...SOUND, ...env }),
      new RegExp(`^configuration: ${Object.keys(env)} `),
    );
  });
}
