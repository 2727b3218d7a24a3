/** What arrives on the bus, field by field (docs/events.md, "What arrives"), for each kind of sender. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { signWebhook } from '../../cli/signing.ts';
import { SCHEME_NAMES, SCHEMES } from '../../contract/schemes.ts';
import { detailTypeOf } from '../support/detail-type.ts';
import type { Entry } from '../support/event-bridge-stub.ts';
import { FunctionUnderTest } from '../support/function-under-test.ts';
import type { TestRequest } from '../support/http-api-event.ts';
import { assertOutcome } from './contract.ts';
import { fixtures, payloadOf, SECRETS } from './fixtures.ts';

const RFC_3339_UTC_MS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

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

    test('is_told_by_a_fixture', () => {
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

    test('keeps_the_verified_json_byte_by_byte', async () => {
      const inner =
        '{ "a":1.0,\t"b":"\\u00e9\\/" ,"n":9007199254740993,"e":1E+2,"z":-0,"dup":1,"dup":2,"2":0,"1":0,"é":"é🙂\\ud83d\\ude42","":null }';
      const json = `{"id":"x",  "odd" :\r\n ${inner}}`;
      const { Detail = '' } = await publish(around(json));
      assert.ok(Detail.includes(`"eventBody":${json},"metadata":`), 'eventBody is not what was signed');
    });

    test('white_space_around_the_json_is_not_part_of_it', async () => {
      const { Detail = '' } = await publish(around(' \n{"id":"x"}\t\n'));
      assert.ok(Detail.includes('"eventBody":{"id":"x"},"metadata":'));
    });

    test('carries_the_trace_id_where_x_ray_gives_one', async () => {
      const root = '1-5759e988-bd862e3fe1be46a994272793';
      const { Detail = '' } = await publish(around('{}'), `Root=${root};Parent=53995c3f42cd8ad8;Sampled=0`);
      assert.equal(JSON.parse(Detail).metadata.traceId, root);
    });

    test('the_same_webhook_again_has_the_same_dedupe_key_and_another_one_another', async () => {
      const keys: string[] = [];
      for (const id of ['1', '1', '2']) {
        const { Detail = '' } = await publish(around(`{"id":"${id}","eventType":"a"}`));
        keys.push(JSON.parse(Detail).metadata.dedupeKey);
      }
      assert.equal(keys[0], keys[1]);
      assert.notEqual(keys[0], keys[2]);
    });

    /** The detail-type of a webhook with this event type. */
    const published = async (name: string) => {
      const payload = SCHEMES[scheme].sample(name, 'c-1');
      const { DetailType, Detail = '' } = await publish(around(JSON.stringify(payload)));
      assert.equal(JSON.parse(Detail).topicName, DetailType);
      return DetailType;
    };

    test('a_detail_type_holds_at_most_128_characters', async () => {
      const longest = 'é'.repeat(128 - detailTypeOf(scheme, 'é').length + 1);
      assert.equal(await published(longest), detailTypeOf(scheme, longest));
      assert.equal(await published(`${longest}é`), 'genesys.webhook');
    });

    test('a_name_with_control_characters_is_no_name', async () => {
      for (const name of ['a\nb', '\u0000', 'a\u007f', '\u009b31m'])
        assert.equal(await published(name), 'genesys.webhook', JSON.stringify(name));
    });

    test('an_empty_name_is_no_name', async () => {
      assert.equal(await published(''), detailTypeOf(scheme, ''));
    });
  });
}

test('source_and_bus_are_configurable', () => {
  const env = {
    EVENT_SOURCE: 'example.contact-centre',
    EVENT_BUS_NAME: 'arn:aws:events:eu-central-1:123456789012:event-bus/b',
  };
  return FunctionUnderTest.using({ suite: 'published-form', secret: SECRETS.form, env }, async (webhook) => {
    assertOutcome(await webhook.send(signWebhook('form', '{}', SECRETS.form)), 'accepted');
    const [entry] = webhook.aws.eventBridge.entries;
    assert.deepEqual([entry?.Source, entry?.EventBusName], [env.EVENT_SOURCE, env.EVENT_BUS_NAME]);
  });
});
