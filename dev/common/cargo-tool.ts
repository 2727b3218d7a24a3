import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { run } from './command.ts';
import type { Note } from './progress.ts';
import { root } from './root.ts';

/**
 * A cargo subcommand of crates.io. It is installed with its own lock file, unless this version, compiled by this rustc, is
 * there. A binary that differs by a byte from what was installed is not started.
 *
 * This finds a binary that was exchanged, cut short or made by another compiler. It does not stop someone who can write to
 * the whole folder, because they can also write the record.
 *
 * @returns the path of its binary
 */
export async function cargoTool(name: string, version: string, note: Note = () => {}): Promise<string> {
  const compiler = sha256(await run('rustc', ['--version', '--verbose'])).slice(0, 16);
  // Kept from one checkout to the next by CI, which sets the variable: these tools take minutes to compile.
  const folder = `${process.env.GENESYS_WEBHOOK_TOOLS ?? `${root}/.local/tools`}/${name}-${version}-${compiler}`;
  const binary = `${folder}/bin/${name}`;
  if (!isAsInstalled(folder, binary)) await install(name, version, folder, note);
  return binary;
}

/** The file beside the binary with its SHA-256 at the time of installation. */
const RECORD = 'sha256';

function isAsInstalled(folder: string, binary: string): boolean {
  const record = `${folder}/${RECORD}`;
  if (!existsSync(record) || !existsSync(binary)) return false;
  return readFileSync(record, 'utf8') === sha256(readFileSync(binary));
}

/** Installs into a folder beside, then moves it, so that nobody finds it half installed. */
async function install(name: string, version: string, folder: string, note: Note): Promise<void> {
  mkdirSync(dirname(folder), { recursive: true });
  const scratch = mkdtempSync(`${folder}-`);
  try {
    // The project's own target folder, so that nothing is compiled twice beside it.
    const args = ['install', name, '--version', version, '--locked', '--root', scratch];
    await run('cargo', args, { cwd: root, onLine: note });
    writeFileSync(`${scratch}/${RECORD}`, sha256(readFileSync(`${scratch}/bin/${name}`)));
    rmSync(folder, { recursive: true, force: true });
    renameSync(scratch, folder);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
