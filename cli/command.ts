import { type Options, parseOptions, type Values } from './arguments.ts';
import { HELP_OPTION, indented, optionSection, PROGRAM, statusSection, wrapped } from './help.ts';

interface Definition<T extends Options, R extends { ok: boolean }> {
  name: string;
  /** A line in the list of commands. */
  summary: string;
  /** What may follow the command's name. */
  usage: string[];
  description: string;
  options: T;
  /** Whole command lines. */
  examples: string[];
  /** What the exit statuses 0 and 1 mean. */
  statuses: [well: string, unwell: string];
  /** Does the work. The result is printed, so it holds no secret, and no signature that would be right. */
  work(values: Values<T>): Promise<R>;
  /** The result for people. */
  text(result: R): string;
}

/** For commands whose whole result may be kept; with status 2 or 3 nothing is on standard output. */
export const JSON_OPTION = { type: 'boolean', description: 'Print the result as one JSON document' } as const;

export interface Command {
  name: string;
  summary: string;
  help: string;
  /** @returns the exit status */
  run(args: string[]): Promise<number>;
}

export function command<const T extends Options, R extends { ok: boolean }>(
  definition: Definition<T, R>,
): Command {
  const { name, summary, usage, description, examples, statuses, work, text } = definition;
  const program = `${PROGRAM} ${name}`;
  const options: Options = { ...definition.options, help: HELP_OPTION };
  const help = [
    usage.map((words, index) => `${index === 0 ? 'Usage:' : '      '} ${program} ${words}`).join('\n'),
    wrapped(description).join('\n'),
    optionSection(options),
    `Examples:\n${indented(examples.join('\n'))}`,
    statusSection(...statuses),
  ].join('\n\n');

  async function run(args: string[]) {
    const values = parseOptions(program, args, options);
    if (values.help) {
      console.log(help);
      return 0;
    }
    const result = await work(values as Values<T>);
    console.log(values.json ? JSON.stringify(result, null, 2) : text(result));
    return result.ok ? 0 : 1;
  }
  return { name, summary, help, run };
}
