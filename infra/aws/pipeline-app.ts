/**
 * The roles of GitHub's workflows, deployed by hand once for each stage (OPERATE.md, Deploy by GitHub):
 * `npx cdk deploy --app "node lib/cli/require-node.mjs infra/aws/pipeline-app.ts" -c stage=paper -c repository=OWNER/NAME`.
 */
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { reportInOneLine, stageOfAccount } from './app-input.ts';
import { addPipeline } from './stacks/pipeline-stack.ts';
import { createApp } from './suite.ts';

const app = createApp();
reportInOneLine(() => addPipeline(app, stageOfAccount(app), app.node.tryGetContext('repository')));
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
