/** `doctor` as a process, on a stack and on captured requests: what it prints, and what it must not. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { signWebhook } from '../../cli/signing.ts';
import type { Scheme } from '../../contract/schemes.ts';
import { StackStub, type StubbedStack } from './stack-stub.ts';
import { webhookCommand } from './webhook-command.ts';

const SECRET = 'a-secret-of-more-than-32-characters';
const PREVIOUS = 'the-previous-secret-0123456789abcdef';
const FORM = { WebhookUrl: 'https://a.example/webhook/genesys', SecretArn: 'arn:a', FunctionName: 'a' };
const HUB = {
  OpenMessagingWebhookUrl: 'https://b.example/webhook/open-messaging',
  OpenMessagingSecretArn: 'arn:b',
  OpenMessagingFunctionName: 'b',
};
const current = { VersionIdsToStages: { v2: ['AWSCURRENT'] }, LastChangedDate: 1_700_000_000 };

function wire(scheme: Scheme, secret: string, { path = '/webhook/genesys', payload = '{}' } = {}): Buffer {
  const { headers, body } = signWebhook(scheme, payload, secret);
  const lines = Object.entries({ ...headers, 'content-length': body.length }).map((pair) => pair.join(': '));
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\n${lines.join('\n')}\n\n`), body]);
}

describe('doctor, as a process', { concurrency: 2 }, () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  let files = 0;
  async function doctor(
    { file, stack, stdin }: { file?: Buffer | string; stack?: StubbedStack; stdin?: string },
    ...args: string[]
  ) {
    const stub = stack && (await StackStub.start(stack));
    if (file !== undefined) {
      const path = join(folder, String(files++));
      writeFileSync(path, file);
      args.push('--request', path);
    }
    if (stack) args.push('--stack', 'Stub');
    if (stdin) args.push('--secret-stdin');
    try {
      return await webhookCommand(['doctor', ...args], { stdin, env: stub?.env });
    } finally {
      stub?.stop();
    }
  }

  test('shows_nothing_of_a_file_that_starts_like_json_and_is_none', async () => {
    for (const file of [`{"x-webhook-key": ${SECRET}}`, `{${SECRET}`]) {
      const { output, status } = await doctor({ file, stdin: SECRET });
      assert.equal(
        output,
        'the file starts like JSON and is none: save the whole event, or the request as it goes over the wire\n',
      );
      assert.equal(status, 1);
    }
  });

  test('a_plain_secret_from_standard_input_is_not_looked_up_in_json', async () => {
    const stack = { outputs: FORM, env: { WEBHOOK_SECRET_JSON_KEY: 'key' } };
    const { output, status } = await doctor({ file: wire('form', SECRET), stack, stdin: SECRET });
    assert.equal(status, 0, output);
    const asJson = { file: wire('form', SECRET), stack, stdin: JSON.stringify({ key: SECRET }) };
    assert.equal((await doctor(asJson, '--secret-json-key', 'key')).status, 0);
  });

  test('the_previous_secret_fails_once_the_configured_grace_is_over', async () => {
    const secret = {
      VersionIdsToStages: { v2: ['AWSCURRENT'], v1: ['AWSPREVIOUS'] },
      LastChangedDate: Date.now() / 1000 - 60,
    };
    const stack = { outputs: FORM, secret, values: { v2: SECRET, v1: PREVIOUS } };
    const file = wire('form', PREVIOUS);
    const within = await doctor({ file, stack });
    assert.equal(within.status, 0, within.output);
    for (const grace of ['0', '59']) {
      const env = { PREVIOUS_SECRET_GRACE_SECONDS: grace };
      const { output, status } = await doctor({ file, stack: { ...stack, env } });
      assert.match(output, /grace of AWSPREVIOUS is over/);
      assert.equal(status, 1);
    }
  });

  test('a_stack_of_one_instance_is_taken_whatever_the_path', async () => {
    const stack = { outputs: HUB, secret: current, values: { v2: SECRET } };
    const { output } = await doctor({ file: wire('open-messaging', SECRET), stack });
    assert.match(output, /^open-messaging: the signature verifies/);
  });

  test('the_path_names_the_instance_without_its_query_string', async () => {
    const stack = { outputs: { ...FORM, ...HUB }, secret: current, values: { v2: SECRET } };
    const path = '/webhook/open-messaging?a=b';
    const { output } = await doctor({ file: wire('open-messaging', SECRET, { path }), stack });
    assert.match(output, /^open-messaging: the signature verifies/);
  });

  test('a_path_of_no_instance_is_an_error_that_names_the_schemes', async () => {
    const stack = { outputs: { ...FORM, ...HUB }, secret: current, values: { v2: SECRET } };
    const { output, status } = await doctor({ file: wire('form', SECRET, { path: '/elsewhere' }), stack });
    assert.match(output, /give --scheme, which may be form, open-messaging$/m);
    assert.equal(status, 1);
  });

  for (const [error, mend] of [
    ['AccessDeniedException', /allow secretsmanager:GetSecretValue/],
    ['DecryptionFailure', /enable its KMS key/],
    ['InvalidRequestException', /restore the secret/],
  ] as const) {
    test(`names_${error}_of_a_version_and_what_mends_it`, async () => {
      const stack = { outputs: FORM, secret: current, values: { v2: { error } } };
      const { output, status } = await doctor({ stack });
      assert.match(output, new RegExp(`! AWSCURRENT cannot be read \\(${error}\\)`));
      assert.match(output, mend);
      assert.equal(status, 1);
    });
  }

  test('says_that_the_secret_is_scheduled_for_deletion', async () => {
    const stack = {
      outputs: FORM,
      secret: { ...current, DeletedDate: 1_700_000_000 },
      values: { v2: SECRET },
    };
    const { output, status } = await doctor({ stack });
    assert.match(output, /! the secret is scheduled for deletion since 2023-11-14/);
    assert.equal(status, 1);
  });

  test('a_healthy_stack_after_a_rotation_ends_with_status_0', async () => {
    const secret = {
      ...current,
      VersionIdsToStages: { v2: ['AWSCURRENT', 'AWSPENDING'], v1: ['AWSPREVIOUS'] },
    };
    const { output, status } = await doctor({
      stack: { outputs: FORM, secret, values: { v2: SECRET, v1: 'short' } },
    });
    assert.equal(status, 0, output);
    assert.match(output, /over: AWSPREVIOUS is refused/);
  });
});
