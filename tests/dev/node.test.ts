/** The versions of Node that are tested: what pins them, and what we say of them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { root } from '../../dev/common/root.ts';
import { otherNodes } from '../../dev/suites/node.ts';

const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8');
/** What `dev/run.mjs` and `engines` let in. CI's machine has it, so that nothing installs it. */
const OLDEST = '20';

describe('the versions of Node under test', () => {
  test('leave_out_the_one_that_runs_the_tests_already', () => {
    const all = otherNodes('20.0.0');
    assert.ok(all.includes('24'));
    assert.deepEqual(
      otherNodes('24.1.0'),
      all.filter((major) => major !== '24'),
    );
  });

  test('are_pinned_with_their_integrity', () => {
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

  test('are_those_that_contributing_md_names', () => {
    const tested = [OLDEST, ...otherNodes(OLDEST)];
    const sentence = `CI tests Node ${tested.slice(0, -1).join(', ')} and ${tested.at(-1)};`;
    assert.ok(read('CONTRIBUTING.md').replaceAll('\n', ' ').includes(sentence), sentence);
    assert.equal(JSON.parse(read('package.json')).engines.node, `>=${OLDEST}`);
    assert.ok(read('dev/run.mjs').includes(`atLeast(node, '${OLDEST}')`));
  });
});
