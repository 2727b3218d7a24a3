/** What is measured side by side, and how each is built. */
import { chmodSync, copyFileSync, readFileSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { build } from 'esbuild';
import { buildRelease, TARGET } from '../dev/build.ts';
import { run } from '../dev/common/command.ts';
import type { Note } from '../dev/common/progress.ts';
import { root } from '../dev/common/root.ts';

const FOLDER = `${root}/bench/candidates`;

export interface Candidate {
  name: string;
  /** A program in the place of Lambda's `bootstrap`. */
  binary: string;
}

/** One that others are compared with, by its letter in the bars. */
export const A = 'hello-default';
export const D = 'node';
export const FLOOR = 'floor';

/** In the order of the columns. */
const ALL: readonly { name: string; build: (note: Note) => Promise<string> }[] = [
  { name: 'product', build: buildRelease },
  { name: FLOOR, build: (note) => rust(FLOOR, 'as the product', note) },
  { name: 'naive', build: (note) => rust('naive', 'default', note) },
  { name: D, build: node },
  { name: 'verify-only', build: (note) => rust('verify-only', 'as the product', note) },
  { name: 'hello', build: (note) => rust('hello', 'as the product', note) },
  { name: A, build: (note) => rust(A, 'default', note) },
];

export const CANDIDATES = ALL.map(({ name }) => name);

/** Builds those that are `wanted`. */
export async function buildCandidates(wanted: (name: string) => boolean, note: Note): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (const { name, build } of ALL.filter(({ name }) => wanted(name)))
    candidates.push({ name, binary: await build((line) => note(`${name}: ${line}`)) });
  return candidates;
}

/**
 * Copies are measured, as a deployed file is one: a file fresh from the linker took 1.05 times the CPU at 1 KB, probably
 * by how it lies in the page cache. They keep their extension, by which Node.js tells what a script is.
 */
export function copied(candidates: readonly Candidate[], folder: string): Candidate[] {
  return candidates.map(({ name, binary }) => {
    const copy = `${folder}/${name}${extname(binary)}`;
    copyFileSync(binary, copy);
    return { name, binary: copy };
  });
}

/** The size of its file, and of a zip with nothing else in it, in bytes. */
export function sizes({ binary }: Candidate): { file: number; zip: number } {
  return { file: statSync(binary).size, zip: deflateRawSync(readFileSync(binary), { level: 9 }).length };
}

async function rust(name: string, profile: 'as the product' | 'default', note: Note): Promise<string> {
  const target = `${TARGET}/bench`;
  // Read as configuration, the product's manifest is its profile and nothing else.
  const config = profile === 'default' ? [] : ['--config', `${root}/Cargo.toml`];
  const args = ['build', '--release', '--locked', '--package', name, '--target-dir', target, ...config];
  await run('cargo', args, { cwd: FOLDER, onLine: note });
  return `${target}/release/${name}`;
}

async function node(): Promise<string> {
  const outfile = `${TARGET}/bench/node.cjs`;
  await build({
    entryPoints: [`${FOLDER}/node/bootstrap.ts`],
    outfile,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node20',
    banner: { js: `#!${process.execPath}` },
    logLevel: 'error',
  });
  chmodSync(outfile, 0o755);
  return outfile;
}
