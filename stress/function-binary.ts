import { run } from '../dev/common/command.ts';
import type { Note } from '../dev/common/progress.ts';
import { root } from '../dev/common/root.ts';

export const TARGET = process.env.CARGO_TARGET_DIR ?? `${root}/target`;

/** The function: the build that `npm test` is about, or else as it is deployed, but for this machine. */
export async function functionBinary(note: Note): Promise<string> {
  const { GENESYS_WEBHOOK_BIN: ready } = process.env;
  if (ready) return ready;
  const args = ['build', '--release', '--locked', '--package', 'genesys-webhook', '--bin', 'genesys-webhook'];
  await run('cargo', args, { cwd: root, onLine: note });
  return `${TARGET}/release/genesys-webhook`;
}
