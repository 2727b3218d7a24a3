/** What is measured side by side, and how each is built. */
import { chmodSync, copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { extname } from 'node:path';
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

/** In the order of the columns. */
export async function buildCandidates(note: Note): Promise<Candidate[]> {
  return [
    { name: 'product', binary: await buildRelease(note) },
    // Read as configuration, the product's manifest is its release profile and nothing else.
    { name: 'floor', binary: await rust('floor', note, '--config', `${root}/Cargo.toml`) },
    { name: 'naive', binary: await rust('naive', note) },
    { name: 'node', binary: await node() },
  ];
}

/**
 * Copies are measured, as a deployed file is one: a file fresh from the linker took 1.05 times the CPU at 1 KB, probably
 * by how it lies in the page cache. They keep their extension, by which Node.js tells what a script is.
 */
export function copied({ name, binary }: Candidate): Candidate {
  const folder = `${root}/.local/bench`;
  const copy = `${folder}/${name}${extname(binary)}`;
  mkdirSync(folder, { recursive: true });
  rmSync(copy, { force: true });
  copyFileSync(binary, copy);
  return { name, binary: copy };
}

async function rust(name: string, note: Note, ...config: string[]): Promise<string> {
  const target = `${TARGET}/bench`;
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
