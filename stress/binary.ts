import { buildRelease } from '../dev/build.ts';
import type { Note } from '../dev/common/progress.ts';

/** The function: the build that `npm test` is about, or else as it is deployed, but for this machine. */
export async function binaryToStress(note: Note): Promise<string> {
  return process.env.GENESYS_WEBHOOK_BIN || buildRelease(note);
}

/** That of the rotation function, likewise: the stack has one. */
export async function rotationBinary(note: Note): Promise<string> {
  return process.env.GENESYS_WEBHOOK_ROTATION_BIN || buildRelease(note, 'genesys-webhook-rotation');
}
