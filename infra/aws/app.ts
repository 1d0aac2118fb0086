/** The CDK application: `npx cdk synth -c stage=paper`, `npx cdk deploy -c stage=paper --all`. */
import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readCommit } from '#infra/shared/read-commit.ts';
import { reportInOneLine, stageOfAccount } from './app-input.ts';
import { bundledCode } from './constructs/function-code.ts';
import { ROLLOUTS, type Rollout } from './rollout.ts';
import { addSuite, createApp } from './suite.ts';

const app = createApp();
reportInOneLine(() =>
  addSuite(app, stageOfAccount(app), { codeOf: bundledCode, commit: nameCommit(), rollout: readRollout() }),
);
// A finding that is not acknowledged fails the synthesis, and with it the deployment.
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();

/** `-c commit=` for a copy without git. */
function nameCommit(): string {
  const named: unknown = app.node.tryGetContext('commit');
  return typeof named === 'string' ? named : readCommit();
}

/** `-c rollout=now` for a release that mends what a raised alarm tells of: it is not held back by that alarm. */
function readRollout(): Rollout {
  const named: unknown = app.node.tryGetContext('rollout') ?? 'gradual';
  const known = ROLLOUTS.find((each) => each === named);
  if (known !== undefined) return known;
  throw new Error(`There is no such rollout. Add one of: ${ROLLOUTS.map((each) => `-c rollout=${each}`).join(', ')}`);
}
