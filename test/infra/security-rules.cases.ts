import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { afterAll, describe, expect, it } from 'vitest';
import { STAGE_NAMES, type StageName } from '#infra/aws/stage-config.ts';
import { createApp, type SuiteStacks, TEMPLATES_ONLY } from '#infra/aws/suite.ts';
import { IS_LONG } from '#test/fixtures/test-length.ts';
import { addStubSuite } from './stub-suite.ts';
import { synthUnderRules } from './under-rules.ts';

const root = mkdtempSync(join(tmpdir(), 'tminus-rules-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** @throws Error that names every unacknowledged finding */
function checkStage(
  stage: StageName,
  plant: (stacks: SuiteStacks) => void = () => {},
  account: string | null = null,
): void {
  // CDK's own validation takes seconds. The test of `cdk synth` has it.
  const app = createApp({ outdir: mkdtempSync(join(root, `${stage}-`)), ...(!IS_LONG && TEMPLATES_ONLY) });
  plant(addStubSuite(app, stage, account));
  synthUnderRules(app);
}

describe('the AWS Solutions rules', () => {
  it.each(STAGE_NAMES)('find nothing unacknowledged in stage %s', (stage) => {
    expect(() => checkStage(stage)).not.toThrow();
  });

  it('find nothing in a stage that is pinned to an account', () => {
    expect(() => checkStage('live', () => {}, '111111111111')).not.toThrow();
  });

  it('find a planted permission on every resource', () => {
    const plant = ({ trading }: SuiteStacks) =>
      trading.functions.summary.lambda.addToRolePolicy(
        new PolicyStatement({ actions: ['s3:GetObject'], resources: ['*'] }),
      );
    expect(() => checkStage('paper', plant)).toThrow('AwsSolutions-IAM5[Resource::*]');
  });
});
