/** What arrives on the bus, field by field (docs/events.md, "What arrives"), for each kind of sender. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { signWebhook } from '../../cli/signing.ts';
import { SCHEME_NAMES, SCHEMES, type Scheme } from '../../contract/schemes.ts';
import type { Entry } from '../support/event-bridge-stub.ts';
import { FunctionUnderTest } from '../support/function-under-test.ts';
import type { TestRequest } from '../support/http-api-event.ts';
import { assertOutcome } from './contract.ts';
import { fixtures, payloadOf, SECRETS } from './fixtures.ts';

const RFC_3339_UTC_MS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Under which the manifest's sample of an event type is published. */
function detailTypeOf(scheme: Scheme, eventType: string): string {
  if (scheme !== 'open-messaging') return eventType || 'genesys.webhook';
  return `genesys.openmessaging.outbound.${eventType.toLowerCase() || 'unknown'}`;
}

for (const scheme of SCHEME_NAMES) {
  describe(`an event of ${scheme}`, () => {
    let webhook: FunctionUnderTest;
    before(async () => {
      webhook = await FunctionUnderTest.start({
        suite: `published-${scheme}`,
        scheme,
        secret: SECRETS[scheme],
      });
    });
    after(() => webhook.stop());

    async function publish(request: TestRequest, traceId = ''): Promise<Entry> {
      assertOutcome(await webhook.send(request, { traceId }), 'accepted');
      return webhook.aws.eventBridge.entries.at(-1) as Entry;
    }

    test('at least one fixture says what is published', () => {
      assert.ok(fixtures(scheme).some(({ event }) => event));
    });

    /** A request of this scheme around any JSON. */
    const around = (json: string) => signWebhook(scheme, json, SECRETS[scheme]);

    for (const { name, request, event } of fixtures(scheme)) {
      if (!event) continue;
      const { DetailType, identity, timestamp } = event;
      test(`${name}: every field as documented`, async () => {
        const json = payloadOf(scheme, request);
        const sentAt = Date.now();
        const { Detail = '', ...entry } = await publish({ ...request, requestId: 'request-0001' });
        assert.deepEqual(entry, {
          Source: 'genesys.cloud.webhook',
          DetailType,
          EventBusName: 'genesys-webhook',
        });
        const detail = JSON.parse(Detail);
        const { receivedAt } = detail.metadata;
        assert.match(receivedAt, RFC_3339_UTC_MS);
        assert.ok(Date.parse(receivedAt) >= sentAt && Date.parse(receivedAt) <= Date.now());
        assert.deepEqual(detail, {
          topicName: DetailType,
          version: '2',
          eventBody: JSON.parse(json),
          metadata: {
            CorrelationId: 'request-0001',
            scheme,
            dedupeKey: sha256(identity ? JSON.stringify(identity) : json),
            receivedAt,
            secretVersionId: webhook.secret.versionId(),
          },
          timestamp: timestamp ?? receivedAt,
        });
      });
    }

    test('holds the verified JSON byte by byte', async () => {
      const inner =
        '{ "a":1.0,\t"b":"\\u00e9\\/" ,"n":9007199254740993,"e":1E+2,"z":-0,"dup":1,"dup":2,"2":0,"1":0,"é":"é🙂\\ud83d\\ude42","":null,"form":"a+b c%20d&e=f;g"}';
      const json = `{"id":"x",  "odd" :\r\n ${inner}}`;
      const { Detail = '' } = await publish(around(json));
      assert.ok(Detail.includes(`"eventBody":${json},"metadata":`), 'eventBody is not what was signed');
    });

    test('white space around the JSON is not part of it', async () => {
      const { Detail = '' } = await publish(around(' \n{"id":"x"}\t\n'));
      assert.ok(Detail.includes('"eventBody":{"id":"x"},"metadata":'));
    });

    test('carries the trace id where X-Ray gives one', async () => {
      const root = '1-5759e988-bd862e3fe1be46a994272793';
      const { Detail = '' } = await publish(around('{}'), `Root=${root};Parent=53995c3f42cd8ad8;Sampled=0`);
      assert.equal(JSON.parse(Detail).metadata.traceId, root);
    });

    test('a name that is empty, over 128 characters or holds control characters is no name', async () => {
      const longest = 'é'.repeat(128 - detailTypeOf(scheme, 'é').length + 1);
      for (const [name, detailType] of [
        [longest, detailTypeOf(scheme, longest)],
        [`${longest}é`, 'genesys.webhook'],
        ['', detailTypeOf(scheme, '')],
        ...['a\nb', '\u0000', 'a\u007f', '\u009b31m'].map((name) => [name, 'genesys.webhook']),
      ] as [string, string][]) {
        const { DetailType, Detail = '' } = await publish(
          around(JSON.stringify(SCHEMES[scheme].sample(name, 'c-1'))),
        );
        assert.equal(DetailType, detailType, JSON.stringify(name));
        assert.equal(JSON.parse(Detail).topicName, DetailType);
      }
    });
  });
}

test('source and bus are configurable, and the calls of AWS go over TLS', () => {
  const env = {
    EVENT_SOURCE: 'example.contact-centre',
    EVENT_BUS_NAME: 'arn:aws:events:eu-central-1:123456789012:event-bus/b',
  };
  return FunctionUnderTest.using(
    { suite: 'published-form', secret: SECRETS.form, env, protocol: 'https' },
    async (webhook) => {
      assertOutcome(await webhook.send(signWebhook('form', '{}', SECRETS.form)), 'accepted');
      const [entry] = webhook.aws.eventBridge.entries;
      assert.deepEqual([entry?.Source, entry?.EventBusName], [env.EVENT_SOURCE, env.EVENT_BUS_NAME]);
    },
  );
});
