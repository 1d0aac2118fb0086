import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import * as z from 'zod';
import { UNKNOWN_COMMIT } from '#lib/runtime/short-commit.ts';
import { STAGES, type StageName } from './stage-config.ts';
import { addSuite, createApp, TEMPLATES_ONLY } from './suite.ts';

const AlarmSchema = z.object({
  Properties: z.object({ Metrics: z.array(z.object({ MetricStat: z.unknown().optional() })).optional() }),
});

/** Counts the resources of a stage that AWS bills by the month. */
export function readFixedParts(stage: StageName) {
  const config = STAGES[stage];
  const templates = synthesise(stage);
  const listOf = (type: string): readonly unknown[] =>
    templates.flatMap((template) => Object.values(template.findResources(type)));
  return {
    alarmMetrics: listOf('AWS::CloudWatch::Alarm').reduce<number>((sum, alarm) => sum + countMetrics(alarm), 0),
    dashboards: listOf('AWS::CloudWatch::Dashboard').length,
    secrets: listOf('AWS::SecretsManager::Secret').length,
    signingKeys: listOf('AWS::KMS::Key').length,
    canaryPeriodMinutes: config.canaryPeriodMinutes,
    logRetentionDays: config.logRetentionDays,
  };
}

function synthesise(stage: StageName): readonly Template[] {
  const outdir = mkdtempSync(join(tmpdir(), 'tminus-cdk-'));
  try {
    const app = createApp({ outdir, ...TEMPLATES_ONLY });
    const { state, trading, watch } = addSuite(app, STAGES[stage], {
      codeOf: () => Code.fromInline('//'),
      commit: UNKNOWN_COMMIT,
      rollout: 'gradual',
    });
    return [state, trading, watch].map((stack) => Template.fromStack(stack));
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** AWS bills an alarm on an expression for each metric in it. */
function countMetrics(alarm: unknown): number {
  const { Metrics } = AlarmSchema.parse(alarm).Properties;
  return Metrics === undefined ? 1 : Metrics.filter(({ MetricStat }) => MetricStat !== undefined).length;
}
