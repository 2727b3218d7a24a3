/** `npm run deploy`: `cdk deploy`. Arguments go to the CDK CLI. */
import { cdk } from './common/cdk.ts';

process.exitCode = cdk('deploy', ...process.argv.slice(2));
