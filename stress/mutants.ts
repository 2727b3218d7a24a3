/**
 * Mutation testing of the function: each mutant is a small change of its code, and some test has to fail: a unit test, a
 * property test, or one of the contract suite. `.cargo/mutants.toml` has the changes that no test can see, each with its
 * reason.
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
const CONTRACT_TESTS =
  'configuration contract schemes sources published-event request metrics log secret hand-off aws-calls rotation'
    .split(' ')
    .map((name) => `tests/function/${name}.test.ts`);

/** The file `outcomes.json` of cargo-mutants, as far as it is read. */
interface Outcomes {
  readonly caught: number;
  readonly missed: number;
  readonly timeout: number;
}

export async function mutants(_extent: Extent, note: Note): Promise<Row[]> {
  const tool = await cargoTool('cargo-mutants', CARGO_MUTANTS_VERSION, note);
  rmSync(OUTPUT, { recursive: true, force: true });
  mkdirSync(OUTPUT, { recursive: true });
  const options = ['--package', 'genesys-webhook', '--jobs', `${cpus().length}`, '--timeout', `${TIMEOUT_S}`];
  // cargo runs the tests of the library first and the others in the order of their names, until one fails.
  const targets = ['--lib', '--test=suite', '--test=wire_contract'].map((target) => `--cargo-arg=${target}`);
  const { status, lines } = await execute(
    tool,
    ['mutants', ...options, ...targets, '--output', OUTPUT, '--no-times', '--colors', 'never'],
    {
      cwd: root,
      env: {
        ...process.env,
        CONTRACT_ROOT: root,
        CONTRACT_FILES: CONTRACT_TESTS.join(' '),
        PROPTEST_CASES: '32',
        // Every job has a target folder of its own, and nobody debugs what it builds.
        CARGO_TARGET_DIR: undefined,
        CARGO_PROFILE_DEV_DEBUG: 'none',
      },
      onLine: note,
    },
  );
  // 2: mutants were missed. 3: some hung.
  if (status !== 0 && status !== 2 && status !== 3) throw new Error(lines.slice(-30).join('\n'));
  const read = (file: string) => readFileSync(`${OUTPUT}/mutants.out/${file}`, 'utf8');
  const { caught, missed, timeout } = JSON.parse(read('outcomes.json')) as Outcomes;
  return [
    count('mutants that compile', caught + missed + timeout),
    count('caught by a test, or by the time limit', caught + timeout),
    zero('missed', missed),
    ...read('missed.txt')
      .split('\n')
      .filter(Boolean)
      .map((mutant) => ({ what: mutant, figure: 'missed', holds: false })),
  ];
}
