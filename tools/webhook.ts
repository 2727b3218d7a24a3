/** `npm run webhook -- send | smoke | doctor`: for people who set up, deploy and mend. None of it prints a secret or an expected signature. */
import { DOCTOR_HELP, doctor } from './webhook/doctor.ts';
import { SEND_HELP, send } from './webhook/send.ts';
import { SMOKE_HELP, smoke } from './webhook/smoke.ts';

const COMMANDS: Record<string, { run: (args: string[]) => Promise<number>; help: string }> = {
  send: { run: send, help: SEND_HELP },
  smoke: { run: smoke, help: SMOKE_HELP },
  doctor: { run: doctor, help: DOCTOR_HELP },
};

const HELP = `npm run webhook -- COMMAND [options]

  send     sign one webhook and send it
  smoke    check a stack after a deploy
  doctor   find out why webhooks are answered with 401

npm run webhook -- COMMAND --help says more.`;

const [name = '', ...args] = process.argv.slice(2);
const command = COMMANDS[name];
if (command && !args.includes('--help')) {
  process.exitCode = await command.run(args);
} else {
  console.log(command?.help ?? HELP);
  process.exitCode = command || name === '--help' ? 0 : 1;
}
