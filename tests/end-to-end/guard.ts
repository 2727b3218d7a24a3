/** The local AWS runs what is uploaded to it: who gets past its guard, and what of it can be reached by the webhook's listener. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { execute } from '../../dev/common/command.ts';
import { venvBin } from '../../dev/common/venv.ts';
import { openPage } from '../support/browser.ts';
import { aws, form, send } from './deployment.ts';

const { host: emulator, port } = new URL(aws.endpoint);
const SECRETS = {
  'x-amz-target': 'secretsmanager.ListSecrets',
  'content-type': 'application/x-amz-json-1.1',
};
const LIST_SECRETS = { method: 'POST', path: '/', headers: SECRETS, body: '{}' };
/** What made a page run code as the developer. */
const CREATE_FUNCTION = {
  method: 'POST',
  path: '/2015-03-31/functions',
  headers: { 'content-type': 'text/plain' },
  body: JSON.stringify({
    FunctionName: 'uploaded-by-a-stranger',
    Runtime: 'provided.al2023',
    Handler: 'bootstrap',
    Role: 'arn:aws:iam::000000000000:role/any',
    Code: { ZipFile: 'UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==' },
  }),
};

/** A Runtime API that lets one in waits for the next webhook. */
const ANSWER_LIMIT_MS = 10_000;

interface Sent {
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

/** Sends it as it is, with any Host. */
async function raw(origin: string, { method, path, headers, body }: Sent) {
  const { hostname, port } = new URL(origin);
  const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
  const sent = request({ hostname, port, method, path, headers, agent: false, signal });
  sent.end(body);
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return { status: response.statusCode as number, headers: response.headers, text };
}

/** A request that this start's credentials sign, for the Host given. */
async function signed(sent: Sent, service: string, Host = emulator, credentials = aws.client.credentials) {
  const script = `
import json, os
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
sent, service, host, key, secret = json.loads(os.environ["INPUT"])
request = AWSRequest(sent["method"], "http://" + host + sent["path"], {**sent["headers"], "host": host}, sent.get("body"))
SigV4Auth(Credentials(key, secret), service, "us-east-1").add_auth(request)
print(json.dumps(dict(request.headers)))`;
  const input = [sent, service, Host, credentials.accessKeyId, credentials.secretAccessKey];
  return { ...sent, headers: JSON.parse(await python(script, input)) as Record<string, string> };
}

/** Runs a script of the virtual environment's Python, which has botocore. */
async function python(script: string, input: unknown): Promise<string> {
  const env = { ...process.env, INPUT: JSON.stringify(input) };
  const { status, stdout, lines } = await execute(`${venvBin}/python`, ['-c', script], { env });
  assert.equal(status, 0, lines.join('\n'));
  return stdout.join('\n');
}

async function functionNames(): Promise<(string | undefined)[]> {
  const { Functions = [] } = await new LambdaClient(aws.client).send(new ListFunctionsCommand({}));
  return Functions.map(({ FunctionName }) => FunctionName);
}

describe('the local AWS', () => {
  test('takes what this start signed', async () => {
    const { status, text } = await raw(aws.endpoint, await signed(LIST_SECRETS, 'secretsmanager'));
    assert.equal(status, 200, text);
    assert.match(text, /SecretList/);
  });

  test('refuses what this start signed where it comes from a page', async () => {
    const { headers, ...sent } = await signed(LIST_SECRETS, 'secretsmanager');
    for (const origin of ['https://example.org', 'null', aws.endpoint]) {
      const answer = await raw(aws.endpoint, { ...sent, headers: { ...headers, origin } });
      assert.equal(answer.status, 403, answer.text);
      assert.match(answer.text, /Origin/);
      assert.equal(answer.headers['access-control-allow-origin'], undefined);
    }
  });

  test('refuses what this start signed for another Host, such as a name that was rebound to the loopback address', async () => {
    for (const host of [
      `rebound.example.org:${port}`,
      `localhost:${port}`,
      '127.0.0.1',
      '127.0.0.1:1',
      `[::1]:${port}`,
    ]) {
      const answer = await raw(aws.endpoint, await signed(LIST_SECRETS, 'secretsmanager', host));
      assert.equal(answer.status, 403, answer.text);
      assert.match(answer.text, /Host/);
    }
    const { hostname } = new URL(form.url);
    const routed = await raw(aws.endpoint, {
      method: 'POST',
      path: '/webhook/genesys',
      headers: { host: `${hostname}.execute-api.localhost:${port}` },
    });
    assert.equal(routed.status, 403);
  });

  test('refuses other credentials, and what was changed after it was signed', async () => {
    const { credentials } = aws.client;
    for (const other of [
      { accessKeyId: 'local', secretAccessKey: 'local' },
      { accessKeyId: '000000000000', secretAccessKey: 'test' },
      { ...credentials, secretAccessKey: 'another' },
      { ...credentials, accessKeyId: 'another' },
    ]) {
      const client = new SecretsManagerClient({ ...aws.client, credentials: other });
      await assert.rejects(client.send(new ListSecretsCommand({})), { name: 'UnrecognizedClientException' });
    }
    const sent = await signed(LIST_SECRETS, 'secretsmanager');
    for (const change of [{ body: '{"MaxResults":1}' }, { path: '/?x' }, { method: 'PUT' }]) {
      assert.equal((await raw(aws.endpoint, { ...sent, ...change })).status, 403, JSON.stringify(change));
    }
  });

  test('refuses everything that is not signed', async () => {
    const host = { host: emulator };
    const paths = [
      '/_ministack/health',
      '/_ministack/reset',
      '/_ministack/config',
      '/_localstack/health',
      '/_aws/ses',
    ];
    const unsigned: Sent[] = [
      CREATE_FUNCTION,
      LIST_SECRETS,
      { ...CREATE_FUNCTION, headers: { 'x-genesys-webhook-pass': '' } },
      {
        ...CREATE_FUNCTION,
        headers: { authorization: 'AWS4-HMAC-SHA256 Credential=000000000000/x/y/lambda/aws4_request' },
      },
      { method: 'POST', path: `/_aws/execute-api/any/$default${new URL(form.url).pathname}`, headers: {} },
      {
        method: 'OPTIONS',
        path: '/2015-03-31/functions',
        headers: { 'access-control-request-method': 'POST' },
      },
      ...paths.map((path) => ({ method: 'POST', path, headers: {} })),
    ];
    for (const sent of unsigned) {
      const { status, headers } = await raw(aws.endpoint, { ...sent, headers: { ...sent.headers, ...host } });
      assert.equal(status, 403, `${sent.method} ${sent.path}`);
      assert.equal(headers['access-control-allow-origin'], undefined);
    }
    assert.ok(!(await functionNames()).includes('uploaded-by-a-stranger'));
  });

  test('takes a presigned URL for its time, and no other', async () => {
    await new S3Client({ ...aws.client, forcePathStyle: true }).send(
      new CreateBucketCommand({ Bucket: 'presigned' }),
    );
    const script = `
import json, os
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
endpoint, key, secret, seconds = json.loads(os.environ["INPUT"])
request = AWSRequest("PUT", endpoint + "/presigned/a%20b")
S3SigV4QueryAuth(Credentials(key, secret), "s3", "us-east-1", expires=seconds).add_auth(request)
print(request.url)`;
    const { accessKeyId, secretAccessKey } = aws.client.credentials;
    const url = async (seconds: number) =>
      python(script, [aws.endpoint, accessKeyId, secretAccessKey, seconds]);
    const put = async (to: string) => (await fetch(to, { method: 'PUT', body: 'x' })).status;
    assert.equal(await put(await url(60)), 200);
    assert.equal(await put((await url(60)).replace('a%20b', 'other')), 403);
    assert.equal(await put(await url(-1)), 403);
  });

  test('keeps pages from the Runtime API of a function', { skip: process.platform !== 'linux' }, async () => {
    await send(form, '{"eventType":"conversation:created","conversation":{"id":"1"}}');
    const environments = readdirSync('/proc').flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')];
      } catch {
        return []; // it has ended, or is not ours to look at
      }
    });
    const ours = environments.find(
      (each) =>
        each.includes(`AWS_ENDPOINT_URL=${aws.endpoint}`) &&
        each.some((line) => line.startsWith('_HANDLER=')),
    );
    const host = ours?.find((line) => line.startsWith('AWS_LAMBDA_RUNTIME_API='))?.split('=')[1] ?? '';
    const requests: Sent['headers'][] = [
      { host, origin: 'https://example.org' },
      { host, 'sec-fetch-mode': 'no-cors' },
      { host: `rebound.example.org:${host.split(':')[1]}` },
    ];
    for (const headers of requests) {
      const next = { method: 'GET', path: '/2018-06-01/runtime/invocation/next', headers };
      assert.equal((await raw(`http://${host}`, next)).status, 403, JSON.stringify(headers));
    }
  });
});

describe("the webhook's listener", () => {
  const { origin, pathname } = new URL(form.url);

  test("passes nothing on but what is addressed to a deployed route's path as it is written", async () => {
    const emulators = [
      '/_ministack/health',
      '/_ministack/reset',
      '/_aws/execute-api',
      '/_localstack/health',
      '/restapis',
    ];
    for (const path of [
      ...emulators,
      ...emulators.map((path) => path.replace('_', '%5F')),
      ...emulators.map((path) => `${pathname}/..%2f..${path}`),
      ...emulators.map((path) => `${pathname}/../..${path}`),
      ...emulators.map((path) => `${aws.endpoint}${path}`),
      `${aws.endpoint}${pathname}`,
      `/${pathname}`,
      `${pathname}/`,
      `${pathname}%2f`,
      `${pathname};x`,
      pathname.replace('w', '%77'),
      '/2015-03-31/functions',
      '/',
      '*',
    ]) {
      for (const method of ['GET', 'POST']) {
        const { status, text } = await raw(origin, { method, path, headers: {} });
        assert.deepEqual([status, text], [404, '{"message":"Not Found"}'], `${method} ${path}`);
      }
    }
  });

  test('changes no protocol and opens no tunnel', async () => {
    const [, tunnel] = await exchange(origin, `CONNECT ${emulator} HTTP/1.1\r\nHost: ${emulator}\r\n\r\n`);
    assert.doesNotMatch(tunnel ?? '', /^HTTP\/1\.1 2/);
    for (const upgrade of ['websocket', 'h2c']) {
      const head = `GET ${pathname} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: ${upgrade}`;
      const [status] = await exchange(origin, `${head}\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`);
      assert.equal(status, '405', upgrade);
    }
  });

  test("keeps the emulator's headers from what a sender writes", async () => {
    const { status } = await raw(origin, {
      ...LIST_SECRETS,
      path: pathname,
      headers: {
        ...SECRETS,
        host: `any.s3.localhost`,
        authorization: 'AWS4-HMAC-SHA256 Credential=111111111111/x/y/s3/z',
      },
    });
    assert.notEqual(status, 200);
    assert.equal(
      (await send(form, '{"eventType":"conversation:created","conversation":{"id":"1"}}')).status,
      200,
    );
  });
});

/** The status that answers raw bytes, and all that was answered until the connection ended or was silent. */
async function exchange(origin: string, bytes: string): Promise<[string | undefined, string]> {
  const { hostname, port } = new URL(origin);
  const socket = connect(Number(port), hostname).setEncoding('latin1');
  let answer = '';
  socket.on('data', (text) => {
    answer += text;
    if (answer.includes('\r\n\r\n')) socket.end();
  });
  socket.on('error', () => {});
  socket.setTimeout(10_000, () => socket.destroy());
  socket.write(bytes);
  await once(socket, 'close');
  return [/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1], answer];
}

test('a page in a real browser reads nothing of the local AWS and has nothing done by it', async (t) => {
  const attempts = [
    { url: `${aws.endpoint}/_ministack/health` },
    { url: `${aws.endpoint}${CREATE_FUNCTION.path}`, init: { method: 'POST', body: CREATE_FUNCTION.body } },
    {
      url: `${aws.endpoint}${CREATE_FUNCTION.path}`,
      init: { method: 'POST', body: CREATE_FUNCTION.body, mode: 'no-cors' },
    },
    { url: aws.endpoint, init: { method: 'POST', headers: SECRETS, body: '{}' } },
    { url: `${aws.endpoint}/_ministack/reset`, init: { method: 'POST', mode: 'no-cors' } },
    { url: `http://localhost:${port}/_ministack/health` },
  ];
  const page = await openPage(attempts);
  if ('unavailable' in page) return t.skip(page.unavailable);
  assert.equal(page.results.length, attempts.length);
  for (const [i, { read }] of page.results.entries())
    assert.equal(read, undefined, JSON.stringify(attempts[i]));
  const names = await functionNames();
  assert.ok(names.includes(form.functionName), 'nothing was reset');
  assert.ok(!names.includes('uploaded-by-a-stranger'), 'no function was made');
});
