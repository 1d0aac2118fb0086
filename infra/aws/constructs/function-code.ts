import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildBundle, DEPLOYED_SDK_MODE, PROJECT_ROOT } from '#infra/shared/bundling.ts';
import type { FunctionName } from '#lib/runtime/delivery-rules.ts';

/** The code of a function. Tests of templates pass a stub, which needs no build. */
export type CodeSource = (name: FunctionName) => Code;

export const bundledCode: CodeSource = (name) =>
  Code.fromAsset(PROJECT_ROOT, {
    // The bundle's hash, so that a changed comment does not cause a deployment.
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // CDK requires an image, but the local build below always succeeds.
      image: DockerImage.fromRegistry('unused'),
      // CDK caches assets by source and options, and the functions share their source: this distinguishes them.
      environment: { FUNCTION_NAME: name },
      local: {
        tryBundle: (outputDir) => {
          buildBundle({ name, sdk: DEPLOYED_SDK_MODE, outputDir });
          return true;
        },
      },
    },
  });
