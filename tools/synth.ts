/**
 * `npm run synth`: the template and its assets in `cdk.out`. `--no-build` leaves the function unbuilt, which takes
 * seconds. Other arguments go to the CDK CLI.
 */
import { arm64Toolchain } from './setup/arm64.ts';
import { cdk } from './setup/cdk.ts';

const args = process.argv.slice(2);
const build = !args.includes('--no-build');
if (build) await arm64Toolchain();
// `list` synthesises as `synth` does, but bundles no asset.
const status = cdk(
  build ? 'synth' : 'list',
  '--quiet',
  '--no-notices',
  ...args.filter((arg) => arg !== '--no-build'),
);
if (status === 0) console.log('the template is in cdk.out');
process.exitCode = status;
