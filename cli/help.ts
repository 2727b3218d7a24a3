/** Help as the CDK CLI lays it out. */
import type { Options } from './arguments.ts';
import { table } from './table.ts';

/** However it was started: `npm run webhook --` in a checkout is told of once, in the help of the program itself. */
export const PROGRAM = 'genesys-webhook';

const WIDTH = 80;

export const HELP_OPTION = { type: 'boolean', short: 'h', description: 'Show this help' } as const;

/** What each exit status means. The first two are a command's own. */
export function statusSection(well: string, unwell: string): string {
  return section('Exit status', [
    ['0', well],
    ['1', unwell],
    ['2', 'The command line is wrong'],
    ['3', 'It could not be done (no such stack, no AWS credentials, no answer)'],
  ]);
}

export function optionSection(options: Options): string {
  const rows = Object.entries(options).map(([name, option]): Row => {
    const fallback = option.default ?? option.otherwise;
    return [
      [option.short && `-${option.short},`, `--${name}`, option.placeholder].filter(Boolean).join(' '),
      option.description,
      `[${option.type}]${fallback ? ` [default: ${fallback}]` : ''}`,
    ];
  });
  return section('Options', rows);
}

type Row = readonly [term: string, text: string, note?: string];

/** Terms with what is said of each beside them, and the note at the right edge. */
export function section(title: string, rows: readonly Row[]): string {
  const width = WIDTH - 4 - Math.max(...rows.map(([term]) => term.length));
  const lines = rows.flatMap(([term, text, note = '']) => {
    const lines = wrapped(text, width);
    const last = lines.at(-1) ?? '';
    if (last.length + note.length < width) lines.splice(-1, 1, last + note.padStart(width - last.length));
    else if (note) lines.push(note.padStart(width));
    return lines.map((line, index) => [index === 0 ? term : '', line]);
  });
  return `${title}:\n${indented(table(lines))}`;
}

export function indented(text: string): string {
  return text.replace(/^/gm, '  ');
}

export function wrapped(text: string, width = WIDTH): string[] {
  return text.match(new RegExp(`\\S.{0,${width - 1}}(?= |$)`, 'g')) ?? [];
}
