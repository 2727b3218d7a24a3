/** The program that `buildArm64` of build.ts runs: builds the checkout of its second argument into its first. */
import { buildFunction } from '../cdk/build-function.ts';

const [output = '', checkout] = process.argv.slice(2);
try {
  buildFunction(output, { checkout });
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
