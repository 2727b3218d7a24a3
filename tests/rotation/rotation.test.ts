/** The four steps, each alone and all together. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { OUTCOMES } from '../../contract/outcomes.ts';
import { json } from '../../dev/local-aws/genesys-stub.ts';
import { FunctionProcess, rotationBinary } from '../support/function-process.ts';
import { RuntimeApi } from '../support/runtime-api.ts';
import { RotationUnderTest, STEPS } from './rotation-under-test.ts';

const { using } = RotationUnderTest;
const ROTATED = ['open-messaging', 'static-token'] as const;
const changes = ({ calls }: RotationUnderTest) =>
  calls.filter(({ operation }) => /^(PATCH|PUT) /.test(operation));

describe('a rotation', { concurrency: 4 }, () => {
  for (const scheme of ROTATED) {
    test(`of ${scheme} makes a new secret, tells Genesys, tests it and promotes it, each step twice`, () =>
      using({ scheme }, async (rotation) => {
        const { held: old, genesys, secret } = rotation;
        const { integration, credential } = structuredClone(genesys);
        const token = rotation.begin();
        for (const step of STEPS) {
          for (const time of ['first', 'second']) {
            const { error } = await rotation.step(step, token);
            assert.equal(error, undefined, `${step}, the ${time} time`);
          }
        }
        assert.match(rotation.held, /^[A-Za-z0-9]{64}$/);
        const labels = { AWSCURRENT: rotation.held, AWSPREVIOUS: old };
        assert.deepEqual(Object.fromEntries(rotation.verifying()), labels);
        assert.equal(secret.versionId(), token);
        assert.match(String((await rotation.line('testSecret')).test), /accepted a webhook/);
        // What an update leaves out is gone at this Genesys. Of references an update takes the id alone.
        const idOf = (value: unknown) => ({ id: (value as { id: string }).id });
        const { supportedContent, messagingSetting } = integration;
        const references = {
          supportedContent: idOf(supportedContent),
          messagingSetting: idOf(messagingSetting),
        };
        const wasTold = scheme === 'open-messaging';
        assert.deepEqual(genesys.integration, { ...integration, ...(wasTold && references) });
        assert.deepEqual(genesys.credential, credential);
      }));
  }

  test('keeps the other members of a JSON secret byte for byte', () => {
    const others = '"count":12345678901234567890,"text":"\\u00e9","list":[1, 2.0]';
    const stored = (secret: string) => `{${others},"token":"${secret}"}`;
    return using({ stored, env: { WEBHOOK_SECRET_JSON_KEY: 'token' } }, async (rotation) => {
      const token = rotation.begin();
      assert.deepEqual(await rotation.rotate(token), STEPS);
      const value = String(rotation.secret.versions.get(token)?.value);
      for (const member of others.split(/,(?=")/)) assert.ok(value.includes(member), member);
      assert.equal(JSON.parse(value).token, rotation.held);
    });
  });

  test('fails where a JSON secret is asked for and the current one is none', () =>
    using({ env: { WEBHOOK_SECRET_JSON_KEY: 'token' } }, async (rotation) => {
      assert.deepEqual(await rotation.rotate(rotation.begin()), []);
      assert.match(String((await rotation.line('createSecret')).error), /no JSON object/);
    }));

  test('keeps the value that another run of the step stored first', () =>
    using({}, async (rotation) => {
      const [token, first] = [rotation.begin(), 'of the run that was faster: 36 chars'];
      rotation.fault = (call, answer) => {
        const version = rotation.secret.versions.get(token);
        if (call.operation === 'PutSecretValue' && version) version.value = first;
        return answer();
      };
      assert.equal((await rotation.step('createSecret', token)).error, undefined);
      assert.equal(rotation.verifying().get('AWSPENDING'), first);
    }));

  test('waits before each time that it tells Genesys, also when it runs again', () =>
    using({ env: { STAGING_WAIT_SECONDS: '1' } }, async (rotation) => {
      const token = rotation.begin();
      await rotation.step('createSecret', token);
      for (const time of [1, 2]) {
        const began = Date.now();
        await rotation.step('setSecret', token);
        assert.ok((changes(rotation).at(-1)?.at ?? 0) - began >= 1000, `time ${time}`);
      }
    }));

  for (const when of ['the wait', 'the sign-in'] as const) {
    test(`tells Genesys nothing where the label was removed during ${when}`, () =>
      using({ env: { STAGING_WAIT_SECONDS: '1' } }, async (rotation) => {
        const token = rotation.begin();
        await rotation.step('createSecret', token);
        const remove = () => rotation.secret.moveStage('AWSPENDING');
        if (when === 'the wait') void sleep(300).then(remove);
        rotation.fault = (call, answer) => {
          if (when === 'the sign-in' && call.operation.startsWith('POST /oauth')) remove();
          return answer();
        };
        await rotation.step('setSecret', token);
        const { error } = await rotation.line('setSecret');
        assert.match(
          String(error),
          /AWSPENDING is not on this version|refuses a webhook signed with the pending/,
        );
        assert.deepEqual(changes(rotation), []);
      }));
  }

  test('passes testSecret alone, against a copy of the current value', () =>
    using({}, async (rotation) => {
      const token = rotation.secret.put(rotation.held, 'AWSPENDING');
      assert.equal((await rotation.step('testSecret', token)).error, undefined);
      assert.deepEqual(changes(rotation), []);
    }));

  test('does nothing for what is current, but for taking AWSPENDING off it', () =>
    using({}, async (rotation) => {
      const token = String(rotation.secret.versionId());
      rotation.secret.moveStage('AWSPENDING', token);
      for (const step of STEPS.slice(0, -1)) {
        await rotation.step(step, token);
        assert.equal((await rotation.line(step)).outcome, 'nothing_to_do');
      }
      await rotation.step('finishSecret', token);
      assert.equal(rotation.secret.versionId('AWSPENDING'), undefined);
      assert.equal(rotation.secret.versionId(), token);
    }));

  test('sends the rotation token along where there is one', () =>
    using({}, async (rotation) => {
      await rotation.step('createSecret', rotation.begin(), { RotationToken: 'a-rotation-token' });
      const put = rotation.calls.find(({ operation }) => operation === 'PutSecretValue');
      assert.equal(JSON.parse(put?.body ?? '').RotationToken, 'a-rotation-token');
    }));

  const refuses = (what: string, message: RegExp, prepare: (rotation: RotationUnderTest) => string) =>
    test(`refuses ${what} at every step, and calls nobody but Secrets Manager`, () =>
      using({ scheme: 'static-token' }, async (rotation) => {
        const token = prepare(rotation);
        for (const step of STEPS) {
          const { error } = await rotation.step(step, token);
          assert.match(String(error?.errorMessage), message, step);
        }
        assert.deepEqual(
          rotation.calls.filter(({ operation }) => operation.includes(' ')),
          [],
        );
      }));
  refuses('a secret that is not rotated', /rotation is off/, (rotation) => {
    rotation.secret.rotationEnabled = false;
    return rotation.begin();
  });
  refuses('a version that is not pending', /AWSPENDING is not on this version/, ({ secret }) => {
    const old = String(secret.versionId());
    secret.put('the current one by now, of 32 characters');
    return old;
  });
  refuses('a pending value that the receiver would not use', /fewer than the 32 characters/, ({ secret }) =>
    secret.put('too-short-for-it', 'AWSPENDING'),
  );
});

describe('the test of the pending secret', { concurrency: 9 }, () => {
  const answers =
    (status: number, body = {}) =>
    () =>
      json(status, body);
  for (const [status, body, message] of [
    [200, { status: 'parked' }, /parked the test webhook/],
    [401, {}, /refuses a webhook signed with the pending secret/],
    [403, {}, /answers 403/],
    [404, {}, /is the stack deployed to the end/],
    [503, {}, /with 503/],
  ] as const) {
    test(`keeps Genesys from being told where the receiver answers ${status} ${JSON.stringify(body)} several times`, () =>
      using({}, async (rotation) => {
        const { held } = rotation;
        rotation.receiver = answers(status, body);
        assert.deepEqual(await rotation.rotate(rotation.begin()), ['createSecret']);
        const { error, state } = await rotation.line('setSecret');
        assert.match(String(error), message);
        assert.match(String(state), /^this try told Genesys nothing/);
        assert.equal(rotation.held, held);
        assert.equal(
          rotation.calls.filter(({ operation }) => operation.startsWith('POST /webhook')).length,
          4,
        );
      }));
  }

  test('fails as testSecret where the receiver takes the secret no longer', () =>
    using({}, async (rotation) => {
      const token = rotation.begin();
      for (const step of STEPS.slice(0, 2)) await rotation.step(step, token);
      rotation.receiver = answers(401);
      await rotation.step('testSecret', token);
      const { state, next } = await rotation.line('testSecret');
      assert.match(String(state), /^Genesys has AWSPENDING's secret/);
      assert.match(String(next), /Leave AWSPENDING/);
    }));

  test('says that no rotation is under way where it fails alone, as at a deploy', () =>
    using({}, async (rotation) => {
      rotation.receiver = answers(404);
      await rotation.step('testSecret', rotation.secret.put(rotation.held, 'AWSPENDING'));
      const { state, next } = await rotation.line('testSecret');
      assert.match(String(state), /^no rotation is under way/);
      assert.doesNotMatch(String(next), /AWSPENDING/);
    }));

  test('passes where another try is accepted', () =>
    using({}, async (rotation) => {
      const { receiver } = rotation;
      rotation.receiver = () => {
        rotation.receiver = receiver;
        return json(401, {});
      };
      assert.deepEqual(await rotation.rotate(rotation.begin()), STEPS);
    }));

  const restricted = { env: { IS_RESTRICTED: 'true' } };
  test('says that no webhook verified where the allow-list keeps it out', () =>
    using(restricted, async (rotation) => {
      rotation.receiver = answers(403, OUTCOMES.forbidden_source.body);
      assert.deepEqual(await rotation.rotate(rotation.begin()), STEPS);
      const { test } = await rotation.line('testSecret');
      assert.match(String(test), /allowedCidrs keeps a signed webhook out/);
    }));

  test("fails where the allow-list may keep it out, and the 403 is not the receiver's own", () =>
    using(restricted, async (rotation) => {
      rotation.receiver = answers(403, { message: 'Forbidden' });
      assert.deepEqual(await rotation.rotate(rotation.begin()), ['createSecret']);
    }));
});

test('a configuration that cannot be is reported whole, and nothing starts', async () => {
  const runtime = await RuntimeApi.start();
  const env = {
    SIGNATURE_SCHEME: 'form',
    GENESYS_DOMAIN: 'https://mypurecloud.de',
    WEBHOOK_URL: 'http://example.com',
  };
  const started = FunctionProcess.spawn({ suite: 'rotation', runtime, env, binary: rotationBinary() });
  assert.equal(await started.exited(), 1);
  await runtime.stop();
  const [{ message } = {}] = started.logs;
  for (const name of [
    'GENESYS_DOMAIN is',
    'WEBHOOK_URL is',
    'GENESYS_OAUTH_SECRET_ARN is not set',
    'SIGNATURE_SCHEME is "form"',
  ])
    assert.ok(String(message).includes(name), name);
});
