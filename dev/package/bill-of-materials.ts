/** CycloneDX: what the functions and the command line are made of, with versions and licences. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { cargoTool } from '../common/cargo-tool.ts';
import { run } from '../common/command.ts';
import type { Note } from '../common/progress.ts';
import { root } from '../common/root.ts';
import { STEM } from './package.ts';

const CARGO_CYCLONEDX_VERSION = '0.5.9';
const TARGET = 'aarch64-unknown-linux-gnu';
/** The folders of the functions. */
const CRATES = ['function', 'rotation'];

/** @returns the paths of all */
export async function billsOfMaterials(metafile: string, output: string, note: Note): Promise<string[]> {
  mkdirSync(output, { recursive: true });
  const billOf = (part: string) => `${output}/${STEM}-${part}.cdx.json`;
  const tool = await cargoTool('cargo-cyclonedx', CARGO_CYCLONEDX_VERSION, note);
  const options = ['--format', 'json', '--target', TARGET, '--no-build-deps', '--spec-version', '1.5'];
  // It writes one beside the manifest of each crate.
  const manifest = ['--manifest-path', `${root}/Cargo.toml`, '--override-filename', 'bom'];
  await run(tool, ['cyclonedx', ...manifest, ...options], { onLine: note });
  for (const crate of CRATES) renameSync(`${root}/${crate}/bom.json`, billOf(crate));
  await run(
    `${root}/node_modules/.bin/cyclonedx-esbuild`,
    ['--gather-license-texts', '--output-reproducible', '--output-file', billOf('cli'), metafile],
    { cwd: root, onLine: note },
  );
  const files = [...CRATES, 'cli'].map(billOf);
  for (const file of files) makeReproducible(file);
  return files;
}

/** Time and serial number differ from run to run, the checkout's folder from machine to machine. */
export function makeReproducible(file: string): void {
  const text = readFileSync(file, 'utf8').replaceAll(`${root}/`, '');
  const { serialNumber: _, metadata, ...rest } = JSON.parse(text);
  const { timestamp: __, ...others } = metadata;
  writeFileSync(file, `${JSON.stringify({ ...rest, metadata: others }, null, 2)}\n`);
}
