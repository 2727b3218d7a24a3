/** Run by `buildArm64` of build.ts. Builds the checkout in its second argument into the folder in its first. */
import { buildFunction } from '../cdk/build-function.ts';

const [output = '', checkout] = process.argv.slice(2);
try {
  buildFunction(output, { checkout });
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
