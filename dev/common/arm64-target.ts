import { ARM64_TARGET, hasArm64Target } from '../../cdk/build-function.ts';
import { run } from './command.ts';
import { step } from './progress.ts';

/**
 * Lets rustup download the function's target if rustc lacks it. A build never does this, so that nothing is downloaded
 * unasked.
 *
 * @throws an error that says how else to get it.
 */
export async function addArm64Target(env = process.env): Promise<void> {
  if (hasArm64Target({ env })) return;
  const add = (note: (line: string) => void) =>
    run('rustup', ['target', 'add', ARM64_TARGET], { env, onLine: note });
  await step(`adding the Rust target ${ARM64_TARGET}`, add).catch((error: Error) => {
    throw missing(error.message);
  });
  if (!hasArm64Target({ env })) {
    throw missing('rustup added it, but to another Rust than that of the rustc on the path');
  }
}

function missing(why: string): Error {
  return new Error(
    `the Rust target ${ARM64_TARGET} is missing (${why}): get it where your Rust came from, or Rust from https://rustup.rs`,
  );
}
