/**
 * The one recipe that builds the functions for Lambda. The construct deploys its result, and the tests inspect and run
 * the same result.
 */
import { spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Binary } from '../contract/binaries.ts';

export const ARM64_TARGET = 'aarch64-unknown-linux-gnu';

/** The folder of the workspace's Cargo.toml. */
export const ownCheckout = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

export interface BuildOptions {
  /**
   * Whose `bootstrap` is wanted.
   *
   * @default genesys-webhook
   */
  readonly binary?: Binary;
  /**
   * The folder of the workspace's Cargo.toml.
   *
   * @default - the one that holds this file
   */
  readonly checkout?: string;
  /**
   * Where compiler and cargo-lambda are, if the checkout's `.venv` has no cargo-lambda.
   *
   * @default process.env
   */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Builds a `bootstrap` into a folder. Every build is of all binaries, so that the second one finds its own compiled, and
 * so that each is the same whichever was wanted. It is synchronous because the CDK's bundling is. It prints nothing to standard
 * output, because `cdk synth` prints the template there.
 *
 * @throws an error that says in one sentence what is missing and how to get it, that the compiler failed, or that
 * Lambda would not run the result.
 */
export function buildFunction(outputDir: string, options: BuildOptions = {}): void {
  const { checkout = ownCheckout, binary = 'genesys-webhook' } = options;
  const { command, env } = toolchain(options);
  const bootstrap = join(resolve(outputDir), 'bootstrap');
  // One of an earlier build must not pass for this one's.
  rmSync(bootstrap, { force: true });
  const built = mkdtempSync(join(tmpdir(), 'genesys-webhook-build-'));
  try {
    const { status, signal, error } = spawnSync(
      command,
      [
        ...['lambda', 'build', '--release', '--arm64', '--locked', '--workspace'],
        // Without it cargo-lambda has rustup download the target.
        '--skip-target-check',
        ...['--lambda-dir', built],
      ],
      { cwd: checkout, env, stdio: ['ignore', process.stderr.fd, process.stderr.fd] },
    );
    if (status !== 0) {
      throw new Error(
        error
          ? `cargo-lambda could not be started: ${error.message}`
          : `cargo-lambda could not build the function (${status ?? signal}): its output says why`,
      );
    }
    const own = join(built, binary, 'bootstrap');
    if (!existsSync(own)) throw new Error(`cargo-lambda ended well and left no bootstrap of ${binary}`);
    checkRunsOnLambda(readFileSync(own));
    mkdirSync(resolve(outputDir), { recursive: true });
    copyFileSync(own, bootstrap);
  } finally {
    rmSync(built, { recursive: true, force: true });
  }
}

/** Why {@link buildFunction} can't build here, or undefined. */
export function cannotBuild(options: BuildOptions = {}): string | undefined {
  try {
    toolchain(options);
  } catch (error) {
    return (error as Error).message;
  }
}

/** Whether rustc has a standard library for arm64. */
export function hasArm64Target({ checkout, env = process.env }: BuildOptions = {}): boolean {
  const args = ['--print', 'target-libdir', '--target', ARM64_TARGET];
  const { status, stdout } = spawnSync('rustc', args, { cwd: checkout, env, encoding: 'utf8' });
  if (status !== 0) throw missing('rustc');
  return existsSync(stdout.trim());
}

function toolchain(options: BuildOptions): { command: string; env: NodeJS.ProcessEnv } {
  const { checkout = ownCheckout, env = process.env } = options;
  if (!hasArm64Target({ checkout, env })) throw missing(`the Rust target ${ARM64_TARGET}`);
  const venv = join(checkout, '.venv/bin');
  // Only where cargo-lambda is in it: it looks for zig by way of the first Python on the PATH.
  const PATH = onPath('cargo-lambda', venv) ? [venv, env.PATH].join(delimiter) : env.PATH;
  const command = onPath('cargo-lambda', PATH);
  if (!command) throw missing('cargo-lambda');
  return { command, env: { ...env, PATH } };
}

function onPath(program: string, path = ''): string | undefined {
  const candidates = path.split(delimiter).map((folder) => join(folder, program));
  return candidates.find((candidate) => {
    try {
      accessSync(candidate, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function missing(what: string): Error {
  return new Error(
    `${what} is missing, so the function can't be built for arm64: run \`npm run setup\`, which gets it or says how; or deploy ready builds with \`-c code=DIR -c rotationCode=DIR\``,
  );
}

/** Machine type of an ELF file for AArch64: ELF for the Arm 64-bit Architecture, "ELF header". */
const EM_AARCH64 = 183;
/** Of the C library of `provided.al2023`, the runtime that the function is deployed on. */
const LAMBDA_GLIBC = '2.34';

/** @throws where an ELF file is not for AArch64 or asks for a newer C library than Lambda has. */
export function checkRunsOnLambda(elf: Buffer): void {
  const machine = elf.readUInt16LE(18);
  if (machine !== EM_AARCH64) throw new Error(`the binary is for ELF machine ${machine}, not for AArch64`);
  // The names of the symbol versions it needs stand in its string table.
  const versions = elf.toString('latin1').match(/(?<=GLIBC_)\d+\.\d+/g) ?? [];
  const newest = versions.sort((a, b) => Number(a.split('.')[1]) - Number(b.split('.')[1])).at(-1);
  if (!newest) throw new Error('the binary names no glibc version: it is not linked as it should be');
  if (Number(newest.split('.')[1]) > Number(LAMBDA_GLIBC.split('.')[1])) {
    throw new Error(`the binary needs glibc ${newest}, and Lambda has ${LAMBDA_GLIBC}`);
  }
}
