import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Validations } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { afterAll, describe, expect, it } from 'vitest';
import { STAGE_NAMES, type StageName } from '#infra/aws/stage-config.ts';
import { createApp, type SuiteStacks } from '#infra/aws/suite.ts';
import { addStubSuite } from './stub-suite.ts';

const root = mkdtempSync(join(tmpdir(), 'tminus-rules-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Synthesises a stage under the AWS Solutions rules. @throws Error that names every finding nobody has answered for */
function synthUnderRules(stage: StageName, plant: (stacks: SuiteStacks) => void = () => {}): void {
  const app = createApp({ outdir: mkdtempSync(join(root, `${stage}-`)) });
  plant(addStubSuite(app, stage));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  const { exitCode } = process;
  try {
    app.synth();
  } finally {
    // A finding ends a real synthesis with this; the test runner has its own.
    process.exitCode = exitCode;
  }
}

describe('the security rules of AWS', () => {
  it.each(STAGE_NAMES)('find nothing unanswered in stage %s', (stage) => {
    expect(() => synthUnderRules(stage)).not.toThrow();
  });

  it('would find a right to everything', () => {
    const plant = ({ trading }: SuiteStacks) =>
      trading.functions.summary.lambda.addToRolePolicy(
        new PolicyStatement({ actions: ['s3:GetObject'], resources: ['*'] }),
      );
    expect(() => synthUnderRules('paper', plant)).toThrow('AwsSolutions-IAM5[Resource::*]');
  });
});
