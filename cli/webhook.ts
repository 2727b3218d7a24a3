/** The command line. No command prints a secret or an expected signature. */
import packageJson from '../package.json' with { type: 'json' };
import { parseOptions, UsageError } from './arguments.ts';
import { doctor } from './doctor.ts';
import { HELP_OPTION, optionSection, PROGRAM, section, statusSection } from './help.ts';
import { send } from './send.ts';
import { smoke } from './smoke.ts';

const COMMANDS = [send, smoke, doctor];

const OPTIONS = {
  help: HELP_OPTION,
  version: { type: 'boolean', description: 'Show the version' },
} as const;

const HELP = [
  `Usage: ${PROGRAM} COMMAND [options]`,
  section(
    'Commands',
    COMMANDS.map(({ name, summary }) => [`${PROGRAM} ${name}`, summary]),
  ),
  optionSection(OPTIONS),
  statusSection('All is well', 'A check failed, a cause was found or a webhook was refused'),
  `\`${PROGRAM} COMMAND --help\` says more.\nIn a checkout, say \`npm run webhook --\` instead of \`${PROGRAM}\`.`,
].join('\n\n');

/** @returns the exit status */
async function main([name = '', ...args]: string[]): Promise<number> {
  const command = COMMANDS.find((known) => known.name === name);
  try {
    if (command) return await command.run(args);
    // Not quoted, as it may be a secret that was typed in the wrong place.
    if (!name.startsWith('-'))
      throw new UsageError(name ? 'there is no such command' : 'a command is missing');
    const { version } = parseOptions(PROGRAM, [name, ...args], OPTIONS);
    console.log(version ? packageJson.version : HELP);
    return 0;
  } catch (error) {
    // The message alone: a stack or a cause may quote what was read.
    const { message, name: kind } = error as Error;
    console.error(message || kind);
    if (!(error instanceof UsageError)) return 3;
    console.error(`\`${command ? `${PROGRAM} ${name}` : PROGRAM} --help\` says more`);
    return 2;
  }
}

process.exitCode = await main(process.argv.slice(2));
