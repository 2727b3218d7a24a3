import { existsSync } from 'node:fs';
import { type CargoLambda, cargoLambda } from '../../cdk/cargo-lambda.ts';
import { run } from './command.ts';
import { step } from './progress.ts';
import { root } from './root.ts';
import { installed } from './venv.ts';

/** For the machines that may not download a toolchain: it makes one from their packages. */
const SHARED_SCRIPT = `${root}/../shared/tools/arm64-toolchain.sh`;

/**
 * What builds for arm64 on this machine, installed first where it is not there: 0.5 GB, so only when it is needed.
 *
 * @throws an error that says what is missing and how to get it.
 */
export async function arm64Toolchain(): Promise<CargoLambda> {
  try {
    return cargoLambda();
  } catch {
    if (existsSync(SHARED_SCRIPT)) {
      await step('making the arm64 toolchain', (note) => run('bash', [SHARED_SCRIPT], { onLine: note }));
    } else {
      await installed('cargo-lambda');
    }
    return cargoLambda();
  }
}

/** Installs it for a command of the CDK CLI with these arguments, unless they name a ready build (`-c code=DIR`). */
export async function toolchainFor(args: readonly string[]): Promise<void> {
  const ready = args.some((arg) => /^(--context=)?code=/.test(arg));
  if (!ready) await arm64Toolchain();
}
