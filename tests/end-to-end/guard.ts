/** The local AWS runs what is uploaded to it: who gets past its guard, and what the webhook's listener lets through. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { execute } from '../../dev/common/command.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { aws, conversationEvent, form, send } from './deployment.ts';

const { host: emulator, hostname, port } = new URL(aws.endpoint);
/** A Runtime API that lets one in waits for the next webhook. */
const ANSWER_LIMIT_MS = 10_000;

interface Sent {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

const LIST_SECRETS: Sent = {
  method: 'POST',
  path: '/',
  headers: { 'x-amz-target': 'secretsmanager.ListSecrets', 'content-type': 'application/x-amz-json-1.1' },
  body: '{}',
};
const STRANGER = 'uploaded-by-a-stranger';
/** What made a page run code as the developer. */
const CREATE_FUNCTION: Sent = {
  method: 'POST',
  path: '/2015-03-31/functions',
  headers: { 'content-type': 'text/plain' },
  body: JSON.stringify({
    FunctionName: STRANGER,
    Runtime: 'provided.al2023',
    Handler: 'bootstrap',
    Role: 'arn:aws:iam::000000000000:role/any',
    Code: { ZipFile: Buffer.from('any').toString('base64') },
  }),
};

/** Sends it as it is, with any Host. */
async function raw(origin: string, { method, path, headers, body }: Sent) {
  const { hostname, port } = new URL(origin);
  const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
  const sent = request({ hostname, port, method, path, headers, agent: false, signal });
  sent.end(body);
  const [response] = await once(sent, 'response');
  const text = (await response.setEncoding('utf8').toArray()).join('');
  return { status: response.statusCode as number, headers: response.headers, text };
}

/** The request, signed for the Host given. */
async function signed(sent: Sent, host = emulator, credentials = aws.client.credentials): Promise<Sent> {
  const signer = await new SecretsManagerClient({ ...aws.client, credentials }).config.signer();
  const unsigned = { ...sent, protocol: 'http:', hostname, query: {}, headers: { ...sent.headers, host } };
  return { ...sent, headers: (await signer.sign(unsigned)).headers };
}

/** Nothing was reset, and no function was made. */
async function assertNothingWasDone(): Promise<void> {
  const lambda = new LambdaClient(aws.client);
  await lambda.send(new GetFunctionCommand({ FunctionName: form.functionName }));
  const name = 'ResourceNotFoundException';
  await assert.rejects(lambda.send(new GetFunctionCommand({ FunctionName: STRANGER })), { name });
}

describe('the local AWS', () => {
  test('takes what this start signed', async () => {
    const { status, text } = await raw(aws.endpoint, await signed(LIST_SECRETS));
    assert.equal(status, 200, text);
    assert.match(text, /SecretList/);
  });

  const refuses = (what: string, reason: RegExp, requests: () => Promise<Sent[]>) =>
    test(`refuses ${what}`, async () => {
      for (const sent of await requests()) {
        const headers = { host: emulator, ...sent.headers };
        const answer = await raw(aws.endpoint, { ...sent, headers });
        assert.equal(answer.status, 403, JSON.stringify(sent));
        assert.match(answer.text, reason);
        assert.equal(answer.headers['access-control-allow-origin'], undefined);
      }
      await assertNothingWasDone();
    });

  refuses('what this start signed where it comes from a page', /Origin/, async () => {
    const { headers, ...sent } = await signed(LIST_SECRETS);
    const origins = ['https://example.org', 'null', aws.endpoint];
    return origins.map((origin) => ({ ...sent, headers: { ...headers, origin } }));
  });

  refuses(
    'what this start signed for another Host, such as a name rebound to the loopback address',
    /Host/,
    () => {
      const names = ['rebound.example.org', 'localhost', '[::1]', 'abc123.execute-api.localhost'];
      const hosts = [...names.map((name) => `${name}:${port}`), '127.0.0.1', '127.0.0.1:1'];
      return Promise.all(hosts.map((host) => signed(LIST_SECRETS, host)));
    },
  );

  refuses('what other credentials signed', /credentials of this start|this start's credentials/, () => {
    const { credentials } = aws.client;
    const others = [
      { accessKeyId: 'local', secretAccessKey: 'local' },
      { accessKeyId: '000000000000', secretAccessKey: 'test' },
      { ...credentials, secretAccessKey: 'another' },
      { ...credentials, accessKeyId: 'another' },
    ];
    return Promise.all(others.map((other) => signed(LIST_SECRETS, emulator, other)));
  });

  refuses('what was changed after it was signed', /signature|body/, async () => {
    const sent = await signed(LIST_SECRETS);
    const changes = [{ body: '{"MaxResults":1}' }, { path: '/?x' }, { method: 'PUT' }];
    return changes.map((change) => ({ ...sent, ...change }));
  });

  refuses('everything that is not signed', /not signed/, async () => {
    const authorization = 'AWS4-HMAC-SHA256 Credential=000000000000/x/y/lambda/aws4_request';
    const preflight = { 'access-control-request-method': 'POST' };
    const webhook = `/_aws/execute-api/any/$default${new URL(form.url).pathname}`;
    const admin = ['/_ministack/health', '/_ministack/reset', '/_ministack/config', '/_localstack/health'];
    return [
      CREATE_FUNCTION,
      LIST_SECRETS,
      { ...CREATE_FUNCTION, headers: { 'x-genesys-webhook-pass': '' } },
      { ...CREATE_FUNCTION, headers: { authorization } },
      { method: 'OPTIONS', path: CREATE_FUNCTION.path, headers: preflight },
      ...[...admin, '/_aws/ses', webhook].map((path) => ({ method: 'POST', path, headers: {} })),
    ];
  });

  test('takes a presigned URL for its time, and no other', async () => {
    const s3 = new S3Client({ ...aws.client, forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'presigned' }));
    const signer = (await s3.config.signer()) as unknown as {
      presign(sent: object, options: { expiresIn: number }): Promise<{ query: Record<string, string> }>;
    };
    const put = async (expiresIn: number, path = '/presigned/a%20b') => {
      const headers = { host: emulator, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
      const sent = { method: 'PUT', protocol: 'http:', hostname, headers };
      const { query } = await signer.presign({ ...sent, path: '/presigned/a%20b' }, { expiresIn });
      const url = `${aws.endpoint}${path}?${new URLSearchParams(query)}`;
      return (await fetch(url, { method: 'PUT', body: 'x' })).status;
    };
    assert.equal(await put(60), 200);
    assert.equal(await put(60, '/presigned/other'), 403);
    assert.equal(await put(-1), 403);
  });

  test('keeps pages from the Runtime API of a function', { skip: process.platform !== 'linux' }, async () => {
    await send(form, conversationEvent().payload);
    const environments = readdirSync('/proc').flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/environ`, 'utf8')];
      } catch {
        return []; // it has ended, or is not ours to look at
      }
    });
    const runtimeApi = /^AWS_LAMBDA_RUNTIME_API=(.*)$/m;
    const [host = ''] = environments
      .filter((each) => each.includes(`AWS_ENDPOINT_URL=${aws.endpoint}\0`) && each.includes('_HANDLER='))
      .flatMap((each) => runtimeApi.exec(each.replaceAll('\0', '\n'))?.[1] ?? []);
    const pages: Sent['headers'][] = [
      { host, origin: 'https://example.org' },
      { host, 'sec-fetch-mode': 'no-cors' },
      { host: `rebound.example.org:${host.split(':')[1]}` },
    ];
    for (const headers of pages) {
      const next = { method: 'GET', path: '/2018-06-01/runtime/invocation/next', headers };
      assert.equal((await raw(`http://${host}`, next)).status, 403, JSON.stringify(headers));
    }
  });
});

/** What else it passes on, and as what: `tests/dev/webhook-listener.test.ts`. */
describe("the webhook's listener", () => {
  const { origin, pathname: path } = new URL(form.url);

  test('opens no tunnel and changes no protocol', async () => {
    const { hostname, port } = new URL(origin);
    const tunnel = request({ hostname, port, method: 'CONNECT', path: emulator });
    tunnel.end();
    await assert.rejects(once(tunnel, 'connect'), { code: 'ECONNRESET' });
    for (const upgrade of ['websocket', 'h2c']) {
      const headers = {
        connection: 'Upgrade, HTTP2-Settings',
        upgrade,
        'http2-settings': 'AAMAAABkAAQAAP__',
      };
      assert.equal((await raw(origin, { method: 'GET', path, headers })).status, 405, upgrade);
    }
  });

  test("keeps the emulator's headers from what a sender writes", async () => {
    const authorization = 'AWS4-HMAC-SHA256 Credential=111111111111/x/y/s3/z';
    const headers = { ...LIST_SECRETS.headers, host: 'any.s3.localhost', authorization };
    assert.notEqual((await raw(origin, { ...LIST_SECRETS, path, headers })).status, 200);
    assert.equal((await send(form, conversationEvent().payload)).status, 200);
  });
});

const chromium = ['chromium', 'chromium-browser'].find((name) => spawnSync(name, ['--version']).status === 0);

test('a page in a real browser reads nothing of the local AWS and has nothing done by it', {
  skip: !chromium && 'this machine has no chromium',
  timeout: 90_000,
}, async () => {
  const { body } = CREATE_FUNCTION;
  const attempts: [url: string, init?: object][] = [
    [`${aws.endpoint}/_ministack/health`],
    [`${aws.endpoint}${CREATE_FUNCTION.path}`, { method: 'POST', body }],
    [`${aws.endpoint}${CREATE_FUNCTION.path}`, { method: 'POST', body, mode: 'no-cors' }],
    [aws.endpoint, { method: 'POST', headers: LIST_SECRETS.headers, body: '{}' }],
    [`${aws.endpoint}/_ministack/reset`, { method: 'POST', mode: 'no-cors' }],
    [`http://localhost:${port}/_ministack/health`],
    ['/'],
  ];
  // An opaque answer, which a page cannot read, has status 0 and no body.
  const page = `<script type="module">
    const read = ([url, init]) => fetch(url, init).then(async (it) => it.status + await it.text(), () => '0');
    const texts = await Promise.all(${JSON.stringify(attempts)}.map(read));
    document.body.textContent = texts.map((text) => text.slice(0, 3)).join();
  </script>`;
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(page));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const options = ['--headless', '--no-sandbox', '--disable-gpu', `--user-data-dir=${temporaryFolder()}`];
  const dump = ['--virtual-time-budget=60000', '--dump-dom', url];
  const { stdout } = await execute(chromium ?? '', [...options, ...dump]);
  server.close();
  assert.match(stdout.join(), /<body>0,0,0,0,0,0,200<\/body>/, 'it reads its own origin alone');
  await assertNothingWasDone();
});
