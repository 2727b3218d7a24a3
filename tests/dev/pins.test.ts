/** What is installed from lock files: Python packages, other versions of Node, and npm packages without their scripts. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { run } from '../../dev/common/command.ts';
import { root } from '../../dev/common/root.ts';
import { otherNodes } from '../../dev/suites/node.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
/** What `dev/run.mjs` and `engines` let in. CI's machine has it, so that nothing installs it. */
const OLDEST = '20';

test('a Python package has one version whoever asks for it, as all go into one virtual environment', () => {
  const all = readdirSync(join(root, 'dev/requirements')).map((file) => read(`dev/requirements/${file}`));
  const pins = all.flatMap((text) => text.match(/^[\w.-]+==\S+/gm) ?? []);
  const names = [...new Set(pins)].map((pin) => pin.split('==')[0]);
  assert.ok(names.length > 20);
  assert.deepEqual([...new Set(names)], names);
});

test('the other versions of Node are pinned with their integrity', () => {
  for (const major of otherNodes(OLDEST)) {
    const { optionalDependencies } = JSON.parse(read(`dev/node/${major}/package.json`));
    const { packages } = JSON.parse(read(`dev/node/${major}/package-lock.json`));
    for (const [name, version] of Object.entries<string>(optionalDependencies)) {
      assert.equal(version.split('.')[0], major);
      const locked = packages[`node_modules/${name}`];
      assert.equal(locked.version, version);
      assert.match(locked.integrity, /^sha512-/);
      assert.equal(locked.hasInstallScript, undefined);
    }
  }
});

test('the versions of Node under test are those that CONTRIBUTING.md names, each once', () => {
  const others = otherNodes(OLDEST);
  assert.deepEqual(
    otherNodes('24.1.0'),
    others.filter((major) => major !== '24'),
  );
  const sentence = `CI tests Node ${[OLDEST, ...others].join(', ').replace(/, (\d+)$/, ' and $1')};`;
  assert.ok(read('CONTRIBUTING.md').replaceAll('\n', ' ').includes(sentence), sentence);
  assert.equal(JSON.parse(read('package.json')).engines.node, `>=${OLDEST}`);
  assert.ok(read('dev/run.mjs').includes(`atLeast(node, '${OLDEST}')`));
});

test('npm runs no install script of a package', async () => {
  // Without what this process's own npm, or a person's home folder, says of it.
  const env = { PATH: process.env.PATH, HOME: temporaryFolder() };
  assert.equal(await run('npm', ['config', 'get', 'ignore-scripts'], { cwd: root, env }), 'true');
});

test('the packages with an install script are those known to work without it', () => {
  const { packages } = JSON.parse(read('package-lock.json'));
  const withScript = Object.keys(packages).filter((path) => packages[path].hasInstallScript);
  // A new one: read its script, see that all tests pass without it, and add it here.
  assert.deepEqual(withScript, ['node_modules/esbuild']);
});
