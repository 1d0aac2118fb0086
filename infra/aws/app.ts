/** The CDK application: `npx cdk synth -c stage=paper`, `npx cdk deploy -c stage=paper --all`. */
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { bundledCode } from './constructs/bundling.ts';
import { stageConfigOf } from './stage-config.ts';
import { addSuite, createApp } from './suite.ts';

const app = createApp();
addSuite(app, stageConfigOf(app.node.tryGetContext('stage')), bundledCode);
// A finding that nobody has answered for stops the synthesis, and with it the deployment.
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
