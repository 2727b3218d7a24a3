/** Two clean builds of each `bootstrap` that is deployed, in different folders, have to give the same bytes. */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { BINARIES, type Binary } from '../contract/binaries.ts';
import { buildArm64 } from '../dev/build.ts';
import type { Note } from '../dev/common/progress.ts';
import { root } from '../dev/common/root.ts';
import { temporaryFolder } from '../tests/support/temporary-folder.ts';
import { type Extent, grouped, type Row } from './part.ts';

/** What the build reads. */
const SOURCES = ['.cargo', 'Cargo.toml', 'Cargo.lock', 'function', 'rotation'];

export async function reproducible(_extent: Extent, note: Note): Promise<Row[]> {
  const folder = temporaryFolder();
  const first = await build(join(folder, 'one'), note);
  const second = await build(join(folder, 'another/and-deeper'), note);
  return BINARIES.flatMap((binary) => compared(binary, first[binary], second[binary]));
}

function compared(binary: Binary, first: Buffer, second: Buffer): Row[] {
  const differing = first.reduce((sum, byte, at) => sum + (byte === second[at] ? 0 : 1), 0);
  return [
    { what: `bytes of ${binary}`, figure: grouped(first.length) },
    { what: 'SHA-256', figure: createHash('sha256').update(first).digest('hex') },
    {
      what: 'bytes that differ in a second build, in another checkout and another target folder',
      figure: grouped(Math.abs(first.length - second.length) + differing),
      holds: first.equals(second),
    },
  ];
}

async function build(folder: string, note: Note): Promise<Record<Binary, Buffer>> {
  const checkout = join(folder, 'checkout');
  mkdirSync(checkout, { recursive: true });
  for (const source of SOURCES) cpSync(join(root, source), join(checkout, source), { recursive: true });
  // The same cargo-lambda, where this checkout has one.
  symlinkSync(join(root, '.venv'), join(checkout, '.venv'));
  const env = { ...process.env, CARGO_TARGET_DIR: join(folder, 'target') };
  const built = await buildArm64(note, { checkout, output: join(folder, 'output'), env });
  return {
    'genesys-webhook': readFileSync(built['genesys-webhook']),
    'genesys-webhook-rotation': readFileSync(built['genesys-webhook-rotation']),
  };
}
