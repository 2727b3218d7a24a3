/** The app as the CDK CLI starts it, in a process of its own. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { projectRoot } from '../../cdk/cargo-lambda.ts';
import { install } from '../support/fake-programs.ts';
import { codeFolder, temporaryFolder } from './support.ts';

const { app, context } = JSON.parse(readFileSync(join(projectRoot, 'cdk.json'), 'utf8'));

function synth(given: Record<string, string>, env: NodeJS.ProcessEnv = {}, cwd = projectRoot) {
  const outdir = temporaryFolder();
  const [command, ...args] = app.split(' ');
  assert.equal(command, 'node');
  const { status, stderr } = spawnSync(process.execPath, args, {
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
  return { status, stderr, outdir, templates };
}

describe('the app', () => {
  test('passes_the_cdk_s_own_check_against_the_schemas_of_cloudformation', () => {
    const everything = { code: codeFolder, schemes: 'form,open-messaging,static-token', consumer: 'queue' };
    const options = {
      tracing: 'active',
      allowedCidrs: '192.0.2.0/24,2001:db8::/32',
      alarmTopicArn: 'arn:aws:sns:eu-central-1:123456789012:alarms',
    };
    const { status, stderr, outdir, templates } = synth(
      { ...everything, ...options },
      { CDK_VALIDATION: 'true' },
    );
    assert.equal(status, 0, stderr);
    assert.deepEqual(templates, ['GenesysWebhook.template.json']);
    const { pluginReports } = JSON.parse(readFileSync(join(outdir, 'validation-report.json'), 'utf8'));
    assert.deepEqual(pluginReports, []);
  });

  test('names_the_stack_by_its_stage', () => {
    const { status, stderr, templates } = synth({ code: codeFolder, stage: 'prod' });
    assert.equal(status, 0, stderr);
    assert.deepEqual(templates, ['GenesysWebhook-prod.template.json']);
  });

  for (const [given, message] of [
    [{ consumer: 'lambda' }, /there is no consumer=lambda; use consumer=queue, or leave it out/],
    [{ allowedCidrs: '' }, /allowedCidrs is ""; give it text, or leave it out/],
    [{ stage: '' }, /stage is ""; give it text, or leave it out/],
    [{ schemes: 'form,form' }, /^GenesysWebhook: schemes names form twice/],
    [{ allowedCidrs: 'here' }, /^GenesysWebhook\/Webhook: allowedCidrs holds "here"/],
    [{ tracing: 'yes' }, /there is no tracing=yes; use tracing=active, or leave it out/],
    [{ schemes: 'form,hmac' }, /there is no scheme "hmac"; use form, open-messaging, static-token/],
  ] as const) {
    test(`refuses ${JSON.stringify(given)}`, () => {
      const { status, stderr } = synth({ code: codeFolder, ...given });
      assert.equal(status, 1);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /^ +at /m);
    });
  }

  test('builds_the_function_once_for_every_scheme_with_the_project_s_own_cargo_lambda', () => {
    const project = temporaryFolder();
    for (const name of ['cdk', 'package.json', 'Cargo.toml']) {
      cpSync(join(projectRoot, name), join(project, name), { recursive: true });
    }
    symlinkSync(join(projectRoot, 'node_modules'), join(project, 'node_modules'));
    install(join(project, '.venv/bin'), { 'cargo-lambda': 'exit 0' });
    const log = join(temporaryFolder(), 'builds');
    writeFileSync(log, '');
    const bin = install(temporaryFolder(), {
      rustc: `echo ${temporaryFolder()}`,
      // `cargo lambda --version` asks whether it is there; `cargo lambda build --lambda-dir DIR …` builds.
      cargo: `command -v cargo-lambda >&2 || exit 101; [ "$2" = build ] || exit 0; echo "$*" >> ${log}; echo built > "$4/bootstrap"`,
    });
    const { status, stderr, outdir } = synth(
      { schemes: 'form,open-messaging,static-token' },
      { PATH: `${bin}:/usr/bin:/bin` },
      project,
    );
    assert.equal(status, 0, stderr);
    const builds = readFileSync(log, 'utf8').trim().split('\n');
    assert.equal(builds.length, 1);
    assert.match(
      String(builds[0]),
      /^lambda build --lambda-dir \S+ --release --arm64 --bin genesys-webhook --flatten genesys-webhook --skip-target-check --locked$/,
    );
    const [asset] = readdirSync(outdir).filter((name) => name.startsWith('asset.'));
    assert.equal(readFileSync(join(outdir, String(asset), 'bootstrap'), 'utf8'), 'built\n');
  });

  test('stops_and_says_what_is_missing_where_it_can_t_build_instead_of_turning_to_docker', () => {
    const docker = install(temporaryFolder(), { docker: 'echo docker was called >&2' });
    const { status, stderr } = synth({}, { PATH: docker });
    assert.equal(status, 1);
    // The sentence alone: below a stack trace nobody reads it.
    assert.match(
      stderr,
      /^rustc is missing, so the function can't be built for arm64: run `npm run setup`[^\n]*\n$/,
    );
  });
});
