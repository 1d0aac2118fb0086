/** The roles of the workflows, deployed by hand once for each stage: OPERATE.md, "Deploy by GitHub". */
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { reportInOneLine, stageOfAccount } from './app-input.ts';
import { addPipeline } from './stacks/pipeline-stack.ts';
import { createApp } from './suite.ts';

const app = createApp();
reportInOneLine(() => addPipeline(app, stageOfAccount(app), app.node.tryGetContext('repository')));
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
