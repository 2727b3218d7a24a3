/** The log line of a request: its fields, and what never gets into it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { formBody, signWebhook } from '../../cli/signing.ts';
import * as faults from '../support/faults.ts';
import { FunctionUnderTest } from '../support/function-under-test.ts';
import { forbid } from '../support/test-logs.ts';
import { assertOutcome } from './contract.ts';
import { readFixture, SECRETS } from './fixtures.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const webhookOf = (payload: object) => signWebhook('form', JSON.stringify(payload), SECRETS.form);

describe('the log line of a request', () => {
  let webhook: FunctionUnderTest;
  before(async () => {
    webhook = await FunctionUnderTest.start({ suite: 'log', secret: SECRETS.form });
  });
  after(() => webhook.stop());

  test('holds every field of the contract and none more', async () => {
    const { request } = readFixture('form', 'conversation-created');
    const traceId = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
    const { log } = await webhook.send({ ...request, requestId: 'JKJaXmPLvHcESHA=' }, { traceId });
    const { timestamp, duration_ms, secret_age_seconds, ...fixed } = log;
    assert.match(String(timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/);
    assert.ok(typeof duration_ms === 'number' && duration_ms > 0 && duration_ms < 7_000);
    assert.ok(typeof secret_age_seconds === 'number' && secret_age_seconds < 60);
    assert.deepEqual(fixed, {
      level: 'INFO',
      target: 'genesys_webhook::request',
      message: 'webhook',
      outcome: 'accepted',
      status: 200,
      function_name: 'genesys-webhook',
      request_id: 'JKJaXmPLvHcESHA=',
      trace_id: '1-5759e988-bd862e3fe1be46a994272793',
      scheme: 'form',
      event_type: 'conversation:created',
      event_kind: 'conversation_created',
      conversation_id: '3f6c1d0a-7a52-4c59-9d51-0a3b4f6f3d11',
      conversation_type: 'call',
      body_bytes: request.body.length,
      dedupe_hash: sha256(new URLSearchParams(request.body.toString()).get('webhook') ?? '').slice(0, 16),
      secret_stage: 'AWSCURRENT',
      secret_version_id: webhook.secret.versionId(),
    });
  });

  test('says of a refusal why and from where, and nothing of the unverified payload', async () => {
    const { request } = readFixture('form', 'signature-by-another-secret');
    const { log } = await webhook.send({ ...request, sourceIp: '2001:db8::7' }, { traceId: '' });
    const { timestamp, duration_ms, request_id, ...fixed } = log;
    assert.deepEqual(fixed, {
      level: 'WARN',
      target: 'genesys_webhook::request',
      message: 'webhook',
      outcome: 'unauthorized',
      status: 401,
      reason: 'signature_mismatch',
      function_name: 'genesys-webhook',
      scheme: 'form',
      body_bytes: request.body.length,
      source_ip: '2001:db8::7',
    });
  });

  test('tells the three kinds of event apart', async () => {
    for (const [eventType, kind] of [
      ['conversation:created', 'conversation_created'],
      ['conversation:updated', 'conversation_updated'],
      ['Conversation:Created', 'other'],
    ]) {
      const { log } = await webhook.send(webhookOf({ eventType }));
      assert.deepEqual([log.event_type, log.event_kind], [eventType, kind]);
    }
  });

  test('is the only line that a request writes', async () => {
    const before = webhook.process.logs.length;
    const { request } = readFixture('form', 'conversation-created');
    for (let sent = 0; sent < 5; sent += 1) await webhook.send(request);
    assert.equal(webhook.process.logs.length - before, 5);
  });

  test('has payload strings cut to 128 characters', async () => {
    // Two bytes a character: cut between characters, not bytes.
    const long = 'é'.repeat(10_000);
    const conversation = { id: long, type: long };
    const reply = await webhook.send(webhookOf({ eventType: long, conversation }));
    assertOutcome(reply, 'accepted');
    for (const field of ['event_type', 'conversation_id', 'conversation_type']) {
      assert.equal([...String(reply.log[field])].length, 128, field);
    }
  });

  test('what a line splitter or a terminal would obey is escaped, so that nobody can forge a line', async () => {
    const obeyed =
      '\n{"message":"webhook"}\r\n\u0000 \u001b[31m \u007f \u0085 \u009b31m \u2028 \u2029 \u202e \u2066 \u200b \ufeff \u{e0001}';
    const text = `${obeyed} é 漢 🙂`;
    const before = webhook.process.logs.length;
    const { log } = await webhook.send(
      webhookOf({ eventType: text, conversation: { id: text, type: text } }),
    );
    assert.deepEqual([log.event_type, log.conversation_id, log.conversation_type], [text, text, text]);
    const { request } = readFixture('form', 'signature-too-short');
    const refused = await webhook.send({ ...request, sourceIp: `203.0.113.9${obeyed}` });
    assert.equal(refused.log.source_ip, `203.0.113.9${obeyed}`);
    const [line = '', ...others] = webhook.process.lines.slice(before);
    assert.equal(others.length, 1, 'one line a request, whatever it holds');
    assert.doesNotMatch(line + others, /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    assert.ok(line.includes('\\u2028') && line.includes(' é 漢 🙂'));
  });

  test('tells every verified webhook from others', async () => {
    const { eventBridge } = webhook.aws;
    const hashes: unknown[] = [];
    for (const [payload, outcome, fault] of [
      ['null', 'invalid_payload'],
      ['{"eventType":1}', 'invalid_payload'],
      [`{"a":"${'x'.repeat(2 ** 20)}"}`, 'event_too_large'],
      ['{"a":1}', 'event_refused', faults.failedEntry('MalformedDetail')],
      ['{"a":2}', 'publish_failed', faults.accessDenied],
      ['{"a":3}', 'accepted'],
    ] as const) {
      eventBridge.fault = fault ?? faults.noFault;
      const reply = await webhook.send(signWebhook('form', payload, SECRETS.form));
      assertOutcome(reply, outcome);
      assert.equal(reply.log.dedupe_hash, sha256(payload).slice(0, 16), payload.slice(0, 20));
      hashes.push(reply.log.dedupe_hash);
    }
    const published = JSON.parse(eventBridge.entries.at(-1)?.Detail ?? '');
    assert.ok(published.metadata.dedupeKey.startsWith(hashes.at(-1)), 'the event is found by it');
  });

  test('has request id and source address of an event that cannot be read', async () => {
    const { request } = readFixture('form', 'conversation-created');
    const reasons: [object, string][] = [
      [{ body: '***', isBase64Encoded: true }, "the event's body is not the base64 that it is said to be"],
      [{ body: 1 }, "the event's body is not a string"],
      [{ headers: [] }, "the event's headers are not an object"],
      [{ isBase64Encoded: 'yes' }, "the event's isBase64Encoded is not true or false"],
    ];
    for (const [event, reason] of reasons) {
      const reply = await webhook.send({ ...request, event });
      assertOutcome(reply, 'internal_error', reason);
      assert.equal(reply.log.source_ip, '203.0.113.7');
    }
  });

  test('comes at the level ERROR too, because alarms count it', () => {
    const env = { AWS_LAMBDA_LOG_LEVEL: 'ERROR' };
    return FunctionUnderTest.using({ suite: 'log', secret: SECRETS.form, env }, async (quiet) => {
      assertOutcome(await quiet.send(readFixture('form', 'conversation-created').request), 'accepted');
      assertOutcome(await quiet.send(readFixture('form', 'signature-too-short').request), 'unauthorized');
    });
  });
});

describe('at the level TRACE', () => {
  const MARKER = 'marker-trace-7d3f';
  let webhook: FunctionUnderTest;
  before(async () => {
    forbid(MARKER);
    const env = {
      AWS_LAMBDA_LOG_LEVEL: 'TRACE',
      RUST_LOG: 'trace',
      // The SDK's own switch for putting whole requests into its TRACE log.
      LOG_SIGNABLE_BODY: 'true',
      SECRET_CACHE_TTL_SECONDS: '1',
      SECRET_REFRESH_COOLDOWN_SECONDS: '1',
    };
    const setup = { suite: 'log-trace', secret: SECRETS.form, env, protocol: 'https' } as const;
    webhook = await FunctionUnderTest.start(setup);
  });
  after(() => webhook.stop());

  test('no body, secret or signature is logged, whatever happens', async () => {
    const payload = JSON.stringify({ eventType: 'conversation:created', note: MARKER });
    const good = signWebhook('form', payload, SECRETS.form);
    const signature = new URLSearchParams(good.body.toString()).get('signature') ?? '';
    const wrong = signature.replace(/^./, (digit) => (digit === '0' ? '1' : '0'));
    const exchange = async () => {
      await webhook.send(good);
      await webhook.send({ ...good, body: formBody(payload, wrong) });
      await webhook.send({ ...good, body: formBody(payload.slice(1), signature) });
      await webhook.send(signWebhook('form', payload.slice(1), SECRETS.form));
    };
    await exchange();
    const { aws } = webhook;
    const described = aws.secretsManager.calls.DescribeSecret ?? 0;
    const faulty = [faults.truncated, faults.wrongContentType, faults.failedEntry('InternalFailure')];
    for (const fault of faulty) {
      aws.eventBridge.fault = fault;
      // A version that is new, so that the answer which holds a secret is damaged as well.
      webhook.secret.put(`${SECRETS.form}-${MARKER}`, 'AWSPENDING');
      aws.secretsManager.fault = faults.on('GetSecretValue', fault);
      await sleep(1_100);
      await exchange();
    }
    const refreshes = (aws.secretsManager.calls.DescribeSecret ?? 0) - described;
    assert.ok(refreshes >= faulty.length, `${refreshes} refreshes in ${faulty.length} rounds`);
    const text = `${webhook.process.logs.map((line) => JSON.stringify(line)).join('\n')}${webhook.process.stderr}`;
    const encoded = Buffer.from(signature, 'hex').toString('base64');
    for (const [name, secret] of Object.entries({
      MARKER,
      secret: SECRETS.form,
      signature,
      wrong,
      encoded,
    })) {
      assert.ok(!text.includes(secret), `${name} is in the log`);
    }
    const chatter = webhook.process.logs.filter(
      ({ target, level }) =>
        !String(target).startsWith('genesys_webhook') && level !== 'WARN' && level !== 'ERROR',
    );
    assert.deepEqual(chatter, [], 'dependencies are capped at WARN');
    assert.ok(text.includes('publish_failed') && text.includes('"accepted"'), 'the exchange did take place');
  });
});
