/** The fuzz targets of stress/fuzz, each for a while. What they find beyond the seeds is kept in `.local/fuzz`. */
import { mkdirSync } from 'node:fs';
import { TARGET } from '../dev/build.ts';
import { cargoTool } from '../dev/common/cargo-tool.ts';
import { execute, run } from '../dev/common/command.ts';
import type { Note } from '../dev/common/progress.ts';
import { root } from '../dev/common/root.ts';
import { type Extent, grouped, type Row } from './part.ts';

const CARGO_FUZZ_VERSION = '0.13.2';
const TARGETS = ['verifier', 'handler'] as const;
const SECONDS = { brief: 10, full: 240 } as const;
/** Lines of a finding's output that are worth showing. */
const SHOWN_LINES = 30;

export async function fuzz(extent: Extent, note: Note): Promise<Row[]> {
  const binaries = await build(note);
  const rows: Row[] = [];
  for (const target of TARGETS) rows.push(await attack(target, binaries, SECONDS[extent], note));
  return rows;
}

/** Resolves to the folder with the targets. */
async function build(note: Note): Promise<string> {
  // No sanitizer, because those ask for a nightly compiler; what they look for needs `unsafe`, which the function forbids.
  // And no `cfg(fuzzing)`, under which some crates take short cuts: what is fuzzed is what is deployed.
  const how = ['--dev', '--sanitizer', 'none', '--no-cfg-fuzzing', '--fuzz-dir', `${root}/stress/fuzz`];
  const cargoFuzz = await cargoTool('cargo-fuzz', CARGO_FUZZ_VERSION, note);
  await run(cargoFuzz, ['fuzz', 'build', ...how, '--target-dir', `${TARGET}/fuzz`], {
    cwd: root,
    onLine: note,
  });
  const [, host] = /^host: (.+)$/m.exec(await run('rustc', ['-vV'])) ?? [];
  return `${TARGET}/fuzz/${host}/debug`;
}

async function attack(target: string, binaries: string, seconds: number, note: Note): Promise<Row> {
  const [corpus, findings] = ['corpus', 'findings'].map((name) => `${root}/.local/fuzz/${name}/${target}`);
  for (const folder of [corpus, findings]) mkdirSync(folder as string, { recursive: true });
  const options = [
    `-max_total_time=${seconds}`,
    `-dict=${root}/stress/fuzz/tokens.dict`,
    `-artifact_prefix=${findings}/`,
    '-print_final_stats=1',
  ];
  const words = [...options, corpus as string, `${root}/stress/fuzz/seeds/${target}`];
  const { status, lines } = await execute(`${binaries}/${target}`, words, {
    onLine: (line) => line.startsWith('#') && note(`${target}: ${line.slice(0, 60)}`),
  });
  if (status !== 0) {
    const finding = Math.max(
      0,
      lines.findIndex((line) => line.includes('panicked') || line.includes('ERROR')),
    );
    throw new Error(
      `fuzzing found something in ${target}; the input is in ${findings}:\n${lines.slice(finding, finding + SHOWN_LINES).join('\n')}`,
    );
  }
  const inputs = Number(/^stat::number_of_executed_units:\s+(\d+)$/m.exec(lines.join('\n'))?.[1]);
  const covered = lines.findLast((line) => line.includes(' cov: '))?.match(/cov: (\d+)/)?.[1] ?? '?';
  return {
    what: `inputs to ${target} in ${seconds} s, none of them answered wrongly`,
    figure: `${grouped(inputs)} (${covered} edges covered)`,
    holds: inputs > 0,
  };
}
