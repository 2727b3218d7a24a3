/** Configuration errors: all at once, exit status 1, no poll. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SCHEME_NAMES } from '../../contract/schemes.ts';
import { FunctionProcess } from '../support/function-process.ts';
import { RuntimeApi } from '../support/runtime-api.ts';

const AWS = { AWS_REGION: 'eu-central-1', AWS_ACCESS_KEY_ID: 'x', AWS_SECRET_ACCESS_KEY: 'x' };
const SOUND = { WEBHOOK_SECRET_ARN: 'secret', EVENT_BUS_NAME: 'bus' };

async function exitOf(env: Record<string, string>) {
  const runtime = await RuntimeApi.start();
  const started = FunctionProcess.spawn({ suite: 'configuration', runtime, env: { ...AWS, ...env } });
  await Promise.race([started.exited(), runtime.polled()]);
  const { polls } = runtime;
  await started.stop(); // where it took what it should refuse
  const status = await started.exited();
  await runtime.stop();
  return { status, polls, logs: started.logs, initErrors: runtime.initErrors };
}

test('reports_every_configuration_error_in_one_line_and_exits_with_1_before_the_first_poll', async () => {
  const wrong = {
    SIGNATURE_SCHEME: 'hmac',
    SECRET_CACHE_TTL_SECONDS: '0',
    SECRET_REFRESH_COOLDOWN_SECONDS: 'soon',
    PREVIOUS_SECRET_GRACE_SECONDS: '-1',
    SECRET_MAX_STALE_SECONDS: '1.5',
    EVENT_SOURCE: 'aws.partner/example',
    ALLOWED_CIDRS: '10.0.0.0/8,everyone',
  };
  const { status, polls, logs } = await exitOf(wrong);
  assert.equal(status, 1);
  assert.equal(polls, 0);
  const lines = logs.filter(({ level }) => level === 'ERROR');
  assert.equal(lines.length, 1, JSON.stringify(logs));
  for (const name of [...Object.keys(wrong), ...Object.keys(SOUND)]) {
    assert.ok(JSON.stringify(lines[0]).includes(name), `${name} is not named`);
  }
});

test('an_unknown_scheme_is_told_the_names_that_the_manifest_has', async () => {
  const { logs } = await exitOf({ ...SOUND, SIGNATURE_SCHEME: 'hmac' });
  const [, names] =
    /SIGNATURE_SCHEME is \\*"hmac\\*"; use one of ([\w, -]+)/.exec(JSON.stringify(logs)) ?? [];
  assert.deepEqual(names?.split(', '), SCHEME_NAMES);
});

const SINGLE: [string, Record<string, string>, string][] = [
  ['a_missing_secret', { EVENT_BUS_NAME: 'bus' }, 'WEBHOOK_SECRET_ARN'],
  ['an_empty_bus', { ...SOUND, EVENT_BUS_NAME: '' }, 'EVENT_BUS_NAME'],
  ['a_bus_that_put_events_would_refuse', { ...SOUND, EVENT_BUS_NAME: 'a bus' }, 'EVENT_BUS_NAME'],
  ['an_unknown_scheme', { ...SOUND, SIGNATURE_SCHEME: 'Form' }, 'SIGNATURE_SCHEME'],
  ['an_event_source_of_aws', { ...SOUND, EVENT_SOURCE: 'aws.x' }, 'EVENT_SOURCE'],
  ['a_stale_limit_under_the_ttl', { ...SOUND, SECRET_MAX_STALE_SECONDS: '10' }, 'SECRET_MAX_STALE_SECONDS'],
  ['an_address_without_a_length', { ...SOUND, ALLOWED_CIDRS: '203.0.113.7' }, 'ALLOWED_CIDRS'],
  ['a_list_of_nothing', { ...SOUND, ALLOWED_CIDRS: ',' }, 'ALLOWED_CIDRS'],
];
for (const [name, env, variable] of SINGLE) {
  test(`${name}_is_an_error_that_names_${variable.toLowerCase()}`, async () => {
    const { status, polls, logs } = await exitOf(env);
    assert.deepEqual([status, polls], [1, 0]);
    const lines = logs.filter(({ level }) => level === 'ERROR');
    assert.equal(lines.length, 1);
    assert.ok(JSON.stringify(lines[0]).includes(variable));
  });
}
