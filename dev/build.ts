/** Builds the function: for this machine, as the local AWS runs it, and for arm64, as it is deployed. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { run } from './common/command.ts';
import type { Note } from './common/progress.ts';
import { root } from './common/root.ts';

/** The folder where cargo keeps what it compiles. */
export const TARGET = process.env.CARGO_TARGET_DIR ?? `${root}/target`;

/** The function for this machine. */
export interface HostBuild {
  /** The binary. */
  readonly binary: string;
  /** Folder with a `bootstrap`, for the app's context `code`. */
  readonly code: string;
}

/** Builds with the dev profile, so that a change is compiled within seconds. */
export async function buildHost(note: Note = () => {}): Promise<HostBuild> {
  const binary = await cargoBuild(note);
  return { binary, code: wrapped('host', binary) };
}

/** Builds with the profile that is deployed, for this machine. Resolves to the path of the binary. */
export function buildRelease(note: Note): Promise<string> {
  return cargoBuild(note, '--release');
}

async function cargoBuild(note: Note, ...profile: readonly string[]): Promise<string> {
  const args = ['build', ...profile, '--locked', '--package', 'genesys-webhook', '--bin', 'genesys-webhook'];
  const messages = await run('cargo', [...args, '--message-format', 'json-render-diagnostics'], {
    cwd: root,
    onLine: (line) => line.startsWith('{') || note(line),
  });
  const binary = messages
    .split('\n')
    .map((line) => JSON.parse(line) as { executable?: string | null })
    .findLast(({ executable }) => executable)?.executable;
  if (!binary) throw new Error('cargo build made no binary named genesys-webhook');
  return binary;
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
  /** @default - a folder in `.local` */
  readonly output?: string;
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Builds what is deployed, as the construct does, and resolves to the path of its `bootstrap`. The build
 * blocks, so it has a process of its own.
 */
export async function buildArm64(
  note: Note = () => {},
  { checkout = root, output = `${root}/.local/code/arm64`, env = process.env }: Arm64Build = {},
): Promise<string> {
  const program = ['--import', 'tsx', `${root}/dev/build-arm64.ts`];
  await run(process.execPath, [...program, output, checkout], { cwd: root, env, onLine: note });
  return `${output}/bootstrap`;
}
