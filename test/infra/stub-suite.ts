import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { STAGES, type StageConfig, type StageName } from '#infra/aws/stage-config.ts';
import { addSuite, createApp } from '#infra/aws/suite.ts';

/** Templates do not depend on the content of bundles, and building seven of them would take most of a test's time. */
const stubCode = () => Code.fromInline('export const handler = () => {};');

/**
 * Without what takes half of a synthesis and leaves the templates as they are. The test of `cdk synth` has it.
 */
export const QUICK = {
  builtinCloudFormationValidation: false,
  treeMetadata: false,
  context: { 'aws:cdk:disable-stack-trace': true },
} as const;

export type SuiteTemplates = { readonly state: Template; readonly trading: Template; readonly watch: Template };

const synthesised = new Map<string, SuiteTemplates>();

/** The templates of a stage, with changed settings if given. Made once for each combination: do not modify them. */
export function synthSuite(name: StageName, changes: Partial<StageConfig> = {}): SuiteTemplates {
  const key = inspect([name, changes], { depth: null });
  const made = synthesised.get(key) ?? synthTemplates(name, changes);
  synthesised.set(key, made);
  return made;
}

function synthTemplates(name: StageName, changes: Partial<StageConfig>): SuiteTemplates {
  const outdir = mkdtempSync(join(tmpdir(), 'tminus-cdk-'));
  try {
    const app = createApp({ outdir, ...QUICK });
    const { state, trading, watch } = addSuite(app, { ...STAGES[name], ...changes }, stubCode);
    return {
      state: Template.fromStack(state),
      trading: Template.fromStack(trading),
      watch: Template.fromStack(watch),
    };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** For tests of the synthesis itself. */
export function addStubSuite(app: ReturnType<typeof createApp>, name: StageName) {
  return addSuite(app, STAGES[name], stubCode);
}
