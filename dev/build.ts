/** Builds the function: for this machine, as the local AWS runs it, and for arm64, as it is deployed. */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { arm64Toolchain } from './common/arm64.ts';
import { run } from './common/command.ts';
import type { Note } from './common/progress.ts';
import { root } from './common/root.ts';

/** The function for this machine. */
export interface HostBuild {
  /** The binary. */
  readonly binary: string;
  /** Folder with a `bootstrap`, for the app's context `code`. */
  readonly code: string;
}

/** Builds with the dev profile, so that a change is compiled within seconds. */
export async function buildHost(note: Note = () => {}): Promise<HostBuild> {
  const args = ['build', '--locked', '--package', 'genesys-webhook', '--bin', 'genesys-webhook'];
  const messages = await run('cargo', [...args, '--message-format', 'json-render-diagnostics'], {
    cwd: root,
    onLine: (line) => line.startsWith('{') || note(line),
  });
  const binary = messages
    .split('\n')
    .map((line) => JSON.parse(line) as { executable?: string | null })
    .findLast(({ executable }) => executable)?.executable;
  if (!binary) throw new Error('cargo build made no binary named genesys-webhook');
  return { binary, code: wrapped('host', binary) };
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

/** Machine type of an ELF file for AArch64: ELF for the Arm 64-bit Architecture, "ELF header". */
const EM_AARCH64 = 183;
/** Of the C library of `provided.al2023`, the runtime that the function is deployed on. */
const LAMBDA_GLIBC = '2.34';

/** Builds the binary that is deployed. Resolves to the path of its `bootstrap`, checked to be one that Lambda runs. */
export async function buildArm64(
  note: Note = () => {},
  { checkout = root, target = process.env.CARGO_TARGET_DIR ?? `${root}/target` } = {},
): Promise<string> {
  const { command, flags, env } = await arm64Toolchain();
  const args = [
    'lambda',
    'build',
    '--release',
    '--arm64',
    '--locked',
    '--package',
    'genesys-webhook',
    ...flags,
  ];
  await run(command, args, { cwd: checkout, env: { ...env, CARGO_TARGET_DIR: target }, onLine: note });
  const bootstrap = `${target}/lambda/genesys-webhook/bootstrap`;
  checkRunsOnLambda(readFileSync(bootstrap));
  return bootstrap;
}

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
