/** Builds the functions: for this machine, as the local AWS runs them, and for arm64, as they are deployed. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { BINARIES, type Binary } from '../contract/binaries.ts';
import { run } from './common/command.ts';
import type { Note } from './common/progress.ts';
import { root } from './common/root.ts';

/** The folder where cargo keeps what it compiles. */
export const TARGET = process.env.CARGO_TARGET_DIR ?? `${root}/target`;

/** The functions for this machine. */
export interface HostBuild {
  /** The binary of the webhook. */
  readonly binary: string;
  /** Folder with a `bootstrap`, for the app's context `code`. */
  readonly code: string;
  /** The binary of the rotation. */
  readonly rotationBinary: string;
  /** Folder with a `bootstrap`, for the app's context `rotationCode`. */
  readonly rotationCode: string;
}

/** Builds with the dev profile, so that a change is compiled within seconds. */
export async function buildHost(note: Note = () => {}): Promise<HostBuild> {
  const built = await cargoBuild(BINARIES, note);
  const [binary, rotationBinary] = [built['genesys-webhook'], built['genesys-webhook-rotation']];
  return {
    binary,
    code: wrapped('host', binary),
    rotationBinary,
    rotationCode: wrapped('host-rotation', rotationBinary),
  };
}

/** Builds with the profile that is deployed, for this machine. Resolves to the path of the binary. */
export async function buildRelease(note: Note, binary: Binary = 'genesys-webhook'): Promise<string> {
  return (await cargoBuild([binary], note, '--release'))[binary];
}

/** Resolves to the paths of the binaries. */
async function cargoBuild<Wanted extends Binary>(
  binaries: readonly Wanted[],
  note: Note,
  ...profile: readonly string[]
): Promise<Record<Wanted, string>> {
  const wanted = binaries.flatMap((binary) => ['--package', binary, '--bin', binary]);
  const args = ['build', ...profile, '--locked', ...wanted, '--message-format', 'json-render-diagnostics'];
  const messages = await run('cargo', args, {
    cwd: root,
    onLine: (line) => line.startsWith('{') || note(line),
  });
  const made = messages
    .split('\n')
    .map((line) => JSON.parse(line) as { target?: { name: string }; executable?: string | null });
  const paths = binaries.map((binary) => {
    const found = made.findLast(({ target, executable }) => executable && target?.name === binary);
    if (!found) throw new Error(`cargo build made no binary named ${binary}`);
    return [binary, found.executable];
  });
  return Object.fromEntries(paths);
}

/**
 * A folder with a `bootstrap` that runs `command`. A development binary has over 100 MB of debug information, which
 * would be zipped and unpacked at each deployment; this takes none of that time.
 */
export function wrapped(name: string, ...command: readonly string[]): string {
  const code = `${root}/.local/code/${name}`;
  const bootstrap = `${code}/bootstrap`;
  const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  mkdirSync(code, { recursive: true });
  writeFileSync(bootstrap, `#!/bin/sh\nexec ${quoted.join(' ')}\n`);
  chmodSync(bootstrap, 0o755);
  return code;
}

/** Where {@link buildArm64} builds from and to. */
export interface Arm64Build {
  /** @default - this checkout */
  readonly checkout?: string;
  /** A folder, which gets one with a `bootstrap` for each binary. @default - one in `.local` */
  readonly output?: string;
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Builds what is deployed, as the construct does, and resolves to the path of each `bootstrap`. The build blocks, so it
 * has a process of its own.
 */
export async function buildArm64(
  note: Note = () => {},
  { checkout = root, output = `${root}/.local/code/arm64`, env = process.env }: Arm64Build = {},
): Promise<Record<Binary, string>> {
  const program = ['--import', 'tsx', `${root}/dev/build-arm64.ts`];
  await run(process.execPath, [...program, output, checkout], { cwd: root, env, onLine: note });
  return {
    'genesys-webhook': `${output}/genesys-webhook/bootstrap`,
    'genesys-webhook-rotation': `${output}/genesys-webhook-rotation/bootstrap`,
  };
}
