/** `npm run deploy`: `cdk deploy` with what it needs to build the function. Arguments go to the CDK CLI. */
import { arm64Toolchain } from './setup/arm64.ts';
import { cdk } from './setup/cdk.ts';

await arm64Toolchain();
process.exitCode = cdk('deploy', ...process.argv.slice(2));
