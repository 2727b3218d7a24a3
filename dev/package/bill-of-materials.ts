/** CycloneDX: what the function and the command line are made of, with versions, licences and hashes. */
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
  const options = ['--format', 'json', '--target', TARGET, '--no-build-deps', '--override-filename', 'bom'];
  await run(tool, ['cyclonedx', '--manifest-path', `${crate}/Cargo.toml`, ...options], { onLine: note });
  renameSync(`${crate}/bom.json`, ofFunction as string);
  await run(
    `${root}/node_modules/.bin/cyclonedx-esbuild`,
    ['--gather-license-texts', '--output-reproducible', '--output-file', ofCommandLine as string, metafile],
    { cwd: root, onLine: note },
  );
  for (const file of [ofFunction, ofCommandLine] as string[]) withoutTimeAndSerial(file);
  return [ofFunction, ofCommandLine] as string[];
}

/** Both differ from run to run and say nothing of the contents. */
function withoutTimeAndSerial(file: string): void {
  const { serialNumber: _, metadata, ...rest } = JSON.parse(readFileSync(file, 'utf8'));
  const { timestamp: __, ...others } = metadata;
  writeFileSync(file, `${JSON.stringify({ ...rest, metadata: others }, null, 2)}\n`);
}
