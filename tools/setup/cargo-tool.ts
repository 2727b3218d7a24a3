import { execute, run } from './command.ts';
import type { Note } from './progress.ts';
import { root } from './root.ts';

/** Kept from one checkout to the next by CI, which sets it: these tools take minutes to compile. */
const FOLDER = process.env.GENESYS_WEBHOOK_TOOLS ?? `${root}/.local/tools`;

/**
 * A cargo subcommand of crates.io, installed with its own lock file where it is not there in this version.
 *
 * @returns the path of its binary
 */
export async function cargoTool(name: string, version: string, note: Note = () => {}): Promise<string> {
  const binary = `${FOLDER}/bin/${name}`;
  const { lines } = await execute(binary, ['--version']).catch(() => ({ lines: [] }));
  if (!lines.some((line) => line.endsWith(` ${version}`))) {
    // The project's own target folder, so that nothing is compiled twice beside it.
    const args = ['install', name, '--version', version, '--locked', '--root', FOLDER];
    await run('cargo', args, { cwd: root, onLine: note });
  }
  return binary;
}
