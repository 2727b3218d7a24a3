/**
 * Each example as the CDK CLI starts it: from its folder, with the command of its cdk.json. All in one process, because
 * the CDK's check of templates takes ten seconds in each.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../../dev/common/root.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const EXAMPLES = readdirSync(join(root, 'examples')).map((name) => ({
  name,
  folder: join(root, 'examples', name),
}));
const read = (...path: string[]) => JSON.parse(readFileSync(join(...path), 'utf8'));

const outdir = temporaryFolder();

test('every example synthesises and passes the check of the CDK against the schemas of CloudFormation', () => {
  for (const { folder } of EXAMPLES) {
    assert.deepEqual(read(folder, 'cdk.json'), { app: 'node --import tsx app.ts' });
  }
  const all = EXAMPLES.map(
    ({ name, folder }) => `
      process.env.CDK_OUTDIR = '${outdir}/${name}';
      process.chdir('${folder}');
      await import('${folder}/app.ts');`,
  ).join('');
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '--eval', all],
    {
      cwd: root,
      encoding: 'utf8',
      env: {
        ...process.env,
        CDK_VALIDATION: 'true',
        // As the CLI gives it for commands that need no code: nothing is compiled.
        CDK_CONTEXT_JSON: JSON.stringify({ 'aws:cdk:bundling-stacks': [] }),
      },
    },
  );
  assert.equal(status, 0, stderr);
  const stacks = EXAMPLES.map(({ name }) => {
    assert.deepEqual(read(outdir, name, 'validation-report.json').pluginReports, []);
    const files = readdirSync(join(outdir, name)).filter((file) => file.endsWith('.template.json'));
    return [name, files.map((file) => file.replace('.template.json', '')).sort()];
  });
  assert.deepEqual(Object.fromEntries(stacks), {
    'lambda-consumer': ['GenesysLambdaConsumer'],
    'other-stack': ['GenesysOtherAccount', 'GenesysSameAccount', 'GenesysToOtherAccount'],
    'own-app': ['GenesysProd', 'GenesysTest'],
  });
});

test('the function of the Lambda consumer may do what it needs, on its table alone', () => {
  const { Resources } = read(outdir, 'lambda-consumer', 'GenesysLambdaConsumer.template.json');
  const idsOf = (type: string) => Object.keys(Resources).filter((id) => Resources[id].Type === type);
  const statements = idsOf('AWS::IAM::Policy')
    .flatMap((id) => Resources[id].Properties.PolicyDocument.Statement)
    .filter(({ Action }) => JSON.stringify(Action).includes('dynamodb:'));
  assert.deepEqual(statements, [
    {
      Effect: 'Allow',
      Action: ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'].map(
        (action) => `dynamodb:${action}`,
      ),
      Resource: { 'Fn::GetAtt': [...idsOf('AWS::DynamoDB::GlobalTable'), 'Arn'] },
    },
  ]);
});
