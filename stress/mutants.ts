/**
 * Mutation testing of the function: each mutant is a small change of its code, and some test has to fail. The unit tests
 * come first; what they miss goes through the property tests and the contract suite. `.cargo/mutants.toml` has the changes
 * that no test can see, each with its reason.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import { cargoTool } from '../dev/common/cargo-tool.ts';
import { execute } from '../dev/common/command.ts';
import type { Note } from '../dev/common/progress.ts';
import { root } from '../dev/common/root.ts';
import { count, type Extent, type Row, zero } from './part.ts';

const CARGO_MUTANTS_VERSION = '27.1.0';
const OUTPUT = `${root}/.local/mutants`;
/** A mutant that hangs is caught. All tests together take two minutes. */
const TIMEOUT_S = 300;
/** Those of `tests/function`, the quick ones first. */
const CONTRACT_TESTS = [
  'configuration',
  'contract',
  'schemes',
  'sources',
  'published-event',
  'request',
  'metrics',
  'log',
  'secret',
  'hand-off',
  'aws-calls',
  'rotation',
].map((name) => `tests/function/${name}.test.ts`);

/** The file `outcomes.json` of cargo-mutants, as far as it is read. */
interface Outcomes {
  readonly total_mutants: number;
  readonly caught: number;
  readonly missed: number;
  readonly timeout: number;
}

export async function mutants(_extent: Extent, note: Note): Promise<Row[]> {
  const tool = await cargoTool('cargo-mutants', CARGO_MUTANTS_VERSION, note);
  rmSync(OUTPUT, { recursive: true, force: true });
  mkdirSync(OUTPUT, { recursive: true });
  const unit = await cargoMutants(tool, [], ['--lib'], note);
  // Leaves out what was caught. cargo runs the two in the order of their names.
  const contract = await cargoMutants(
    tool,
    ['--iterate'],
    ['--test', 'suite', '--test', 'wire_contract'],
    note,
  );
  const missed = readFileSync(`${OUTPUT}/mutants.out/missed.txt`, 'utf8').split('\n').filter(Boolean);
  return [
    count('mutants of the function that compile', unit.caught + unit.timeout + unit.missed),
    count('caught by a unit test', unit.caught + unit.timeout),
    count('caught by a property test or the contract suite', contract.caught + contract.timeout),
    zero('missed', contract.missed),
    ...missed.map((mutant): Row => ({ what: mutant, figure: 'missed', holds: false })),
  ];
}

/** Tests each mutant with some of cargo's test targets. */
async function cargoMutants(
  tool: string,
  options: readonly string[],
  targets: readonly string[],
  note: Note,
): Promise<Outcomes> {
  const own = ['--package', 'genesys-webhook', '--jobs', `${cpus().length}`, '--timeout', `${TIMEOUT_S}`];
  // For the build as well: words after `--` would be for the tests alone.
  const only = targets.map((word) => `--cargo-arg=${word}`);
  const { status, lines } = await execute(
    tool,
    ['mutants', ...own, '--output', OUTPUT, '--no-times', '--colors', 'never', ...options, ...only],
    {
      cwd: root,
      env: {
        ...process.env,
        CONTRACT_ROOT: root,
        CONTRACT_FILES: CONTRACT_TESTS.join(' '),
        // Every job has a target folder of its own, and nobody debugs what it builds.
        CARGO_TARGET_DIR: undefined,
        CARGO_PROFILE_DEV_DEBUG: 'none',
      },
      onLine: note,
    },
  );
  // 2: mutants were missed. 3: some hung.
  if (status !== 0 && status !== 2 && status !== 3) throw new Error(lines.slice(-30).join('\n'));
  return JSON.parse(readFileSync(`${OUTPUT}/mutants.out/outcomes.json`, 'utf8')) as Outcomes;
}
