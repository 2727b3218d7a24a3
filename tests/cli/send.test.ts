/** `send`, against the real function behind an HTTP front. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { doctor } from '../../cli/doctor.ts';
import { send } from '../../cli/send.ts';
import { formBody, signWebhook } from '../../cli/signing.ts';
import { smoke } from '../../cli/smoke.ts';
import { SCHEME_NAMES, SCHEMES, type Scheme } from '../../contract/schemes.ts';
import { SECRETS } from '../function/fixtures.ts';
import { detailTypeOf } from '../support/detail-type.ts';
import { FunctionUnderTest } from '../support/function-under-test.ts';
import { HttpFront } from '../support/http-front.ts';
import { webhookCommand } from './webhook-command.ts';

const ACCEPTED = /^200 \{"status":"success"\} \(\d+ ms\)\n$/;

describe('send', { concurrency: 2 }, () => {
  const running = {} as Record<Scheme, { webhook: FunctionUnderTest; front: HttpFront }>;
  before(async () => {
    for (const scheme of SCHEME_NAMES) {
      const webhook = await FunctionUnderTest.start({ suite: 'send', scheme, secret: SECRETS[scheme] });
      running[scheme] = { webhook, front: await HttpFront.start(webhook.runtime) };
    }
  });
  after(async () => {
    for (const { webhook, front } of Object.values(running))
      await Promise.all([front.stop(), webhook.stop()]);
  });

  for (const scheme of SCHEME_NAMES) {
    test(`sends_a_webhook_of_${scheme}_with_the_secret_from_secrets_manager`, async () => {
      const { webhook, front } = running[scheme];
      const { output, status } = await webhookCommand(
        [
          'send',
          '--scheme',
          scheme,
          '--url',
          front.url,
          '--secret-id',
          'webhook-secret',
          '--event-type',
          'Sample.Type',
        ],
        { env: { ...webhook.aws.env, AWS_ENDPOINT_URL: webhook.aws.secretsManager.url } },
      );
      assert.match(output, ACCEPTED);
      assert.equal(status, 0);
      const expected = detailTypeOf(scheme, 'Sample.Type');
      assert.ok(webhook.aws.eventBridge.entries.some(({ DetailType }) => DetailType === expected));
    });
  }

  test('sends_a_file_byte_by_byte_with_a_secret_from_standard_input', async () => {
    const { webhook, front } = running.form;
    const folder = mkdtempSync(join(tmpdir(), 'send-'));
    const payload = '{ "eventType":"from:file", "n": 1.0, "s": "a+b\\u00e9é" }';
    writeFileSync(join(folder, 'payload.json'), payload);
    const args = ['send', '--url', front.url, '--secret-stdin', '--payload', join(folder, 'payload.json')];
    const { output, status } = await webhookCommand(args, { stdin: `${SECRETS.form}\n` });
    rmSync(folder, { recursive: true });
    assert.match(output, ACCEPTED);
    assert.equal(status, 0);
    const entry = webhook.aws.eventBridge.entries.find(({ DetailType }) => DetailType === 'from:file');
    assert.ok(entry?.Detail?.includes(`"eventBody":${payload},`));
  });

  test('keeps_the_bytes_of_a_file_that_is_not_utf_8', () => {
    const payload = Buffer.from('{"s":"caf\u00e9 *-._~+&="}', 'latin1');
    for (const scheme of SCHEME_NAMES) {
      const { body } = signWebhook(scheme, payload, 'secret');
      const field = /^webhook=([^&]*)&signature=[0-9a-f]{64}$/.exec(body.toString())?.[1] ?? '';
      const sent =
        SCHEMES[scheme].body === 'form' ? Buffer.from(unescape(field.replaceAll('+', ' ')), 'latin1') : body;
      assert.deepEqual(sent, payload);
    }
  });

  test('encodes_text_as_url_search_params_do', () => {
    const webhook = String.fromCodePoint(...Array(0x180).keys(), 0x1f600);
    assert.equal(formBody(webhook, 'ab'), new URLSearchParams({ webhook, signature: 'ab' }).toString());
    assert.equal(formBody(webhook), new URLSearchParams({ webhook }).toString());
  });

  test('a_refusal_is_printed_and_ends_with_status_1', async () => {
    const args = ['send', '--url', running.form.front.url, '--secret-stdin'];
    const { output, status } = await webhookCommand(args, { stdin: 'another-secret-entirely\n' });
    assert.match(output, /^401 \{"error":"Unauthorized"\}/);
    assert.equal(status, 1);
    assert.ok(!output.includes('another-secret-entirely'));
  });

  for (const [what, args, message] of [
    ['no url', ['send', '--secret-stdin'], /^--url is missing: where is the webhook to go\?\n$/],
    ['no secret', ['send', '--url', 'http://127.0.0.1:9'], /--secret-id or by --secret-stdin/],
    [
      'two secrets',
      ['send', '--url', 'http://127.0.0.1:9', '--secret-stdin', '--secret-id', 'x'],
      /--secret-id or by/,
    ],
    [
      'an unknown scheme',
      ['send', '--url', 'http://127.0.0.1:9', '--secret-stdin', '--scheme', 'hmac'],
      new RegExp(`^--scheme takes one of ${SCHEME_NAMES.join(', ')}\n\nnpm run webhook -- send --url`),
    ],
    [
      'an unknown option',
      ['send', '--urls', 'x'],
      /^argument 1 after the command is none of its options[^\n]*\n\nnpm run webhook -- send --url/,
    ],
    [
      'a refused connection',
      ['send', '--url', 'http://127.0.0.1:10', '--secret-stdin'],
      /no answer from .*ECONNREFUSED/,
    ],
    ['an unknown command', ['sned'], /^there is no such command\n\nnpm run webhook -- COMMAND/],
    ['a command of every object', ['constructor'], /there is no such command/],
    ['no command', [], /^a command is missing\n\nnpm run webhook -- COMMAND/],
    ['a stack that is not named', ['smoke'], /--stack is missing/],
    [
      'an endpoint whose webhooks go nobody knows where',
      ['smoke', '--stack', 'GenesysWebhook', '--endpoint-url', 'http://127.0.0.1:9'],
      /^set GENESYS_WEBHOOK_ORIGIN to where/,
    ],
    ['nothing to look at', ['doctor'], /--stack or --request is missing/],
  ] as const) {
    test(`${what}: says what is wrong and ends with status 1`, async () => {
      const { output, status } = await webhookCommand([...args], { stdin: 'some-secret\n' });
      assert.match(output, message);
      assert.equal(status, 1);
    });
  }

  const typed = 'a-secret-typed-as-an-argument';
  const url = ['--url', 'http://127.0.0.1:9'];
  for (const [run, args] of [
    [send, [typed]],
    [send, [...url, '--secret-stdin', typed]],
    [send, [...url, `--secret-stdin=${typed}`]],
    [send, [...url, '--secret', typed]],
    [send, [`--secret=${typed}`]],
    [send, [`--${typed}`]],
    [send, [`-${typed}`]],
    [send, [...url, '--secret-stdin', '--', typed]],
    [send, [...url, '--secret-stdin', '--scheme', typed]],
    [smoke, [typed]],
    [doctor, ['--stack', 'GenesysWebhook', '--secret-stdin', typed]],
    [doctor, ['--stack', 'GenesysWebhook', `--secret-stdin=${typed}`]],
    [doctor, ['--request', 'captured', '--secret', typed]],
  ] as const) {
    test(`a secret that is typed as an argument is not quoted: ${run.name} ${args.join(' ')}`, async () => {
      await assert.rejects(run([...args]), ({ message }: Error) => !message.includes(typed));
    });
  }

  test('a secret that is typed as an argument is not echoed', async () => {
    for (const args of [[typed], ['doctor', '--stack', 'GenesysWebhook', '--secret-stdin', typed]]) {
      const { output, status } = await webhookCommand(args);
      assert.ok(!output.includes(typed), output);
      assert.equal(status, 1);
    }
  });

  for (const command of ['send', 'smoke', 'doctor']) {
    test(`${command} --help lists its options`, async () => {
      const { output, status } = await webhookCommand([command, '--help']);
      assert.match(output, /--endpoint-url/);
      assert.equal(status, 0);
    });
  }
});
