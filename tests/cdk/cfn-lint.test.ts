/** AWS's own linter over every variant of the template: types, values, limits and references that a deploy would refuse. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { before, test } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { installed, venvBin } from '../../dev/common/venv.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { deployed, elsewhere, variants, webhookTemplate } from './support.ts';

interface Finding {
  readonly Filename: string;
  readonly Message: string;
  readonly Location: { readonly Path: readonly (string | number)[] };
  readonly Rule: { readonly Id: string };
}

/**
 * The one finding that stays: the CDK has a function wait for its role's policy, and names the role with it; and an API's
 * mapping for its domain name. What is obsolete of them does no harm.
 */
const isAcknowledged = ({ Rule, Location }: Finding) =>
  Rule.Id === 'W3005' &&
  /^Resources\.\w*(Function|ApiMapping)[0-9A-F]{8}\.DependsOn\.\d$/.test(Location.Path.join('.'));

before(() => installed('cfn-lint'));

test('cfn-lint finds nothing unacknowledged in any variant of the template', () => {
  const eventBus = EventBus.fromEventBusName(elsewhere, 'Given', 'given-bus');
  const templates: Record<string, Template> = {
    'of the construct on a given bus': webhookTemplate({ eventBus }),
  };
  for (const [name, props] of Object.entries(variants)) templates[name] = Template.fromStack(deployed(props));
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
  const findings: Finding[] = JSON.parse(stdout);
  const open = findings.filter((finding) => !isAcknowledged(finding));
  assert.deepEqual(
    open.map(({ Filename, Rule, Message }) => `${basename(Filename)}: ${Rule.Id} ${Message}`),
    [],
  );
  assert.ok(findings.length > 0, 'nothing is left to acknowledge, or the linter did not look');
});
