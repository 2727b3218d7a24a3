/**
 * A rotation is killed at one of its calls, for each of them: before the call was carried out, and after it, when its answer
 * is lost. Whatever Genesys holds then has to verify, and there has to be a way on.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerLost, dropped, type Fault, noFault } from '../support/faults.ts';
import { RotationUnderTest, STEPS } from './rotation-under-test.ts';

const KILLS = { before: dropped, after: answerLost };

for (const scheme of ['open-messaging', 'static-token'] as const) {
  test(`a rotation of ${scheme} that is killed at any call ends when it runs again, and what Genesys holds always verifies`, (t) =>
    RotationUnderTest.using({ scheme }, async (rotation) => {
      const calls = await callsOf(rotation);
      const counts = { killed: 0, 'before Genesys had the new secret': 0, 'ended when run again': 0 };
      for (const [when, fault] of Object.entries(KILLS)) {
        for (const [index, operation] of calls.entries()) {
          const what = `killed ${when} ${index + 1}, ${operation}`;
          const [old, token] = [rotation.held, rotation.begin()];
          await rotateUntil(rotation, token, index, fault);
          assertVerifies(rotation, what);
          counts.killed += 1;
          if (rotation.held === old) counts['before Genesys had the new secret'] += 1;
          assert.deepEqual(await rotation.rotate(token), STEPS, what);
          counts['ended when run again'] += 1;
          assertVerifies(rotation, `${what}, and run again`);
          assert.notEqual(rotation.held, old, what);
          assert.equal(rotation.secret.versionId(), token, what);
          assert.equal(rotation.secret.versionId('AWSPENDING'), undefined, what);
        }
      }
      t.diagnostic(`${scheme}, ${calls.length} calls a rotation: ${JSON.stringify(counts)}`);
    }));

  // docs/rotation.md, "A rotation that stands half-way": where it cannot run to its end.
  test(`a rotation of ${scheme} that was killed at any call can be promoted by hand, and what Genesys holds always verifies`, () =>
    RotationUnderTest.using({ scheme }, async (rotation) => {
      const calls = await callsOf(rotation);
      for (const [index, operation] of calls.entries()) {
        const what = `killed after ${index + 1}, ${operation}`;
        const token = rotation.begin();
        await rotateUntil(rotation, token, index, answerLost);
        const hasValue = rotation.verifying().has('AWSPENDING');
        if (hasValue) rotation.secret.moveStage('AWSCURRENT', token);
        assertVerifies(rotation, `${what}, and promoted`);
        rotation.secret.moveStage('AWSPENDING');
        assertVerifies(rotation, `${what}, and without AWSPENDING`);
        assert.deepEqual(
          await rotation.rotate(rotation.begin()),
          STEPS,
          'nothing is in the way of the next one',
        );
        assertVerifies(rotation, `${what}, and rotated anew`);
      }
    }));
}

/** The calls of an undisturbed rotation, in their order. */
async function callsOf(rotation: RotationUnderTest): Promise<string[]> {
  assert.deepEqual(await rotation.rotate(rotation.begin()), STEPS);
  assert.ok(rotation.calls.length >= 15, 'or not every call is seen');
  return rotation.calls.map(({ operation }) => operation);
}

/** Kills the function at the call with this index, and starts another. */
async function rotateUntil(
  rotation: RotationUnderTest,
  token: string,
  index: number,
  fault: Fault,
): Promise<void> {
  let left = index;
  rotation.fault = async (call, answer) => {
    if (left-- > 0) return answer();
    rotation.fault = dropped; // what a killed process may still send reaches nobody
    await fault(call, answer);
    void rotation.process.stop();
    return undefined;
  };
  await rotation.rotate(token);
  rotation.fault = noFault;
  await rotation.coldStart();
}

function assertVerifies(rotation: RotationUnderTest, what: string): void {
  const verifying = [...rotation.verifying().values()];
  assert.ok(verifying.includes(rotation.held), `${what}: Genesys holds a secret that does not verify`);
}
