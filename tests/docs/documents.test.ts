/** Commands that the documents give to be pasted: what they show to others on the same machine. */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { execute } from '../../dev/common/command.ts';
import { root } from '../../dev/common/root.ts';

const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`),
]
  .filter((name) => name.endsWith('.md'))
  .map((name) => ({ name, commands: blocks(readFileSync(join(root, name), 'utf8')) }));

function blocks(text: string): string[] {
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block);
}

test('no_document_writes_to_a_fixed_name_in_a_folder_that_all_users_share', () => {
  for (const { name, commands } of documents) {
    for (const command of commands) assert.doesNotMatch(command, /\/tmp\//, name);
  }
});

test('the_command_that_reads_the_address_ranges_sends_the_token_without_showing_it_to_other_users', async (t) => {
  const [command = ''] = documents
    .flatMap(({ commands }) => commands)
    .filter((text) => text.includes('ipranges'));
  const scratch = mkdtempSync(join(tmpdir(), 'documents-'));
  const token = 'a-token-of-the-platform-api';
  let authorization: string | undefined;
  const entities = [{ service: 'open-messaging', direction: 'outbound', cidr: '192.0.2.0/24' }];
  const api = createServer((request, response) => {
    authorization = request.headers.authorization;
    response.end(JSON.stringify({ entities }));
  });
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  try {
    for (const program of ['curl', 'jq']) {
      const { status } = await execute(program, ['--version']).catch(() => ({ status: 1 }));
      if (status !== 0) return t.skip(`this machine has no ${program}`);
    }
    mkdirSync(join(scratch, 'bin'));
    const path = `PATH='${process.env.PATH}'`;
    const log = `echo "$0 $*" >> '${scratch}/arguments'`;
    for (const [name, then] of [
      ['curl', `${path} exec curl "$@"`],
      ['npm', 'exit 0'],
    ] as const) {
      writeFileSync(join(scratch, 'bin', name), `#!/bin/sh\n${log}\n${then}\n`);
      chmodSync(join(scratch, 'bin', name), 0o755);
    }
    const { port } = api.address() as AddressInfo;
    const here = command.replaceAll('https://api.mypurecloud.com', `http://127.0.0.1:${port}`);
    const { status, lines } = await execute('bash', ['-c', here], {
      env: { ...process.env, PATH: `${join(scratch, 'bin')}:${process.env.PATH}`, TOKEN: token },
    });
    assert.equal(status, 0, lines.join('\n'));
    const shown = readFileSync(join(scratch, 'arguments'), 'utf8');
    assert.equal(authorization, `Bearer ${token}`);
    assert.ok(!shown.includes(token), shown);
    assert.match(shown, /npm run deploy -- -c allowedCidrs=192\.0\.2\.0\/24/);
  } finally {
    api.close();
    rmSync(scratch, { recursive: true, force: true });
  }
});
