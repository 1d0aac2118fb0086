import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildBundle, DEPLOYED_SDK_MODE, PROJECT_ROOT } from '#infra/shared/bundling.ts';
import type { FunctionName } from '#lib/runtime/delivery-rules.ts';

/** Where the code of a function comes from; tests of templates hand in something that need not be built. */
export type CodeSource = (name: FunctionName) => Code;

export const bundledCode: CodeSource = (name) =>
  Code.fromAsset(PROJECT_ROOT, {
    // The hash is that of the bundle: a comment in a source is no deployment.
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never run: the local build below does all of it. CDK asks for an image all the same.
      image: DockerImage.fromRegistry('unused'),
      // CDK keeps one asset for equal source and options, and the functions share their source: this tells them apart.
      environment: { FUNCTION_NAME: name },
      local: {
        tryBundle: (outputDir) => {
          buildBundle({ name, sdk: DEPLOYED_SDK_MODE, outputDir });
          return true;
        },
      },
    },
  });
