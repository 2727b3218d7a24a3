/** A command that a document gives to be pasted: what it shows to others on the same machine. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { execute } from '../../dev/common/command.ts';
import { root } from '../../dev/common/root.ts';
import { install } from '../support/fake-programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

test('the command that reads the address ranges shows the token to no other user', async (t) => {
  const { status: lacks } = await execute('jq', ['--version']).catch(() => ({ status: 1 }));
  if (lacks) return t.skip('this machine has no jq');
  const page = readFileSync(join(root, 'docs/genesys.md'), 'utf8');
  const [command = ''] = /^printf 'Authorization.*?(?=^```$)/ms.exec(page) ?? [];
  const scratch = temporaryFolder();
  const token = 'a-token-of-the-platform-api';
  const entities = [{ service: 'open-messaging', direction: 'outbound', cidr: '192.0.2.0/24' }];
  const note = `echo "$0 $*" >> '${scratch}/arguments'`;
  const bin = install(join(scratch, 'bin'), {
    curl: `${note}; cat > '${scratch}/headers'; echo '${JSON.stringify({ entities })}'`,
  });
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}`, TOKEN: token };
  const { status, lines, stdout } = await execute('bash', ['-c', command], { env });
  assert.equal(status, 0, lines.join('\n'));
  const shown = readFileSync(join(scratch, 'arguments'), 'utf8');
  assert.match(shown, /curl .*--header @- https:\/\/api\.mypurecloud\.com\//);
  assert.equal(readFileSync(join(scratch, 'headers'), 'utf8'), `Authorization: Bearer ${token}\n`);
  assert.ok(!shown.includes(token), shown);
  assert.deepEqual(JSON.parse(stdout.join('')), ['192.0.2.0/24']);
});
