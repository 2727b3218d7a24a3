import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { run } from './command.ts';
import type { Note } from './progress.ts';
import { root } from './root.ts';

/**
 * The npm packages of a folder with a `package.json` and a lock file. They are installed into a folder of their own in
 * `.local`, so that npm touches no `node_modules` but that one, unless they are there and the lock file is the same.
 *
 * @param pins the folder, from the project's root
 * @returns the path of their `node_modules`
 */
export async function installedPins(pins: string, note: Note = () => {}): Promise<string> {
  const folder = `${root}/.local/npm/${pins}`;
  const stamp = `${folder}/.installed`;
  const files = ['package.json', 'package-lock.json'].map(
    (name) => [name, readFileSync(`${root}/${pins}/${name}`)] as const,
  );
  const wanted = files.map(([, content]) => content).join('');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    for (const [name, content] of files) writeFileSync(`${folder}/${name}`, content);
    await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder, onLine: note });
    writeFileSync(stamp, wanted);
  }
  return `${folder}/node_modules`;
}
