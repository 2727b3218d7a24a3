/** Machines that have, or lack, what builds the function. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BINARIES } from '../../contract/binaries.ts';

export const AARCH64 = 183;
export const X86_64 = 62;

/** Puts shell scripts in place of programs; what they say decides what a machine seems to have. */
export function install(folder: string, scripts: Record<string, string>): string {
  mkdirSync(folder, { recursive: true });
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }
  return folder;
}

/**
 * Puts a cargo-lambda there whose build gives `bootstrap`, with its name at the end for each binary, and notes its
 * arguments and PATH in `builds`.
 */
export function installCargoLambda(folder: string, builds: string, bootstrap = elf(AARCH64, '2.17')): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(builds, '');
  writeFileSync(join(folder, 'bootstrap.elf'), bootstrap);
  return install(folder, {
    'cargo-lambda': `echo "$PWD $PATH $*" >> '${builds}'
echo 'Compiling genesys-webhook'
while [ "$1" != --lambda-dir ]; do shift; done
PATH=/usr/bin:/bin
for binary in ${BINARIES.join(' ')}; do
  mkdir -p "$2/$binary" && { cat '${folder}/bootstrap.elf'; echo $binary; } > "$2/$binary/bootstrap"
done`,
  });
}

/** As much of an ELF file as tells for which machine it is, and which versions of glibc it needs. */
export function elf(machine: number, ...versions: string[]): Buffer {
  const header = Buffer.alloc(64);
  header.writeUInt16LE(machine, 18);
  return Buffer.concat([header, Buffer.from(versions.map((version) => `GLIBC_${version}\0`).join(''))]);
}
