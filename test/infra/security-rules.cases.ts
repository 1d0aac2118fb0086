import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, describe, expect, it } from 'vitest';
import { STAGE_NAMES, type StageName } from '#infra/aws/stage-config.ts';
import { createApp, type SuiteStacks, TEMPLATES_ONLY } from '#infra/aws/suite.ts';
import { IS_LONG } from '#test/fixtures/test-length.ts';
import { addStubSuite } from './stub-suite.ts';

const root = mkdtempSync(join(tmpdir(), 'tminus-rules-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Synthesises a stage with the AWS Solutions rules. @throws Error that names every unacknowledged finding */
function synthUnderRules(
  stage: StageName,
  plant: (stacks: SuiteStacks) => void = () => {},
  account: string | null = null,
): void {
  // CDK's own validation takes seconds. The test of `cdk synth` has it.
  const app = createApp({ outdir: mkdtempSync(join(root, `${stage}-`)), ...(!IS_LONG && TEMPLATES_ONLY) });
  plant(addStubSuite(app, stage, account));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const { exitCode } = process;
  try {
    app.synth();
  } finally {
    // A finding sets the exit code, which belongs to the test runner here.
    process.exitCode = exitCode;
  }
}

describe('the AWS Solutions rules', () => {
  it.each(STAGE_NAMES)('find nothing unacknowledged in stage %s', (stage) => {
    expect(() => synthUnderRules(stage)).not.toThrow();
  });

  it('find nothing in a stage that is pinned to an account', () => {
    expect(() => synthUnderRules('live', () => {}, '111111111111')).not.toThrow();
  });

  it('find a planted permission on every resource', () => {
    const plant = ({ trading }: SuiteStacks) =>
      trading.functions.summary.lambda.addToRolePolicy(
        new PolicyStatement({ actions: ['s3:GetObject'], resources: ['*'] }),
      );
    expect(() => synthUnderRules('paper', plant)).toThrow('AwsSolutions-IAM5[Resource::*]');
  });
});
