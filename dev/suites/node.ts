/** The versions of Node beside the machine's own under which `npm test` runs TypeScript suites. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { run } from '../common/command.ts';
import { step } from '../common/progress.ts';
import { root } from '../common/root.ts';
import { nodeTests, type Suite } from './suite.ts';

/** One folder per major version: a `package.json`, and the lock file that pins the version with its integrity. */
const PINS = `${root}/dev/node`;

/** The major versions that are pinned, but for the one this process runs under. */
export function otherNodes(own = process.versions.node): string[] {
  return readdirSync(PINS).filter((major) => major !== own.split('.')[0]);
}

/** Test files under another Node, which is installed when they run. */
export function underNode(major: string, files: readonly string[], env: NodeJS.ProcessEnv): Suite {
  const name = `node-${major}`;
  const start = async () => {
    const node = await installedNode(major);
    // First on the path too, for what a test starts by its name.
    const path = [dirname(node), process.env.PATH].join(delimiter);
    return nodeTests(name, files, { ...env, PATH: path }, node).run();
  };
  return { name, run: start };
}

/** The program in `.local/node`, installed if it is missing or differs from the lock file. */
async function installedNode(major: string): Promise<string> {
  const pins = `${PINS}/${major}`;
  const folder = `${root}/.local/node/${major}`;
  const stamp = `${folder}/.installed`;
  const node = `${folder}/node_modules/node-${process.platform}-${process.arch}/bin/node`;
  const files = ['package.json', 'package-lock.json'].map(
    (name) => [name, readFileSync(`${pins}/${name}`)] as const,
  );
  const wanted = files.map(([, content]) => content).join('');
  if (existsSync(node) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return node;
  await step(`installing Node ${major}`, async (note) => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [name, content] of files) writeFileSync(`${folder}/${name}`, content);
    // A folder of its own, so that npm touches no node_modules but this one. The packages have no scripts.
    await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, onLine: note });
    if (!existsSync(node)) {
      throw new Error(`dev/node/${major} pins no Node for ${process.platform} on ${process.arch}`);
    }
    writeFileSync(stamp, wanted);
  });
  return node;
}
