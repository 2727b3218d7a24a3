/** `npm run deploy`: `cdk deploy` with what it needs to build the function. Arguments go to the CDK CLI. */
import { toolchainFor } from './common/arm64.ts';
import { cdk } from './common/cdk.ts';

const args = process.argv.slice(2);
await toolchainFor(args);
process.exitCode = cdk('deploy', ...args);
