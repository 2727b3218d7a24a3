/** What Genesys may answer instead: each a message that a person can act on, and the state that it leaves. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { failure, json } from '../../dev/local-aws/genesys-stub.ts';
import type { SiteAnswer } from '../../dev/local-aws/internet.ts';
import { createPrivateCa } from '../../dev/local-aws/private-ca.ts';
import { answerLost, dropped, type Fault, noFault } from '../support/faults.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { RotationUnderTest, type Setup, STEPS } from './rotation-under-test.ts';

const { using } = RotationUnderTest;

const NOTHING_TOLD = /^this try told Genesys nothing/;
const MAY_BE_TOLD = /^Genesys may have AWSPENDING's secret by now/;

/** Calls that match meet these faults one after the other, and the last of them for ever. */
function meets(operation: RegExp, ...faults: Fault[]): Fault {
  let calls = 0;
  return (call, answer) => {
    if (!operation.test(call.operation)) return answer();
    calls += 1;
    return (faults[Math.min(calls, faults.length) - 1] ?? noFault)(call, answer);
  };
}
const instead = (operation: RegExp, given: SiteAnswer): Fault => meets(operation, async () => given);
const once = (operation: RegExp, given: SiteAnswer): Fault => meets(operation, async () => given, noFault);
const appliedAndSilent: Fault = async (_, answer) => {
  await answer();
  return new Promise(() => {});
};

const TOKEN = /^POST \/oauth/;
const GET = /^GET /;
const CHANGE = /^(PATCH|PUT) /;
const rateLimit = json(400, {
  error: 'invalid_request',
  description: null,
  error_description: 'Rate limit exceeded.',
});
const asksToWait = (seconds: number) =>
  failure(429, 'too.many.requests', 'Rate limit.', { 'retry-after': String(seconds) });
const page: SiteAnswer = {
  status: 200,
  headers: { 'content-type': 'text/html' },
  body: Buffer.from('<p>Hello'),
};
const elsewhere: SiteAnswer = {
  status: 302,
  headers: { location: 'https://login.mypurecloud.de/elsewhere' },
  body: Buffer.from(''),
};

interface Case extends Setup {
  readonly fault?: Fault;
  readonly prepare?: (rotation: RotationUnderTest) => unknown;
  readonly message: RegExp;
  readonly state: RegExp;
  /** Of the calls that failed. @default 1 */
  readonly tries?: [operation: RegExp, count: number];
}

const FAILURES: Record<string, Case> = {
  'another secret of the OAuth client': {
    prepare: ({ oauthSecret, genesys }) =>
      oauthSecret.put(JSON.stringify({ ...genesys.oauth, clientSecret: 'of-another-client' })),
    message: /refuses the OAuth client \(401, invalid_client\): check clientId and clientSecret/,
    state: NOTHING_TOLD,
    tries: [TOKEN, 1],
  },
  'an OAuth client that is not there': {
    prepare: ({ oauthSecret, genesys }) =>
      oauthSecret.put(JSON.stringify({ ...genesys.oauth, clientId: 'of-another-region' })),
    message: /refuses the OAuth client \(400, invalid_client\).*region/,
    state: NOTHING_TOLD,
  },
  'an OAuth secret that nobody filled in': {
    prepare: ({ oauthSecret }) => oauthSecret.put('{"clientId":"","clientSecret":""}'),
    message: /JSON with the strings clientId and clientSecret, both filled in/,
    state: NOTHING_TOLD,
    tries: [TOKEN, 0],
  },
  'no permission to view the integration': {
    prepare: ({ genesys }) => genesys.permissions.delete('messaging:integration:view'),
    message:
      /\(403, missing.permissions, correlation id [0-9a-f-]+\): give its role messaging:integration:view and/,
    state: NOTHING_TOLD,
  },
  'no permission to edit the credential': {
    scheme: 'static-token',
    prepare: ({ genesys }) => genesys.permissions.delete('integrations:integration:edit'),
    message: /\(403, missing.permissions.*integrations:integration:view and integrations:integration:edit/,
    state: NOTHING_TOLD,
    tries: [CHANGE, 1],
  },
  'an integration that is gone': {
    fault: instead(GET, failure(404, 'not.found', 'Gone.')),
    message:
      /no such thing as the Open Messaging integration \(404, not.found.*check integrationId and region/,
    state: NOTHING_TOLD,
  },
  'a 429 that asks for more time than there is': {
    fault: instead(CHANGE, asksToWait(3600)),
    message: /limits the rate of requests \(429, too.many.requests.*asks to wait 3600 s/,
    state: NOTHING_TOLD,
    tries: [CHANGE, 1],
  },
  "the token's rate limit, for good": {
    fault: instead(TOKEN, rateLimit),
    message: /limits the rate of requests \(400, invalid_request\)/,
    state: NOTHING_TOLD,
    tries: [TOKEN, 4],
  },
  'a 503 for good': {
    fault: instead(CHANGE, failure(503, 'service.unavailable', 'Away.')),
    message: /api.mypurecloud.de answers 503 \(service.unavailable/,
    state: MAY_BE_TOLD,
    tries: [CHANGE, 4],
  },
  'a lost answer, and then a refusal': {
    fault: meets(CHANGE, answerLost, async () => failure(403, 'not.authorized', 'No.')),
    message: /403, not.authorized/,
    state: MAY_BE_TOLD,
    tries: [CHANGE, 2],
  },
  'an update that times out': {
    fault: meets(CHANGE, dropped, dropped, dropped, appliedAndSilent),
    message: /api.mypurecloud.de did not answer within 10 s/,
    state: MAY_BE_TOLD,
    tries: [CHANGE, 4],
  },
  'a refusal that quotes what was sent': {
    fault: (call, answer) =>
      CHANGE.test(call.operation)
        ? Promise.resolve(failure(400, 'invalid.value', `Cannot use ${call.body}.`))
        : answer(),
    message:
      /refuses the request about the Open Messaging integration \(400, invalid.value, correlation id [0-9a-f-]+\)$/,
    state: NOTHING_TOLD,
    tries: [CHANGE, 1],
  },
  'more time than any clock has': {
    fault: meets(CHANGE, answerLost, async () =>
      failure(429, 'too.many', '', { 'retry-after': String(2n ** 64n - 1n) }),
    ),
    message: /limits the rate of requests/,
    state: MAY_BE_TOLD,
    tries: [CHANGE, 2],
  },
  'an integration that sends nowhere': {
    prepare: ({ genesys }) => delete genesys.integration.outboundNotificationWebhookUrl,
    message: /without outboundNotificationWebhookUrl/,
    state: NOTHING_TOLD,
    tries: [CHANGE, 0],
  },
  'a redirect': {
    fault: instead(CHANGE, elsewhere),
    message: /answers with a redirect \(302\), which is not followed: check the region/,
    state: MAY_BE_TOLD,
    tries: [/elsewhere/, 0],
  },
  'a page instead of JSON': {
    fault: instead(TOKEN, page),
    message: /login.mypurecloud.de answered 200 with a body that is not JSON/,
    state: NOTHING_TOLD,
  },
  'a member that the update changed': {
    prepare: ({ genesys }) => {
      const answer = genesys.answer.bind(genesys);
      genesys.answer = (request) => {
        const answered = answer(request);
        if (request.method === 'PATCH') genesys.integration.webhookHeaders = {};
        return answered;
      };
    },
    message: /webhookHeaders of the Open Messaging integration is another now/,
    state: MAY_BE_TOLD,
  },
  'a credential with another field': {
    scheme: 'static-token',
    prepare: ({ genesys }) => Object.assign(genesys.credential, { fields: ['webhookKey', 'password'] }),
    message: /has a field other than credentialField, which an update would delete/,
    state: NOTHING_TOLD,
    tries: [CHANGE, 0],
  },
  'a certificate of somebody else': {
    env: { SSL_CERT_FILE: (await createPrivateCa(temporaryFolder())).certificateFile },
    message: /the webhook's URL cannot be reached \(.*certificate.*\)/,
    state: NOTHING_TOLD,
  },
};

describe('setSecret', { concurrency: 6 }, () => {
  for (const [name, { fault, prepare, message, state, tries, ...setup }] of Object.entries(FAILURES)) {
    test(`says what to do about ${name}`, () =>
      using(setup, async (rotation) => {
        await prepare?.(rotation);
        if (fault) rotation.fault = fault;
        assert.deepEqual(await rotation.rotate(rotation.begin()), ['createSecret']);
        const line = await rotation.line('setSecret');
        assert.match(String(line.error), message);
        assert.match(String(line.state), state);
        assert.match(String(line.next), /rotate-secret/);
        assert.ok([...rotation.verifying().values()].includes(rotation.held), 'what Genesys has verifies');
        if (tries) {
          const [operation, count] = tries;
          assert.equal(rotation.calls.filter((call) => operation.test(call.operation)).length, count);
        }
      }));
  }

  for (const [name, fault, least] of [
    ["the token's rate limit", once(TOKEN, rateLimit), 0],
    ['a 429 with Retry-After', once(CHANGE, asksToWait(3)), 3000],
    ['a 503', once(GET, failure(503, 'service.unavailable', 'Away.')), 0],
    ['an answer that is lost', meets(CHANGE, answerLost, noFault), 0],
    ['a time-out after the update was applied', meets(CHANGE, appliedAndSilent, noFault), 10_000],
  ] as const) {
    test(`goes on after ${name}`, () =>
      using({}, async (rotation) => {
        rotation.fault = fault;
        const began = Date.now();
        assert.deepEqual(await rotation.rotate(rotation.begin()), STEPS);
        assert.ok(Date.now() - began >= least);
      }));
  }
});
