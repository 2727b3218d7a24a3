/**
 * `npm run setup`: installs everything that the other tasks need. Only this task and `package` let rustup change the
 * machine's Rust.
 */
import { addArm64Target } from './common/arm64-target.ts';
import { exitOnSignals } from './common/command.ts';
import { installed } from './common/venv.ts';

exitOnSignals();
for (const packages of ['local-aws', 'cfn-lint', 'moto', 'cargo-lambda'] as const) await installed(packages);
await addArm64Target();
console.log('all is there');
