import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Binary } from '../contract/binaries.ts';
import { buildFunction, ownCheckout } from './build-function.ts';

/**
 * A function of this checkout; in the package, `packaged-code.ts` has its place. The CDK compiles it when it bundles the
 * stack, which `cdk list` and `cdk destroy` do not. It bundles equal options once, so all instances in an app share one
 * build of each binary.
 *
 * @param onFailure - gets the reason of a failed build, because the CDK replaces the error by its own
 */
export function ownCode(binary: Binary, onFailure: (why: string) => void): Code {
  return Code.fromAsset(ownCheckout, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never pulled: the CDK asks for an image, and turns to it only where `tryBundle` returns false.
      image: DockerImage.fromRegistry('none'),
      // Never run: it tells the binaries apart, because the CDK compares options without their functions.
      command: [binary],
      local: {
        tryBundle(outputDir) {
          try {
            buildFunction(outputDir, { binary });
          } catch (error) {
            onFailure((error as Error).message);
            throw error;
          }
          return true;
        },
      },
    },
  });
}
