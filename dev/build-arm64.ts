/** Run by `buildArm64` of build.ts. Builds the checkout in its second argument into the folder in its first. */
import { join } from 'node:path';
import { buildFunction } from '../cdk/build-function.ts';
import { BINARIES } from '../contract/binaries.ts';

const [output = '', checkout] = process.argv.slice(2);
try {
  for (const binary of BINARIES) buildFunction(join(output, binary), { binary, checkout });
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
