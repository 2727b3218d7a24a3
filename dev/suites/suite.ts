/** The suites of `npm test`. Each runs something and counts its tests. */
import { execute } from '../common/command.ts';
import { root } from '../common/root.ts';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export interface Result extends Counts {
  /** What there is to read where it failed. */
  readonly output: readonly string[];
}

export interface Suite {
  readonly name: string;
  readonly run: () => Promise<Result>;
}

/** A command line, its words separated by single spaces, that is one check. */
export function command(name: string, line: string): Suite {
  const [program = '', ...args] = line.split(' ');
  return counted(name, [program, ...args], {}, (_, ok) => ({
    passed: ok ? 1 : 0,
    failed: ok ? 0 : 1,
    skipped: 0,
  }));
}

/** cargo's tests, which print `test result: ok. 12 passed; 0 failed; 1 ignored; …` for each test binary. */
export function cargoTests(name: string, ...args: readonly string[]): Suite {
  return counted(name, ['cargo', 'test', ...args], {}, (lines) => {
    const sum = (label: string) => sumOf(lines, new RegExp(`^test result: .*?(\\d+) ${label}`));
    return { passed: sum('passed'), failed: sum('failed'), skipped: sum('ignored') };
  });
}

/** Files for Node's test runner, which ends with `ℹ pass 12` and so on. */
export function nodeTests(
  name: string,
  files: readonly string[],
  env: NodeJS.ProcessEnv = {},
  node = process.execPath,
): Suite {
  // Without files Node would look for some itself.
  if (files.length === 0) throw new Error(`the suite ${name} has no test files`);
  // Two files at once: these suites wait more than they compute.
  const options = ['--import', 'tsx', '--test', '--test-concurrency', '2', '--test-reporter', 'spec'];
  const words = [node, ...options, ...files] as const;
  return counted(name, words, env, (lines) => {
    const sum = (label: string) => sumOf(lines, new RegExp(`^ℹ ${label} (\\d+)`));
    return {
      passed: sum('pass'),
      failed: sum('fail') + sum('cancelled'),
      skipped: sum('skipped') + sum('todo'),
    };
  });
}

/** A command that fails without naming a failed test, or that ran no test, counts as one failure. */
function counted(
  name: string,
  [program, ...args]: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
  count: (lines: readonly string[], ok: boolean) => Counts,
): Suite {
  const run = async () => {
    const { status, lines } = await execute(program, args, {
      cwd: root,
      env: { ...process.env, NO_COLOR: '1', ...env },
    });
    const ok = status === 0;
    const counts = count(lines, ok);
    if (!ok) return { ...counts, failed: counts.failed || 1, output: lines };
    const ran = counts.passed + counts.failed > 0;
    return ran ? { ...counts, output: lines } : { ...counts, failed: 1, output: [...lines, 'no test ran'] };
  };
  return { name, run };
}

function sumOf(lines: readonly string[], pattern: RegExp): number {
  return lines.reduce((sum, line) => sum + Number(pattern.exec(line)?.[1] ?? 0), 0);
}
