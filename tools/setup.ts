/** `npm run setup`: everything that the other tasks would install when they first need it. */
import { arm64Toolchain } from './setup/arm64.ts';
import { exitOnSignals } from './setup/command.ts';
import { installed } from './setup/venv.ts';

exitOnSignals();
await installed('local-aws');
await installed('cfn-lint');
const { command } = await arm64Toolchain();
console.log(`all is there; the function is built for arm64 with ${command}`);
