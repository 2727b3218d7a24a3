/**
 * `npm run synth`: the template and its assets in `cdk.out`, or in `--output DIR`. `--no-build` leaves the function
 * unbuilt, which takes seconds. Other arguments go to the CDK CLI.
 */
import { parseArgs } from 'node:util';
import { cdk } from './common/cdk.ts';

const args = process.argv.slice(2).filter((arg) => arg !== '--no-build');
const build = !process.argv.includes('--no-build');
// `list` synthesises as `synth` does, but bundles no asset.
const command = build ? ['synth', '--quiet'] : ['list'];
process.exitCode = cdk(...command, '--no-notices', ...args);
if (process.exitCode === 0) {
  const { values } = parseArgs({ args, options: { output: { type: 'string', short: 'o' } }, strict: false });
  const folder = values.output ?? 'cdk.out';
  console.log(`the template is in ${folder}`);
  if (!build) {
    console.log(
      `it is for reading: the function is not built, so \`cdk deploy --app ${folder}\` would deploy none`,
    );
  }
}
