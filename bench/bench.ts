/**
 * `npm run bench`: the product beside what it could have been, in interleaved rounds of one run (bench/README.md).
 *
 *   --quick           one minute after the build, too rough to keep
 *   --count           instructions instead of time, against a baseline; `--update` writes the baseline
 *   --compare         CPU per webhook relative to the product (or what --only names), to two hundredths, for --also
 *   --also NAME=PATH  one more program that does the whole job, such as a build of an idea; may be repeated; the path
 *                     is seen from the project's root
 *   --only NAME       leave out the others; may be repeated
 */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, release } from 'node:os';
import { platform } from 'node:process';
import { parseArgs } from 'node:util';
import { buildHost } from '../dev/build.ts';
import { exitOnSignals, run } from '../dev/common/command.ts';
import { type Note, step } from '../dev/common/progress.ts';
import { root } from '../dev/common/root.ts';
import { cannotPin, type Mode, place } from './affinity.ts';
import { A, buildCandidates, CANDIDATES, type Candidate, copied, D, sizes } from './candidates.ts';
import { chart } from './chart.ts';
import { type Comparison, compare } from './compare.ts';
import {
  BASELINE_FILE,
  baseline,
  cannotCount,
  countInstructions,
  hasRisen,
  initInA,
  MARGIN,
  MOST_INIT_IN_A,
} from './instructions.ts';
import { type Figures, type Load, measure } from './measure.ts';
import { collect, type Measured, type Results } from './results.ts';
import { Stage } from './stage.ts';
import { barTable, comparisonTable, instructionTable, sizeTable, table } from './table.ts';

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    count: { type: 'boolean', default: false },
    update: { type: 'boolean', default: false },
    compare: { type: 'boolean', default: false },
    also: { type: 'string', multiple: true, default: [] },
    only: { type: 'string', multiple: true },
  },
});

/** Every second round sends webhooks; the others are cold starts with one request alone. */
const ROUNDS_PER_LOAD = 2;
const [rounds, load]: [number, Load] = options.quick
  ? [3, { 'warm-up': 60, '1 KB': 120, '10 KB': 60, '100 KB': 20, '1 MB': 4 }]
  : [57, { 'warm-up': 150, '1 KB': 400, '10 KB': 200, '100 KB': 60, '1 MB': 12 }];

exitOnSignals();
if (platform !== 'linux')
  throw new Error('the bench reads /proc: run it on Linux, for example in a container');
refuseWhatMakesNoSense();
const wanted = (name: string) => options.only?.includes(name) ?? (!options.compare || name === 'product');
const built = await step('building the candidates', (note) => buildCandidates(wanted, note));
mkdirSync(`${root}/.local`, { recursive: true });
const programs = mkdtempSync(`${root}/.local/bench-programs-`);
process.once('exit', () => rmSync(programs, { recursive: true }));
const candidates = copied([...built, ...options.also.map(program)], programs);

if (options.count) {
  await count();
  process.exit();
}

if (options.compare) {
  console.log(comparisonTable(await step('comparing', compareAll)));
  process.exit();
}

const unpinnable = cannotPin();
if (unpinnable) console.log(`nothing is pinned: ${unpinnable}`);
const modes: readonly Mode[] = unpinnable ? ['unpinned'] : ['unpinned', 'pinned'];
// As it is kept, so that the chart can be drawn from it again.
const results: Results = JSON.parse(json(await step('measuring', measureAll)));

for (const mode of modes) console.log(table(results, mode));
console.log(sizeTable(results));
console.log(barTable(results));
// A rough run, or one of other candidates, is not to replace the one that docs/performance.md shows.
const keep = !options.quick && !options.only && options.also.length === 0;
const folder = `${root}/${keep ? 'bench/results' : '.local/bench'}`;
mkdirSync(folder, { recursive: true });
writeFileSync(`${folder}/results.json`, json(results));
writeFileSync(`${folder}/chart.svg`, chart(results));
console.log(`\n${folder}/results.json and chart.svg`);

/** Before anything is built. */
function refuseWhatMakesNoSense(): void {
  const { quick, count, compare, update, only = [], also } = options;
  if ([quick, count, compare].filter(Boolean).length > 1)
    throw new Error('--quick, --count and --compare are one of three');
  if (update && !count) throw new Error('--update writes what --count counts: give both');
  if (update && also.length > 0)
    throw new Error('the baseline is of the bench’s own candidates: leave out --also');
  const unknown = only.filter((name) => !CANDIDATES.includes(name));
  if (unknown.length > 0)
    throw new Error(`there is no candidate ${unknown}; there are ${CANDIDATES.join(', ')}`);
  const names = [...CANDIDATES, ...also.map((pair) => program(pair).name)];
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice) throw new Error(`--also ${twice}: there is a candidate of that name already`);
}

/** What `--also` names. */
function program(pair: string): Candidate {
  const { name, binary } = /^(?<name>[\w.-]+)=(?<binary>.+)$/.exec(pair)?.groups ?? {};
  if (!name || !binary) throw new Error(`--also takes NAME=PATH, not ${pair}`);
  if (!statSync(binary, { throwIfNoEntry: false })?.isFile())
    throw new Error(`--also ${name}: there is no file ${binary}`);
  return { name, binary };
}

/** Prints what each takes; fails where one takes twice what it did, or the product misses its bar. */
async function count(): Promise<void> {
  const unable = cannotCount();
  if (unable) throw new Error(`nothing can be counted: ${unable}`);
  const { binary } = await step('building the product for development', buildHost);
  const counting = [
    ...candidates.filter(({ name }) => name !== D),
    { name: 'product, dev build', binary },
  ] as const;
  const counted = await step('counting instructions', (note) => countInstructions(counting, note));
  console.log(instructionTable(counted));
  const init = initInA(counted);
  const holds = init === undefined || init <= MOST_INIT_IN_A;
  if (init) console.log(`\n${holds ? '✓' : '✗'} init in A: ${init.toFixed(1)} (≤ ${MOST_INIT_IN_A})`);
  if (options.update) return writeFileSync(BASELINE_FILE, json({ ...baseline(), ...counted }));
  const risen = Object.keys(counted).filter((name) => hasRisen(name, counted));
  if (risen.length > 0)
    throw new Error(`over ${MARGIN} times the instructions of ${BASELINE_FILE}: ${risen}`);
  if (!holds) throw new Error(`a cold start takes over ${MOST_INIT_IN_A} times the instructions of ${A}`);
}

async function compareAll(note: Note): Promise<Comparison> {
  const unpinnable = cannotPin();
  if (unpinnable) throw new Error(`nothing can be compared: ${unpinnable}`);
  const stage = await Stage.start();
  place('pinned');
  try {
    return await compare(candidates, stage, note);
  } finally {
    await stage.stop();
  }
}

async function measureAll(note: Note): Promise<Results> {
  const stage = await Stage.start();
  const samples = new Map<string, Figures[]>();
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (const mode of modes) {
        place(mode);
        for (const candidate of candidates) {
          note(`round ${round + 1} of ${rounds}, ${mode}: ${candidate.name}`);
          const key = `${mode} ${candidate.name}`;
          const sample = await measure(candidate, stage, round % ROUNDS_PER_LOAD === 0 ? load : undefined);
          samples.set(key, [...(samples.get(key) ?? []), sample]);
        }
      }
    }
  } finally {
    await stage.stop();
  }
  const measured = candidates.map((candidate): [string, Measured] => {
    const { file, zip } = sizes(candidate);
    const byMode = modes.map((mode) => [mode, collect(samples.get(`${mode} ${candidate.name}`) ?? [])]);
    return [candidate.name, { 'file MB': file / 1e6, 'zip MB': zip / 1e6, ...Object.fromEntries(byMode) }];
  });
  return { machine: await machine(), rounds, candidates: Object.fromEntries(measured) };
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

function json(value: object): string {
  const rounded = (_key: string, value: unknown) =>
    typeof value === 'number' ? +value.toPrecision(4) : value;
  const numbersOnOneLine = (text: string) =>
    text.replace(/\[[-\d.e,\s]*\]/g, (list) => list.replace(/\s+/g, ' '));
  return `${numbersOnOneLine(JSON.stringify(value, rounded, 2))}\n`;
}
