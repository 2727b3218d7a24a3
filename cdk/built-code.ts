import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildFunction, ownCheckout } from './build-function.ts';

/**
 * This checkout's function; in the package, `packaged-code.ts` has its place. The CDK compiles it when it bundles the
 * stack, which `cdk list` and `cdk destroy` do not. It bundles equal options once, so all instances in an app share one
 * build.
 *
 * @param onFailure - gets the reason of a failed build, because the CDK replaces the error by its own
 */
export function ownCode(onFailure: (why: string) => void): Code {
  return Code.fromAsset(ownCheckout, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never pulled: the CDK asks for an image, and turns to it only where `tryBundle` returns false.
      image: DockerImage.fromRegistry('none'),
      local: {
        tryBundle(outputDir) {
          try {
            buildFunction(outputDir);
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
