/** `npm run setup`: everything that the other tasks would install when they first need it. */
import { arm64Toolchain } from './common/arm64.ts';
import { exitOnSignals } from './common/command.ts';
import { installed } from './common/venv.ts';

exitOnSignals();
for (const packages of ['local-aws', 'cfn-lint', 'moto'] as const) await installed(packages);
const { command } = await arm64Toolchain();
console.log(`all is there; the function is built for arm64 with ${command}`);
