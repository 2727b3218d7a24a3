/**
 * Instructions that a verification takes, not time: the same wherever a wrong signature differs, and whichever secret
 * matches. stress/fuzz/timing is what is counted, with the function's release profile.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { TARGET } from '../dev/build.ts';
import { run } from '../dev/common/command.ts';
import type { Note } from '../dev/common/progress.ts';
import { root } from '../dev/common/root.ts';
import { temporaryFolder } from '../tests/support/temporary-folder.ts';
import { type Extent, grouped, type Row } from './part.ts';

const MEASURED = 'timing::measured';

/** Why nothing can be counted here, or undefined. */
export function cannotCount(): string | undefined {
  if (spawnSync('valgrind', ['--version']).status !== 0) return 'valgrind is not there: install its package';
}

export async function timing(extent: Extent, note: Note): Promise<Row[]> {
  const missing = cannotCount();
  if (missing) throw new Error(missing);
  // The release profile takes minutes to build.
  const [profile, output] = extent === 'full' ? ['release', 'release'] : ['dev', 'debug'];
  const what = ['--locked', '--manifest-path', `${root}/stress/fuzz/Cargo.toml`, '--package', 'timing'];
  const args = ['build', '--profile', profile, ...what, '--target-dir', TARGET];
  await run('cargo', args, { cwd: root, onLine: note });
  const counts = `${temporaryFolder()}/counts`;
  const options = [`--toggle-collect=${MEASURED}`, `--dump-after=${MEASURED}`, '--collect-atstart=no'];
  const program = [`--callgrind-out-file=${counts}`, ...options, `${TARGET}/${output}/timing`];
  const printed = await run('valgrind', ['--tool=callgrind', ...program], { onLine: note });
  const counted = printed.split('\n').map((line, index) => {
    const [scheme = '', verification = ''] = line.split('\t');
    const [, instructions] = /^totals: (\d+)$/m.exec(readFileSync(`${counts}.${index + 1}`, 'utf8')) ?? [];
    return { scheme, verification, instructions: Number(instructions) };
  });
  return [...new Set(counted.map(({ scheme }) => scheme))].flatMap((scheme) =>
    compare(
      scheme,
      counted.filter((one) => one.scheme === scheme),
    ),
  );
}

interface Counted {
  verification: string;
  instructions: number;
}

function compare(scheme: string, counted: readonly Counted[]): Row[] {
  const of = (pattern: RegExp) =>
    counted.filter(({ verification }) => pattern.test(verification)).map(({ instructions }) => instructions);
  const same = (what: string, pattern: RegExp): Row => {
    const all = of(pattern);
    const [least, most] = [Math.min(...all), Math.max(...all)];
    const figure = least === most ? grouped(least) : `${grouped(least)} to ${grouped(most)}`;
    return { what: `${scheme}: ${what} (${all.length})`, figure, holds: all.length > 1 && least === most };
  };
  const [previous = 0] = of(/AWSPREVIOUS/);
  const [current = 0] = of(/AWSCURRENT/);
  return [
    same('wrong in the first, the middle, the last or every byte', /^wrong/),
    same('right by the 1st, 2nd or 3rd secret', /^right by the/),
    {
      what: `${scheme}: more where the label is AWSPREVIOUS, for its grace`,
      figure: grouped(previous - current),
    },
  ];
}
