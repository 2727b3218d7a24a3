/**
 * `npm run synth`: the template and its assets in `cdk.out`. `--no-build` leaves the function unbuilt, which takes
 * seconds. Other arguments go to the CDK CLI.
 */
import { cdk } from './common/cdk.ts';

const args = process.argv.slice(2).filter((arg) => arg !== '--no-build');
const build = !process.argv.includes('--no-build');
// `list` synthesises as `synth` does, but bundles no asset.
const command = build ? ['synth', '--quiet'] : ['list'];
process.exitCode = cdk(...command, '--no-notices', ...args);
if (process.exitCode === 0) {
  console.log('the template is in cdk.out');
  if (!build)
    console.log(
      'it is for reading: the function is not built, so `cdk deploy --app cdk.out` would deploy none',
    );
}
