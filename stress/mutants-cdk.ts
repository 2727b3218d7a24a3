/**
 * Mutation testing of the construct library, as of the function (`mutants.ts`): the tests of `tests/cdk` against each small
 * change of `cdk`. The survivors are figures to look at and no claim, because many change what no template shows, such as
 * the text of an error.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { run } from '../dev/common/command.ts';
import { installedPins } from '../dev/common/npm-pins.ts';
import type { Note } from '../dev/common/progress.ts';
import { root } from '../dev/common/root.ts';
import { count, type Extent, type Row } from './part.ts';

/** Stryker 10 asks for Node 22.18. */
const PINS = 'stress/stryker';
const FOLDER = `${root}/.local/stryker`;

/** A Stryker report, as far as it is read (mutation-testing-report-schema). */
interface Report {
  readonly files: Record<string, { readonly mutants: readonly Mutant[] }>;
}

interface Mutant {
  readonly status: 'Killed' | 'Timeout' | 'Survived' | 'NoCoverage' | 'RuntimeError' | 'Ignored';
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly location: { readonly start: { readonly line: number } };
}

export async function mutantsOfCdk(_extent: Extent, note: Note): Promise<Row[]> {
  const packages = await installedPins(PINS, note);
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const report = `${FOLDER}/report.json`;
  const configuration = {
    testRunner: 'tap',
    plugins: [`${packages}/@stryker-mutator/tap-runner/dist/src/index.js`],
    mutate: ['cdk/**/*.ts'],
    // A text in the template is in the snapshot, and the wording of an error is no behaviour.
    mutator: { excludedMutations: ['StringLiteral'] },
    tap: {
      // The one that catches most comes first. cfn-lint takes long, and what it lints is in the snapshot.
      testFiles: ['tests/cdk/snapshot.test.ts', 'tests/cdk/!(snapshot|cfn-lint).test.ts'],
      nodeArgs: ['--import', 'tsx', '-r', '{{hookFile}}', '{{testFile}}'],
    },
    coverageAnalysis: 'perTest',
    // Stryker would read tsconfig.json through an interface that TypeScript 7 does not have.
    tsconfigFile: 'none',
    ignorePatterns: ['target', '.local', '.venv', 'cdk.out'],
    tempDirName: `${FOLDER}/sandbox`,
    dryRunTimeoutMinutes: 30,
    concurrency: cpus().length,
    reporters: ['json', 'progress-append-only'],
    jsonReporter: { fileName: report },
  };
  writeFileSync(`${FOLDER}/stryker.config.json`, JSON.stringify(configuration));
  const program = `${packages}/@stryker-mutator/core/bin/stryker.js`;
  await run(process.execPath, [program, 'run', `${FOLDER}/stryker.config.json`], { cwd: root, onLine: note });
  const { files } = JSON.parse(readFileSync(report, 'utf8')) as Report;
  const found = Object.entries(files)
    .flatMap(([file, { mutants }]) => mutants.map((mutant) => ({ file, ...mutant })))
    // Texts, which are left out above.
    .filter(({ status }) => status !== 'Ignored');
  const survivors = found.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
  return [
    count('mutants of the construct library', found.length),
    count('caught', found.length - survivors.length),
    ...survivors.map(({ file, location, mutatorName, replacement = '' }) => ({
      what: `${file}:${location.start.line}: ${mutatorName}: ${replacement.split('\n')[0]}`,
      figure: 'not caught',
    })),
  ];
}
