/** What others wrote: licences, sources and known vulnerabilities. What the network does not allow is skipped, visibly. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cargoTool } from '../../dev/common/cargo-tool.ts';
import { execute } from '../../dev/common/command.ts';
import { root } from '../../dev/common/root.ts';

const DENY_VERSION = '0.20.2';

/** @returns what `cargo deny check` says of these checks (`deny.toml`) */
async function deny(...checks: string[]) {
  const { status, lines } = await execute(
    await cargoTool('cargo-deny', DENY_VERSION),
    ['--color', 'never', 'check', '--hide-inclusion-graph', ...checks],
    { cwd: root },
  );
  return { status, output: lines.join('\n') };
}

test('crates have allowed licences and sources and bring no second TLS stack', async () => {
  const { status, output } = await deny('licenses', 'sources', 'bans');
  assert.equal(status, 0, output);
});

test('crates have no known vulnerability', async (t) => {
  const { status, output } = await deny('advisories');
  if (/failed to (fetch|clone|open) advisory database|failed to fetch/i.test(output))
    return t.skip('the network does not reach the advisory database');
  assert.equal(status, 0, output);
});

test('npm packages have no known vulnerability of high severity', async (t) => {
  const { stdout } = await execute('npm', ['audit', '--json', '--audit-level=high'], { cwd: root });
  const { metadata, statusCode, message } = JSON.parse(stdout.join('\n'));
  if (!metadata) return t.skip(`the registry does not answer audits (${statusCode ?? message})`);
  const { high, critical } = metadata.vulnerabilities;
  assert.equal(high + critical, 0, `npm audit: ${high} high, ${critical} critical`);
});
