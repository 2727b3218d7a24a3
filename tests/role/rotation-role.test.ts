/**
 * The rotation function's role, exercised as `role.test.ts` does the other's, where it also says what moto does not see.
 * Here moto is Secrets Manager alone; Genesys and the receiver are those of `tests/rotation`.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { OUTCOMES } from '../../contract/outcomes.ts';
import { json } from '../../dev/local-aws/genesys-stub.ts';
import { type RotatedScheme, RotationUnderTest, STEPS, type Step } from '../rotation/rotation-under-test.ts';
import type { LogLine } from '../support/function-process.ts';
import { forbid } from '../support/test-logs.ts';
import { deploy, type Statement, statementsOf, without } from './deployment.ts';
import { type Moto, startMoto } from './moto.ts';

const FIRST_SECRET = 'the-first-secret-of-the-rotation-role-tests';

/** The step that an action is needed for. */
const STEP_WITHOUT: Record<string, Step> = {
  'secretsmanager:DescribeSecret': 'createSecret',
  'secretsmanager:GetSecretValue': 'createSecret',
  'secretsmanager:GetRandomPassword': 'createSecret',
  'secretsmanager:PutSecretValue': 'createSecret',
  'secretsmanager:GetSecretValue of the OAuth secret': 'setSecret',
  'secretsmanager:UpdateSecretVersionStage': 'finishSecret',
};
/** Lambda writes lines by the function's role. */
const LAMBDAS_OWN = ['logs:CreateLogStream', 'logs:PutLogEvents'];

let moto: Moto;
before(async () => {
  forbid(FIRST_SECRET);
  moto = await startMoto();
});
after(() => moto?.stop());

/** What is logged of these steps of a rotation, up to the first that fails: its outcome, or why it failed. */
async function exercise(
  scheme: RotatedScheme,
  statements: readonly Statement[],
  steps: readonly Step[] = STEPS,
  anotherSecret?: string,
): Promise<string[]> {
  const deployment = await deploy(scheme, FIRST_SECRET, moto);
  const SecretId: string = anotherSecret ?? deployment.secretArn;
  const token = await moto.call('beginRotation', SecretId);
  const env = {
    ...(await deployment.credentials(statements)),
    AWS_ENDPOINT_URL_SECRETS_MANAGER: moto.endpoint,
    GENESYS_OAUTH_SECRET_ARN: deployment.oauthSecretArn,
  };
  let logs: readonly LogLine[] = [];
  await RotationUnderTest.using({ scheme, env }, async (rotation) => {
    ({ logs } = rotation.process);
    await moto.call('rotate', deployment.oauthSecretArn, JSON.stringify(rotation.genesys.oauth));
    // It would look in its own Secrets Manager.
    rotation.receiver = () => json(200, OUTCOMES.accepted.body);
    for (const step of steps) {
      const { error } = await rotation.step(step, token, { SecretId });
      if (error) break;
    }
  });
  const lines = logs.filter(({ message }) => message === 'rotation');
  return lines.map(({ outcome, error }) => String(error ?? outcome));
}

const refused = (action: string) =>
  `Secrets Manager did not do ${action.replace('secretsmanager:', '')} (AccessDeniedException)`;

for (const scheme of ['open-messaging', 'static-token'] as const) {
  const statements = statementsOf(scheme, 'genesys-webhook-rotation');
  const actions = statements.flatMap((statement) => {
    const whose = JSON.stringify(statement.Resource).includes('OAuthSecret') ? ' of the OAuth secret' : '';
    return [statement.Action].flat().map((action) => ({ statement, action, name: action + whose }));
  });

  describe(`the policy of the rotation of ${scheme}`, { concurrency: 3 }, () => {
    test(`lets it rotate ${scheme}, to the end`, async () => {
      const outcomes = await exercise(scheme, statements, [...STEPS, 'finishSecret']);
      assert.deepEqual(outcomes, ['done', 'done', 'done', 'done', 'nothing_to_do']);
    });

    for (const { statement, action, name } of actions) {
      const last = STEP_WITHOUT[name];
      test(`without ${name} ${last ? `${last} fails and names it` : 'it rotates'}`, async () => {
        const outcomes = await exercise(scheme, without(statements, action, statement));
        const done = STEPS.slice(0, last && STEPS.indexOf(last)).map(() => 'done');
        if (last) assert.ok(outcomes.pop()?.startsWith(refused(action)), outcomes.join('\n'));
        assert.deepEqual(outcomes, done);
      });
    }

    test(`the policy of the rotation of ${scheme} has no action that nobody uses`, () => {
      const used = [...LAMBDAS_OWN, ...Object.keys(STEP_WITHOUT)];
      assert.deepEqual(actions.map(({ name }) => name).toSorted(), used.toSorted());
    });

    /** Each is allowed what comes before, so that it is this action that is refused. */
    const onAnother = [
      ['DescribeSecret', ['createSecret']],
      ['GetSecretValue', ['createSecret'], 'DescribeSecret'],
      ['PutSecretValue', ['createSecret'], 'DescribeSecret', 'GetSecretValue'],
      [
        'UpdateSecretVersionStage',
        ['createSecret', 'finishSecret'],
        'DescribeSecret',
        'GetSecretValue',
        'PutSecretValue',
      ],
    ] as const;
    for (const [action, steps, ...allowed] of onAnother) {
      test(`does not let the rotation of ${scheme} do ${action} on another secret`, async () => {
        const { secretArn } = await deploy(scheme, FIRST_SECRET, moto);
        const more = allowed.map((name) => ({
          Effect: 'Allow',
          Action: `secretsmanager:${name}`,
          Resource: '*',
        }));
        const outcomes = await exercise(scheme, [...statements, ...more], steps, secretArn);
        assert.ok(outcomes.at(-1)?.startsWith(refused(action)), outcomes.join());
      });
    }
  });
}
