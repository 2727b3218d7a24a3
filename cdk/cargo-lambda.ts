import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the workspace's Cargo.toml. */
export const projectRoot = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

const TARGET = 'aarch64-unknown-linux-gnu';

/** How to run `cargo-lambda lambda build --release --arm64` here. */
export interface CargoLambda {
  /** The path of cargo-lambda. */
  readonly command: string;
  /** Flags that `lambda build` needs beside the usual ones. */
  readonly flags: string[];
  /** The whole environment to run it in. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Finds cargo-lambda (the project's own .venv first, then PATH) and an aarch64 standard library: one that the active
 * toolchain has already, else the developers' shared toolchain, else rustup, which cargo-lambda itself then calls.
 *
 * @throws an error that says what is missing and how to get it.
 */
export function cargoLambda(root = projectRoot, environment: NodeJS.ProcessEnv = process.env): CargoLambda {
  const { flags, env } =
    installedTarget(environment) ?? sharedToolchain(root, environment) ?? rustup(environment);
  const venv = join(root, '.venv/bin');
  // Only where cargo-lambda is in it: it looks for zig by way of the first Python on the PATH.
  const PATH = findOnPath('cargo-lambda', { PATH: venv }) ? [venv, env.PATH].join(delimiter) : env.PATH;
  const command = findOnPath('cargo-lambda', { PATH });
  if (!command) throw missing('cargo-lambda');
  return { command, flags, env: { ...env, PATH } };
}

type Toolchain = Pick<CargoLambda, 'env' | 'flags'>;

function installedTarget(env: NodeJS.ProcessEnv): Toolchain | undefined {
  if (!findOnPath('rustc', env)) throw missing('rustc');
  const options = { env, encoding: 'utf8' } as const;
  const library = execFileSync('rustc', ['--print', 'target-libdir', '--target', TARGET], options).trim();
  return existsSync(library) ? { env, flags: ['--skip-target-check'] } : undefined;
}

/** `../shared/tools/arm64-toolchain.sh`, where that exists: its machines may not download toolchains. */
function sharedToolchain(root: string, env: NodeJS.ProcessEnv): Toolchain | undefined {
  const script = join(root, '../shared/tools/arm64-toolchain.sh');
  if (!existsSync(script)) return undefined;
  const settings = join(env.PREFIX ?? join(homedir(), '.cache/arm64-toolchain'), 'env.sh');
  if (!existsSync(settings)) throw missing(`the arm64 toolchain that ${script} makes`);
  const set = execFileSync('sh', ['-c', '. "$0" && env -0', settings], { env, encoding: 'utf8' });
  const variables = set.split('\0').filter(Boolean);
  return {
    env: Object.fromEntries(
      variables.map((line) => [line.split('=', 1)[0], line.slice(line.indexOf('=') + 1)]),
    ),
    // Without it cargo-lambda has rustup download the target.
    flags: ['--skip-target-check'],
  };
}

function rustup(env: NodeJS.ProcessEnv): Toolchain {
  if (!findOnPath('rustup', env)) throw missing(`the Rust target ${TARGET} (and rustup, which would add it)`);
  return { env, flags: [] };
}

function findOnPath(program: string, env: NodeJS.ProcessEnv): string | undefined {
  const candidates = (env.PATH ?? '').split(delimiter).map((folder) => join(folder, program));
  return candidates.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function missing(what: string): Error {
  return new Error(
    `${what} is missing, so the function can't be built for arm64: run \`npm run setup\`, which gets it or says how; or deploy a ready build with \`-c code=DIR\``,
  );
}
