/** The parts of the harness that other tests lean on without noticing when they give way. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { AwsStub } from './aws-stub.ts';
import { FaultProxy } from './fault-proxy.ts';
import * as faults from './faults.ts';
import { createPrivateCa } from './private-ca.ts';
import { RuntimeApi } from './runtime-api.ts';
import { SecretsManagerStub } from './secrets-manager-stub.ts';

const BASE = '/2018-06-01/runtime/invocation/';
const AWS = {
  region: 'eu-central-1',
  credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  maxAttempts: 1,
};
const ENTRY = { Source: 's', DetailType: 'd', Detail: '{}' };

/** A function process in miniature: one connection, one event at a time. */
class Client {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #api: RuntimeApi;

  constructor(api: RuntimeApi) {
    this.#api = api;
  }

  call(method: string, path: string, body = ''): Promise<{ id: string; body: string }> {
    return new Promise((resolve, reject) => {
      const [host, port] = this.#api.address.split(':');
      const options = { host, port, method, path: BASE + path, agent: this.#agent };
      request(options, async (response) => {
        const text = (await response.toArray()).join('');
        resolve({ id: String(response.headers['lambda-runtime-aws-request-id']), body: text });
      })
        .on('error', reject)
        .end(body);
    });
  }

  async handleOne(handle: (event: string) => string): Promise<void> {
    const { id, body } = await this.call('GET', 'next');
    await this.call('POST', `${id}/response`, handle(body));
  }

  close(): void {
    this.#agent.destroy();
  }
}

describe('the Runtime API', () => {
  test('hands each event to one of several clients and each answer to its own invocation', async () => {
    const api = await RuntimeApi.start();
    const clients = [1, 2, 3].map(() => new Client(api));
    const handled = clients.map(async (client) => {
      for (let events = 0; events < 4; events += 1) await client.handleOne((event) => `${event}!`);
    });
    const outcomes = await Promise.all([...Array(12).keys()].map((n) => api.invoke(String(n))));
    assert.deepEqual(
      outcomes.map(({ response }) => String(response)),
      [...Array(12).keys()].map((n) => `${n}!`),
    );
    await Promise.all(handled);
    assert.equal(api.polls, 12);
    for (const client of clients) client.close();
    await api.stop();
  });

  test('reports an error, a silence and the end of the function', async () => {
    const api = await RuntimeApi.start();
    const client = new Client(api);
    const failed = api.invoke('{}');
    const { id } = await client.call('GET', 'next');
    await client.call('POST', `${id}/error`, '{"errorType":"Oops","errorMessage":"no"}');
    assert.equal((await failed).error?.errorType, 'Oops');

    const silent = api.invoke('{}', { timeoutMs: 50 });
    await client.call('GET', 'next');
    assert.equal((await silent).error?.errorType, 'Sandbox.Timedout');

    const orphaned = api.invoke('{}');
    await client.call('GET', 'next');
    client.close();
    assert.equal((await orphaned).error?.errorType, 'Runtime.ExitError');
    await api.stop();
  });
});

for (const behind of ['stub', 'proxy'] as const) {
  test(`faults of the ${behind}, as an SDK meets them`, async () => {
    const aws = await AwsStub.start();
    const secret = aws.secretsManager.create('secret', 'value');
    const proxy = await new FaultProxy(aws.secretsManager.url).start();
    const server = behind === 'proxy' ? proxy : aws.secretsManager;
    const client = new SecretsManagerClient({ ...AWS, endpoint: server.url });
    const read = () => client.send(new GetSecretValueCommand({ SecretId: secret.name }));
    const error = () =>
      read().then(
        () => 'none',
        ({ name, code }) => code ?? name,
      );

    assert.equal((await read()).SecretString, 'value');
    for (const [fault, name] of [
      [faults.throttled, /^ThrottlingException$/],
      [faults.internalError, /^InternalFailure$/],
      [faults.on('DescribeSecret', faults.throttled), /^none$/],
      [faults.dropped, /^ECONNRESET$/],
      [faults.answerLost, /^ECONNRESET$/],
      [faults.truncated, /^SyntaxError$/],
      [faults.delayed(10), /^none$/],
    ] as const) {
      server.fault = fault;
      assert.match(await error(), name);
    }
    server.fault = faults.oneIn(3, faults.throttled);
    assert.deepEqual([await error(), await error(), await error()], ['none', 'none', 'ThrottlingException']);

    server.fault = faults.hanging;
    const pending = error();
    await sleep(20);
    await server.stop();
    assert.equal(await pending, 'ECONNRESET');
    assert.equal(await error(), 'ECONNREFUSED');
    server.fault = faults.noFault;
    await server.start();
    assert.equal(await error(), 'none');
    assert.equal(server.calls.GetSecretValue, 13);
    if (behind === 'proxy') assert.equal(proxy.recorded.length, 13);
    await Promise.all([proxy.stop(), aws.stop()]);
    client.destroy();
  });
}

/** One connection of HTTP/2. */
class Http2Client {
  readonly session: ClientHttp2Session;

  constructor(url: string, certificateFile: string) {
    this.session = connect(url, { ca: readFileSync(certificateFile) });
    this.session.on('error', () => {}); // each call on it says so itself
  }

  /** The answer's body; rejects where the connection ends before it. */
  call(operation: string, secret: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers = { ':method': 'POST', ':path': '/', 'x-amz-target': `secretsmanager.${operation}` };
      const stream = this.session.request(headers).setEncoding('utf8');
      let text = '';
      stream
        .on('data', (chunk) => {
          text += chunk;
        })
        .on('end', () => stream.rstCode === 0 && resolve(text))
        .on('error', reject)
        .on('close', () => reject(new Error('cut off')))
        .end(JSON.stringify({ SecretId: secret }));
    });
  }
}

for (const behind of ['stub', 'proxy'] as const) {
  test(`over HTTP/2, the ${behind} answers, and whole connections of it fail`, async () => {
    const ca = await createPrivateCa();
    const h2 = { protocol: 'h2', ca } as const;
    const stub = await new SecretsManagerStub(behind === 'stub' ? h2 : undefined).start();
    stub.create('secret', 'value');
    const server = behind === 'stub' ? stub : await new FaultProxy(stub.url, h2).start();
    const client = () => new Http2Client(server.url, ca.certificateFile);
    const read = (by: Http2Client) => by.call('GetSecretValue', 'secret');

    const first = client();
    for (const answer of await Promise.all([read(first), read(first)])) assert.match(answer, /"value"/);
    assert.equal(server.connections, 1, 'both calls came over one connection');

    server.fault = faults.on('DescribeSecret', faults.hanging);
    const beside = first.call('DescribeSecret', 'secret');
    server.fault = faults.dropped;
    await assert.rejects(read(first));
    await assert.rejects(beside, 'the whole connection ended');
    assert.ok(first.session.destroyed);

    server.fault = faults.noFault;
    const second = client();
    await read(second);
    server.fault = faults.silent(server.connections);
    const unanswered = read(second);
    const third = client();
    assert.match(await read(third), /"value"/);
    assert.equal(await Promise.race([unanswered, sleep(50, 'nothing yet')]), 'nothing yet');
    assert.match(await read(third), /"value"/);
    assert.equal(server.connections, 3);

    await server.stop();
    await assert.rejects(unanswered);
    await assert.rejects(read(client()));
    server.fault = faults.noFault;
    await server.start();
    const fourth = client();
    assert.match(await read(fourth), /"value"/);
    assert.equal(server.connections, 4);
    await Promise.all([server.stop(), behind === 'proxy' && stub.stop()]);
    ca.remove();
  });
}

for (const [protocol, spoken] of [
  ['https', 'http/1.1'],
  ['h2', 'h2'],
] as const) {
  test(`a client that offers both gets ${spoken} of a stub that speaks ${protocol}`, async () => {
    const aws = await AwsStub.start({ protocol });
    const { port } = new URL(aws.eventBridge.url);
    const ca = readFileSync(String(aws.env.SSL_CERT_FILE));
    const socket = connectTls({ port: Number(port), ca, ALPNProtocols: ['h2', 'http/1.1'] });
    await once(socket, 'secureConnect');
    assert.equal(socket.alpnProtocol, spoken);
    await aws.stop();
  });
}

test('the EventBridge stub refuses what EventBridge refuses', async () => {
  const aws = await AwsStub.start();
  const client = new EventBridgeClient({ ...AWS, endpoint: aws.eventBridge.url });
  const put = (entry: object) => client.send(new PutEventsCommand({ Entries: [{ ...ENTRY, ...entry }] }));
  for (const [entry, code] of [
    [{}, undefined],
    [{ Detail: '[]' }, 'MalformedDetail'],
    [{ Detail: '{' }, 'MalformedDetail'],
    [{ Source: '' }, 'InvalidArgument'],
  ] as const) {
    assert.equal((await put(entry)).Entries?.[0]?.ErrorCode, code);
  }
  await assert.rejects(put({ Detail: `{"a":"${'x'.repeat(1024 * 1024)}"}` }), {
    name: 'ValidationException',
  });
  await assert.rejects(client.send(new PutEventsCommand({ Entries: [] })), { name: 'ValidationException' });
  assert.equal(aws.eventBridge.entries.length, 1);
  client.destroy();
  await aws.stop();
});
