/** `npm run webhook -- send | smoke | doctor`. No command prints a secret or an expected signature. */
import { UsageError } from './arguments.ts';
import { DOCTOR_HELP, doctor } from './doctor.ts';
import { SEND_HELP, send } from './send.ts';
import { SMOKE_HELP, smoke } from './smoke.ts';

const COMMANDS = new Map([
  ['send', { run: send, help: SEND_HELP }],
  ['smoke', { run: smoke, help: SMOKE_HELP }],
  ['doctor', { run: doctor, help: DOCTOR_HELP }],
]);

const HELP = `npm run webhook -- COMMAND [options]

  send     sign one webhook and send it
  smoke    check a stack after a deploy
  doctor   find out why webhooks are answered with 401

npm run webhook -- COMMAND --help says more.`;

/** @returns the exit status */
async function main([name, ...args]: string[]): Promise<number> {
  const command = COMMANDS.get(name ?? '');
  if (name === '--help' || (command && args.includes('--help'))) {
    console.log(command?.help ?? HELP);
    return 0;
  }
  if (!command) {
    // Not quoted, as it may be a secret that was typed in the wrong place.
    console.error(`${name ? 'there is no such command' : 'a command is missing'}\n\n${HELP}`);
    return 1;
  }
  try {
    return await command.run(args);
  } catch (error) {
    // The message alone: a stack or a cause may quote what was read.
    const { message, name, code = '' } = error as NodeJS.ErrnoException;
    console.error(message || name);
    if (error instanceof UsageError || code.startsWith('ERR_PARSE_ARGS')) console.error(`\n${command.help}`);
    return 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
