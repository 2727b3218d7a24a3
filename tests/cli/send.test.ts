/** `send` against the real function behind an HTTP front, and what all commands say of a wrong command line. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { doctor } from '../../cli/doctor.ts';
import { send } from '../../cli/send.ts';
import { credentialOf, formBody, signWebhook } from '../../cli/signing.ts';
import { smoke } from '../../cli/smoke.ts';
import { OUTCOMES } from '../../contract/outcomes.ts';
import { SCHEME_NAMES, SCHEMES } from '../../contract/schemes.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { SECRETS } from '../function/fixtures.ts';
import { awsJson } from '../support/faults.ts';
import { FaultyServer } from '../support/faulty-server.ts';
import { FunctionUnderTest } from '../support/function-under-test.ts';
import { httpApiEvent } from '../support/http-api-event.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { webhookCommand } from './webhook-command.ts';

const ACCEPTED = /^200 \{"status":"success"\} \(\d+ ms\)\n$/;

describe('send', { concurrency: 2 }, () => {
  let webhook: FunctionUnderTest;
  let front: FaultyServer;
  before(async () => {
    webhook = await FunctionUnderTest.start({ suite: 'send', scheme: 'form', secret: SECRETS.form });
    front = await new FaultyServer(async ({ headers, body }, { method, url: path }) => {
      const event = httpApiEvent({ method, path, headers: headers as Record<string, string>, body });
      const answer = JSON.parse(String((await webhook.runtime.invoke(event)).response));
      return { status: answer.statusCode, headers: answer.headers, body: Buffer.from(answer.body) };
    }).start();
  });
  after(() => Promise.all([front.stop(), webhook.stop()]));

  /** The entry of EventBridge with this detail type. */
  const published = (type: string) =>
    webhook.aws.eventBridge.entries.find(({ DetailType }) => DetailType === type);

  test('sends a sample of any event type with the secret from Secrets Manager', async () => {
    const args = ['send', '--url', front.url, '--secret-id', 'webhook-secret', '--event-type', 'Sample.Type'];
    const env = { ...webhook.aws.env, AWS_ENDPOINT_URL: webhook.aws.secretsManager.url };
    const { output, status } = await webhookCommand(args, { env });
    assert.match(output, ACCEPTED);
    assert.equal(status, 0);
    assert.ok(published('Sample.Type'));
  });

  test('sends a file byte by byte with a secret from standard input', async () => {
    const file = join(temporaryFolder(), 'payload.json');
    const payload = '{ "eventType":"from:file", "n": 1.0, "s": "a+b\\u00e9é" }';
    writeFileSync(file, payload);
    const args = ['send', '--url', front.url, '--secret-stdin', '--payload', file];
    const { output, status } = await webhookCommand(args, { stdin: `${SECRETS.form}\n` });
    assert.match(output, ACCEPTED);
    assert.equal(status, 0);
    assert.ok(published('from:file')?.Detail?.includes(`"eventBody":${payload},`));
  });

  test('keeps the bytes of a file that is not UTF-8', () => {
    const payload = Buffer.from('{"s":"caf\u00e9 *-._~+&="}', 'latin1');
    for (const scheme of SCHEME_NAMES) {
      const { body } = signWebhook(scheme, payload, 'secret');
      const field = /^webhook=([^&]*)&signature=[0-9a-f]{64}$/.exec(body.toString())?.[1] ?? '';
      const sent =
        SCHEMES[scheme].body === 'form' ? Buffer.from(unescape(field.replaceAll('+', ' ')), 'latin1') : body;
      assert.deepEqual(sent, payload);
    }
  });

  test('encodes text as URLSearchParams does', () => {
    const webhook = String.fromCodePoint(...Array(0x180).keys(), 0x1f600);
    assert.equal(formBody(webhook, 'ab'), new URLSearchParams({ webhook, signature: 'ab' }).toString());
    assert.equal(formBody(webhook), new URLSearchParams({ webhook }).toString());
  });

  test('signs a sample of any other scheme in its header', async () => {
    const sink = await new FaultyServer(async () => awsJson(200, {})).start();
    for (const scheme of SCHEME_NAMES.filter((name) => SCHEMES[name].body !== 'form')) {
      const args = ['send', '--scheme', scheme, '--url', sink.url, '--secret-stdin'];
      assert.equal((await webhookCommand(args, { stdin: SECRETS[scheme] })).status, 0);
      const { headers = {}, body = Buffer.alloc(0) } = sink.lastCall ?? {};
      const credential = credentialOf(scheme, body, SECRETS[scheme]);
      assert.ok(String(headers[SCHEMES[scheme].header]).endsWith(credential), scheme);
      assert.ok(body.includes(SCHEMES[scheme].sampleType));
    }
    await sink.stop();
  });

  test('prints a refusal and ends with status 1', async () => {
    const args = ['send', '--url', front.url, '--secret-stdin'];
    const { output, status } = await webhookCommand(args, { stdin: 'another-secret-entirely\n' });
    assert.match(output, /^401 \{"error":"Unauthorized"\}/);
    assert.equal(status, 1);
    assert.ok(!output.includes('another-secret-entirely'));
  });
});

test('send names a parked answer for what it is, and ends with status 0', async (t) => {
  const front = await new FaultyServer(async () => awsJson(200, OUTCOMES.parked.body)).start();
  t.after(() => front.stop());
  const args = ['send', '--url', front.url, '--secret-stdin'];
  const { output, status } = await webhookCommand(args, { stdin: SECRETS.form });
  assert.match(
    output,
    /^200 \{"status":"parked"\} \(\d+ ms\)\nparked: EventBridge or .*says nothing of its signature\.\n$/,
  );
  assert.equal(status, 0);
});

const TYPED = 'a-secret-typed-as-an-argument';
const NOWHERE = ['--url', 'http://127.0.0.1:10'];
const STACK = ['--stack', 'GenesysWebhook'];

describe('a command line', { concurrency: 2 }, () => {
  for (const [what, args, message, expected = 2] of [
    [
      'no url',
      ['send', '--secret-stdin'],
      /^--url is missing: where is the webhook to go\?\n`genesys-webhook send --help` says more\n$/,
    ],
    ['an option without its value', ['send', '--url'], /^Option '--url <value>' argument missing\n/],
    ['no secret', ['send', ...NOWHERE], /--secret-id or by --secret-stdin/],
    ['two secrets', ['send', ...NOWHERE, '--secret-stdin', '--secret-id', 'x'], /--secret-id or by/],
    [
      'an unknown scheme',
      ['send', ...NOWHERE, '--secret-stdin', '--scheme', 'hmac'],
      new RegExp(`^--scheme takes one of ${SCHEME_NAMES.join(', ')}\n`),
    ],
    ['an unknown option', ['send', '--urls', 'x'], /^argument 1 after `genesys-webhook send` is none of its/],
    ['an unknown option and no command', ['--urls'], /^argument 1 after `genesys-webhook` is none of its/],
    ['a refused connection', ['send', ...NOWHERE, '--secret-stdin'], /no answer from .*ECONNREFUSED/, 3],
    ['an unknown command', [TYPED], /^there is no such command\n`genesys-webhook --help` says more\n$/],
    ['a command of every object', ['constructor'], /there is no such command/],
    ['no command', [], /^a command is missing\n/],
    ['a stack that is not named', ['smoke'], /--stack is missing/],
    [
      'an endpoint whose webhooks go nobody knows where',
      ['smoke', ...STACK, '--endpoint-url', 'http://127.0.0.1:9'],
      /^set GENESYS_WEBHOOK_ORIGIN to where/,
    ],
    ['nothing to look at', ['doctor'], /--stack or --request is missing/],
    [
      'a question for the commands',
      ['--help'],
      /^Usage: .*\n {2}genesys-webhook smoke +Check .*-h, --help/s,
      0,
    ],
    [
      'a question for the options of send',
      ['send', '-h'],
      /--scheme SCHEME .*\[default: form\].*\n {2}3 /s,
      0,
    ],
    ['a question for the options of smoke', ['smoke', '--help'], /--stack NAME .*--endpoint-url/s, 0],
    ['a question for the options of doctor', ['doctor', '--help'], /--request FILE .*--endpoint-url/s, 0],
    ['a question for the version', ['--version'], new RegExp(`^${packageJson.version}\n$`), 0],
  ] as const) {
    test(`with ${what} is answered with what helps and status ${expected}`, async () => {
      const { output, status } = await webhookCommand([...args], { stdin: 'some-secret\n' });
      assert.match(output, message);
      assert.equal(status, expected);
      assert.ok(!output.includes(TYPED), 'a secret that was typed by mistake is not echoed');
    });
  }

  test('is explained in lines that fit a terminal', () => {
    const lines = [send, smoke, doctor].flatMap(({ help }) => help.split('\n'));
    assert.deepEqual(
      lines.filter(({ length }) => length > 80),
      [],
    );
  });

  for (const [command, args] of [
    [send, [TYPED]],
    [send, [...NOWHERE, '--secret-stdin', TYPED]],
    [send, [...NOWHERE, `--secret-stdin=${TYPED}`]],
    [send, [...NOWHERE, '--secret', TYPED]],
    [send, [`--secret=${TYPED}`]],
    [send, [`--${TYPED}`]],
    [send, [`-${TYPED}`]],
    [send, [...NOWHERE, '--secret-stdin', '--', TYPED]],
    [send, [...NOWHERE, '--secret-stdin', '--scheme', TYPED]],
    [smoke, [TYPED]],
    [doctor, [...STACK, '--secret-stdin', TYPED]],
    [doctor, [...STACK, `--secret-stdin=${TYPED}`]],
    [doctor, ['--request', 'captured', '--secret', TYPED]],
  ] as const) {
    test(`with a secret typed as an argument does not quote it: ${command.name} ${args.join(' ')}`, async () => {
      await assert.rejects(command.run([...args]), ({ message }: Error) => !message.includes(TYPED));
    });
  }
});
