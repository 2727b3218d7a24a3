/** AWS's own linter over every variant of the template: types, values, limits and references that a deploy would refuse. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { before, describe, test } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { installed, venvBin } from '../../dev/common/venv.ts';
import { deployed, newWebhook, otherStack, temporaryFolder } from './support.ts';
import { variants } from './variants.ts';

interface Finding {
  readonly Filename: string;
  readonly Level: string;
  readonly Message: string;
  readonly Location: { readonly Path: readonly (string | number)[] };
  readonly Rule: { readonly Id: string };
}

/** Findings that stay, by their rule and where they are, with the reason. */
const ACKNOWLEDGED = [
  {
    rule: 'W3005',
    at: /^Resources\.\w*Function[0-9A-F]{8}\.DependsOn\.\d$/,
    reason:
      "the CDK has a function wait for its role's policy, and names the role with it: only one of the two is obsolete, and neither does harm",
  },
] as const;

const acknowledges = ({ rule, at }: (typeof ACKNOWLEDGED)[number], { Rule, Location }: Finding) =>
  Rule.Id === rule && at.test(Location.Path.join('.'));

function lint(templates: Record<string, Template>): Finding[] {
  const folder = temporaryFolder();
  const files = Object.entries(templates).map(([name, template]) => {
    const file = join(folder, `${name.replaceAll(' ', '-')}.json`);
    writeFileSync(file, JSON.stringify(template, null, 2));
    return file;
  });
  const options = ['--format', 'json', '--regions', 'us-east-1', 'eu-central-1'];
  const { stdout, stderr } = spawnSync(`${venvBin}/cfn-lint`, [...options, '--', ...files], {
    encoding: 'utf8',
  });
  assert.equal(stderr, '');
  return JSON.parse(stdout);
}

describe('cfn-lint', () => {
  before(() => installed('cfn-lint'));

  test('finds_nothing_unacknowledged_in_any_variant_of_the_template', () => {
    const stack = otherStack();
    newWebhook(stack, { eventBus: EventBus.fromEventBusName(stack, 'Given', 'given-bus') });
    const findings = lint({
      ...Object.fromEntries(
        Object.entries(variants).map(([name, props]) => [name, Template.fromStack(deployed(props))]),
      ),
      'of the construct on a given bus': Template.fromStack(stack),
    });
    const open = findings.filter((finding) => !ACKNOWLEDGED.some((entry) => acknowledges(entry, finding)));
    assert.deepEqual(
      open.map(({ Filename, Rule, Message }) => `${basename(Filename)}: ${Rule.Id} ${Message}`),
      [],
    );
    const unused = ACKNOWLEDGED.filter((entry) => !findings.some((finding) => acknowledges(entry, finding)));
    assert.deepEqual(unused, []);
  });

  test('sees_what_a_deploy_would_refuse', () => {
    const Properties = { MessageRetentionPeriod: 1_209_601 };
    const template = Template.fromJSON({ Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties } } });
    assert.deepEqual(
      lint({ 'a queue that keeps too long': template }).map(({ Level }) => Level),
      ['Error'],
    );
  });
});
