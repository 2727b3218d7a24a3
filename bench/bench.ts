/**
 * `npm run bench`: the product beside what it could have been, in interleaved rounds of one run (bench/README.md).
 *
 *   --quick           two rounds, too rough to keep
 *   --compare PATH    CPU per webhook of another build relative to this checkout's, to two hundredths
 *   --memory          latency under the share of a CPU that Lambda gives by memory; needs control groups
 *   --count           instructions instead of time, against a baseline; `--update` writes the baseline
 */
import { writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { parseArgs } from 'node:util';
import { buildHost, buildRelease } from '../dev/build.ts';
import { run } from '../dev/common/command.ts';
import { type Note, step } from '../dev/common/progress.ts';
import { root } from '../dev/common/root.ts';
import { pin } from './affinity.ts';
import { barTable } from './bars.ts';
import { buildCandidates, type Candidate, copied } from './candidates.ts';
import { compare } from './compare.ts';
import { CpuQuota } from './cpu-quota.ts';
import { BASELINE_FILE, cannotCount, countInstructions, DEV_BUILD, MARGIN, risen } from './instructions.ts';
import { measure } from './measure.ts';
import { measureMemory, memoryTable } from './memory.ts';
import { chart, performanceTable } from './performance-page.ts';
import type { Results, Samples } from './results.ts';
import { onStage, type Stage } from './stage.ts';
import { table } from './table.ts';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    compare: { type: 'string' },
    memory: { type: 'boolean' },
    count: { type: 'boolean' },
    update: { type: 'boolean' },
  },
});

const rounds = options.quick ? 2 : 30;

if (process.platform !== 'linux')
  throw new Error('the bench reads /proc: run it on Linux, for example in a container');
if (options.count || options.update) await count();
else if (options.compare) await compareWith(options.compare);
else if (options.memory) await memory();
else await bench();

/** Prints what each takes; fails where one takes twice what it did. */
async function count(): Promise<void> {
  const unable = cannotCount();
  if (unable) throw new Error(`nothing can be counted: ${unable}`);
  const built = await step('building the candidates', buildCandidates);
  const { binary } = await step('building the product for development', buildHost);
  const counting = [...built.filter(({ name }) => name !== 'node'), { name: DEV_BUILD, binary }];
  const counted = await step('counting instructions', (note) =>
    onStage((stage) => countInstructions(counting, stage, note)),
  );
  console.log('millions of instructions');
  console.table(counted);
  if (options.update) return writeFileSync(BASELINE_FILE, json(counted));
  const names = risen(counted);
  if (names.length > 0)
    throw new Error(`over ${MARGIN} times the instructions of ${BASELINE_FILE}: ${names}`);
}

/** Prints what another build takes beside this checkout's. */
async function compareWith(path: string): Promise<void> {
  const other = copied({ name: 'other', binary: path });
  const product = copied({ name: 'product', binary: await step('building the product', buildRelease) });
  pin();
  const ratios = await step('comparing', (note) => onStage((stage) => compare(product, other, stage, note)));
  console.log('CPU per webhook relative to this checkout');
  for (const [size, { median, spread }] of Object.entries(ratios))
    console.log(`${size.padEnd(6)} ${median.toFixed(3)} ±${spread.toFixed(3)}`);
}

/** Prints and keeps what a webhook takes by the function's memory. */
async function memory(): Promise<void> {
  const unable = CpuQuota.unavailable();
  if (unable) return console.log(`skipped: ${unable}`);
  const candidates = (await step('building the candidates', buildCandidates))
    .filter(({ name }) => name === 'product' || name === 'node')
    .map(copied);
  const found = await step('measuring', (note) => onStage((stage) => measureMemory(candidates, stage, note)));
  const kept = json({ machine: await machine(), candidates: found });
  console.log(memoryTable(JSON.parse(kept)));
  writeFileSync(`${root}/bench/results/memory.json`, kept);
}

/** Measures all candidates, and keeps what it found unless it is rough. */
async function bench(): Promise<void> {
  const candidates = (await step('building the candidates', buildCandidates)).map(copied);
  pin();
  const found = await step('measuring', (note) => onStage((stage) => measureAll(candidates, stage, note)));
  const kept = json({ machine: await machine(), rounds, candidates: found });
  // As it is kept, so that the chart can be drawn from it again.
  const results: Results = JSON.parse(kept);
  console.log(`${table(results)}\n\n${performanceTable(results)}\n\n${barTable(results)}`);
  if (options.quick) return;
  writeFileSync(`${root}/bench/results/results.json`, kept);
  writeFileSync(`${root}/bench/results/chart.svg`, chart(results));
}

async function measureAll(candidates: readonly Candidate[], stage: Stage, note: Note) {
  const found = candidates.map((candidate) => ({ candidate, samples: {} as Samples }));
  for (let round = 0; round < rounds; round += 1) {
    for (const { candidate, samples } of found) {
      note(`round ${round + 1} of ${rounds}: ${candidate.name}`);
      const figures = await measure(candidate, stage);
      for (const [figure, value] of Object.entries(figures))
        samples[figure] = [...(samples[figure] ?? []), value];
    }
  }
  return Object.fromEntries(found.map(({ candidate, samples }) => [candidate.name, { pinned: samples }]));
}

async function machine(): Promise<Results['machine']> {
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: cpus()[0]?.model ?? 'unknown',
    cpus: cpus().length,
    kernel: release(),
    node: process.version,
    rustc: await run('rustc', ['--version']),
  };
}

/** With four digits to a number, and a list on one line. */
function json(value: object): string {
  const fourDigits = (_key: string, value: unknown) =>
    typeof value === 'number' ? +value.toPrecision(4) : value;
  const text = JSON.stringify(value, fourDigits, 2);
  return `${text.replace(/\[[-\d.e,\s]*\]/g, (list) => list.replace(/\s+/g, ' '))}\n`;
}
