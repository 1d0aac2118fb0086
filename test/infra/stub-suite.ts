import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import type { Rollout } from '#infra/aws/rollout.ts';
import { STAGES, type StageConfig, type StageName } from '#infra/aws/stage-config.ts';
import { addSuite, createApp, TEMPLATES_ONLY } from '#infra/aws/suite.ts';
import { FUNCTION_NAMES } from '#lib/runtime/delivery-rules.ts';

/** Of a stage as it is delivered: interactions are off. */
export const STAGE_FUNCTIONS = FUNCTION_NAMES.filter((name) => name !== 'interactions');

/** Templates do not depend on the content of bundles, and building seven of them would take most of a test's time. */
export const stubCode = () => Code.fromInline('export const handler = () => {};');

export type SuiteTemplates = { readonly state: Template; readonly trading: Template; readonly watch: Template };
type SuiteTags = Readonly<Record<keyof SuiteTemplates, Readonly<Record<string, string>>>>;

/** Of no checkout, so that templates and their snapshots are the same for every commit. */
export const STUB_COMMIT = 'c0ffee0000000000000000000000000000c0ffee';
const sources = { codeOf: stubCode, commit: STUB_COMMIT, rollout: 'gradual' } as const;

const synthesised = new Map<string, SuiteTemplates & { readonly tags: SuiteTags }>();

/** The templates of a stage, with changed settings if given, pinned to no account: yours belongs into the stage, and
 * the snapshots stay. Made once for each combination: do not modify them. */
export function synthSuite(name: StageName, changes: Partial<StageConfig> = {}, rollout: Rollout = 'gradual') {
  const key = inspect([name, changes, rollout], { depth: null });
  const made = synthesised.get(key) ?? synthTemplates(name, changes, rollout);
  synthesised.set(key, made);
  return made;
}

function synthTemplates(
  name: StageName,
  changes: Partial<StageConfig>,
  rollout: Rollout,
): SuiteTemplates & { readonly tags: SuiteTags } {
  const outdir = mkdtempSync(join(tmpdir(), 'tminus-cdk-'));
  try {
    const app = createApp({ outdir, ...TEMPLATES_ONLY });
    const { state, trading, watch } = addSuite(
      app,
      { ...STAGES[name], account: null, ...changes },
      { ...sources, rollout },
    );
    return {
      state: Template.fromStack(state),
      trading: Template.fromStack(trading),
      watch: Template.fromStack(watch),
      tags: { state: state.tags.tagValues(), trading: trading.tags.tagValues(), watch: watch.tags.tagValues() },
    };
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** For tests of the synthesis itself. */
export function addStubSuite(app: ReturnType<typeof createApp>, name: StageName, account: string | null = null) {
  return addSuite(app, { ...STAGES[name], account }, sources);
}
