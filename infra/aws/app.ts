/** The CDK application: `npx cdk synth -c stage=paper`, `npx cdk deploy -c stage=paper --all`. */
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { bundledCode } from './constructs/function-code.ts';
import { type StageConfig, stageConfigOf } from './stage-config.ts';
import { addSuite, createApp } from './suite.ts';

const app = createApp();
reportInOneLine(() => addSuite(app, readStage(), bundledCode));
// A finding that is not acknowledged fails the synthesis, and with it the deployment.
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();

/** Every CDK command runs this file, `bootstrap` too: a missing stage is reported in one line. */
function readStage(): StageConfig {
  return stageConfigOf(app.node.tryGetContext('stage'));
}

function reportInOneLine(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : 'The stage cannot be read'}\n`);
    process.exit(1);
  }
}
