/** The versions of Node beside the machine's own under which `npm test` runs TypeScript suites. */
import { existsSync, readdirSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { installedPins } from '../common/npm-pins.ts';
import { step } from '../common/progress.ts';
import { root } from '../common/root.ts';
import { nodeTests, type Suite } from './suite.ts';

/** One folder per major version: a `package.json`, and the lock file that pins the version with its integrity. */
const PINS = 'dev/node';

/** The major versions that are pinned, but for the one this process runs under. */
export function otherNodes(own = process.versions.node): string[] {
  return readdirSync(`${root}/${PINS}`).filter((major) => major !== own.split('.')[0]);
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

/** The path of the program. */
async function installedNode(major: string): Promise<string> {
  const packages = await step(`installing Node ${major}`, (note) => installedPins(`${PINS}/${major}`, note));
  const node = `${packages}/node-${process.platform}-${process.arch}/bin/node`;
  if (!existsSync(node)) {
    throw new Error(`${PINS}/${major} pins no Node for ${process.platform} on ${process.arch}`);
  }
  return node;
}
