/** The app as the CDK CLI starts it, in a process of its own. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { deploymentOf } from '../../cdk/app/deployment.ts';
import { deployments } from '../../cdk/app/deployments.ts';
import { BINARIES } from '../../contract/binaries.ts';
import { root } from '../../dev/common/root.ts';
import { AARCH64, elf, install, installCargoLambda } from '../support/fake-programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { codeFolder, deployed, newApp } from './support.ts';

const { app, context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));

function synth(given: Record<string, string | string[]>, env: NodeJS.ProcessEnv = {}, cwd = root) {
  const outdir = temporaryFolder();
  const [command, ...args] = app.split(' ');
  assert.equal(command, 'node');
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd,
    encoding: 'utf8',
    env: {
      ...process.env,
      CDK_VALIDATION: 'false',
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, ...given }),
      ...env,
    },
  });
  const templates = readdirSync(outdir).filter((file) => file.endsWith('.template.json'));
  return { status, stdout, stderr, outdir, templates };
}

test('every stage of the file is the same twice, and the largest passes the check of the CDK against the schemas of CloudFormation', () => {
  for (const stage of Object.keys(deployments)) {
    const { status, stderr, outdir, templates } = synth(
      { code: codeFolder, rotationCode: codeFolder, ...(stage !== 'default' && { stage }) },
      // The check takes ten seconds, and cfn-lint looks at every stage.
      { CDK_VALIDATION: String(stage === 'trial') },
    );
    assert.equal(status, 0, stderr);
    const name = stage === 'default' ? 'GenesysWebhook' : `GenesysWebhook-${stage}`;
    assert.deepEqual(templates, [`${name}.template.json`]);
    const written = (file: string) => JSON.parse(readFileSync(join(outdir, file), 'utf8'));
    if (stage === 'trial') assert.deepEqual(written('validation-report.json').pluginReports, []);
    const again = Template.fromStack(deployed(deploymentOf(stage, deployments), newApp(), name));
    assert.deepEqual(written(`${name}.template.json`), again.toJSON());
  }
});

for (const [given, message] of [
  [{ stage: 'test' }, /^stage test: there is no such entry; use default, prod, trial\n$/],
  [{ code: '' }, /^stage default: code is ""; it takes a folder with a `bootstrap`\n$/],
  [
    { rotationCode: '/nowhere' },
    /^stage default: rotationCode is "\/nowhere"; it takes a folder with a `bootstrap`\n$/,
  ],
  [{ stage: '' }, /^stage : there is no such entry; use default, prod, trial\n$/],
  [
    { schemes: 'form' },
    /^stage default: schemes is no context any more; set schemes in cdk\/app\/deployments\.ts\n$/,
  ],
  [
    { allowedCidrs: '' },
    /^stage default: allowedCidrs is no context any more; set allowedCidrs of each scheme in cdk/,
  ],
] as const) {
  test(`the app refuses ${JSON.stringify(given)}`, () => {
    const { status, stderr } = synth({ code: codeFolder, ...given });
    assert.equal(status, 1);
    assert.match(stderr, message);
  });
}

test('each function is built once for every scheme, and the bootstrap alone is shipped', () => {
  const { project, builds, env } = fakeProject();
  const { status, stdout, stderr, outdir } = synth({ stage: 'trial' }, env, project);
  assert.equal(status, 0, stderr);
  assert.equal(readFileSync(builds, 'utf8').trim().split('\n').length, BINARIES.length);
  // The app's standard output is `cdk synth`'s, which may be read as a template.
  assert.equal(stdout, '');
  assert.match(stderr, /^Compiling genesys-webhook$/m);
  const assets = readdirSync(outdir).filter((name) => name.startsWith('asset.'));
  for (const asset of assets) assert.deepEqual(readdirSync(join(outdir, asset)), ['bootstrap']);
  assert.deepEqual(
    assets.map((asset) => readFileSync(join(outdir, asset, 'bootstrap'), 'utf8')).toSorted(),
    BINARIES.map((binary) => `${elf(AARCH64, '2.17')}${binary}\n`),
  );
});

test('nothing is compiled for commands that bundle no stack', () => {
  const { project, builds, env } = fakeProject();
  // As the CLI gives it for `list` and `destroy`.
  const { status, stderr, templates } = synth({ 'aws:cdk:bundling-stacks': [] }, env, project);
  assert.equal(status, 0, stderr);
  assert.deepEqual(templates, ['GenesysWebhook.template.json']);
  assert.equal(readFileSync(builds, 'utf8'), '');
});

test('the app stops and says what is missing to build, and does not turn to docker', () => {
  const docker = install(temporaryFolder(), { docker: 'echo docker was called >&2' });
  const { status, stderr } = synth({}, { PATH: docker });
  assert.equal(status, 1);
  // The sentence alone: below a stack trace nobody reads it.
  assert.match(
    stderr,
    /^Bundling asset [^\n]*\nstage default: GenesysWebhook\/Webhook: rustc is missing, so the function can't be built for arm64: run `npm run setup`[^\n]*\n$/,
  );
});

test('the app stops after the words of a compiler that fails', () => {
  const { project, bin, env } = fakeProject();
  install(bin, {
    'cargo-lambda': 'echo "error: expected expression"; exit 101',
    docker: 'echo docker was called >&2',
  });
  const { status, stdout, stderr } = synth({}, env, project);
  assert.equal(status, 1);
  assert.equal(stdout, '');
  assert.match(
    stderr,
    /^Bundling asset [^\n]*\nerror: expected expression\nstage default: GenesysWebhook\/Webhook: cargo-lambda could not build the function \(101\): its output says why\n$/,
  );
});

/** This project on a machine whose programs only note that they were called. */
function fakeProject() {
  const project = temporaryFolder();
  for (const name of ['cdk', 'contract', 'package.json', 'Cargo.toml']) {
    cpSync(join(root, name), join(project, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
  const builds = join(temporaryFolder(), 'builds');
  const bin = installCargoLambda(install(temporaryFolder(), { rustc: `echo ${project}` }), builds);
  return { project, builds, bin, env: { PATH: bin } };
}
