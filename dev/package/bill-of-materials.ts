/** CycloneDX: what the function and the command line are made of, with versions and licences. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { cargoTool } from '../common/cargo-tool.ts';
import { run } from '../common/command.ts';
import type { Note } from '../common/progress.ts';
import { root } from '../common/root.ts';
import { STEM } from './package.ts';

const CARGO_CYCLONEDX_VERSION = '0.5.9';
const TARGET = 'aarch64-unknown-linux-gnu';

/** @returns the paths of both */
export async function billsOfMaterials(metafile: string, output: string, note: Note): Promise<string[]> {
  mkdirSync(output, { recursive: true });
  const [ofFunction, ofCommandLine] = ['function', 'cli'].map((half) => `${output}/${STEM}-${half}.cdx.json`);
  const tool = await cargoTool('cargo-cyclonedx', CARGO_CYCLONEDX_VERSION, note);
  const crate = `${root}/function`;
  // It writes beside the manifest.
  const options = ['--format', 'json', '--target', TARGET, '--no-build-deps', '--spec-version', '1.5'];
  const manifest = ['--manifest-path', `${crate}/Cargo.toml`, '--override-filename', 'bom'];
  await run(tool, ['cyclonedx', ...manifest, ...options], { onLine: note });
  renameSync(`${crate}/bom.json`, ofFunction as string);
  await run(
    `${root}/node_modules/.bin/cyclonedx-esbuild`,
    ['--gather-license-texts', '--output-reproducible', '--output-file', ofCommandLine as string, metafile],
    { cwd: root, onLine: note },
  );
  for (const file of [ofFunction, ofCommandLine] as string[]) makeReproducible(file);
  return [ofFunction, ofCommandLine] as string[];
}

/** Time and serial number differ from run to run, the checkout's folder from machine to machine. */
export function makeReproducible(file: string): void {
  const text = readFileSync(file, 'utf8').replaceAll(`${root}/`, '');
  const { serialNumber: _, metadata, ...rest } = JSON.parse(text);
  const { timestamp: __, ...others } = metadata;
  writeFileSync(file, `${JSON.stringify({ ...rest, metadata: others }, null, 2)}\n`);
}
