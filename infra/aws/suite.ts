import { App, type AppProps, CfnOutput, Tags } from 'aws-cdk-lib';
import recommendedFeatures from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import { UNKNOWN_COMMIT } from '#lib/runtime/short-commit.ts';
import { checkStageConfig } from './check-stage-config.ts';
import type { CodeSource } from './constructs/function-code.ts';
import { OUTPUTS } from './outputs.ts';
import type { Release } from './rollout.ts';
import { StateStack } from './stacks/state-stack.ts';
import { TradingStack } from './stacks/trading-stack.ts';
import { WatchStack } from './stacks/watch-stack.ts';
import { type StageConfig, stackEnvOf, stackNameOf } from './stage-config.ts';

/** CDK's recommended feature flags, here and not in cdk.json so that tests synthesise what is deployed. */
const FEATURES = {
  ...recommendedFeatures,
  '@aws-cdk/core:target-partitions': ['aws'],
  // CloudFormation refuses to remove an output that another stack imports.
  '@aws-cdk/core:defaultCrossStackReferences': 'strong',
};

export function createApp(props: AppProps = {}): App {
  return new App({ analyticsReporting: false, ...props, context: { ...FEATURES, ...props.context } });
}

/**
 * App settings for a reader of templates: without what takes most of a synthesis and leaves the templates as they are.
 */
export const TEMPLATES_ONLY = {
  builtinCloudFormationValidation: false,
  treeMetadata: false,
  context: { 'aws:cdk:disable-stack-trace': true },
} as const satisfies AppProps;

export type SuiteStacks = { readonly state: StateStack; readonly trading: TradingStack; readonly watch: WatchStack };

export type SuiteSources = Release & { readonly codeOf: CodeSource };

/** Adds the three stacks of a stage: trading depends on state, watch depends on both. @throws Error for bad settings */
export function addSuite(app: App, config: StageConfig, { codeOf, ...release }: SuiteSources): SuiteStacks {
  const { commit } = release;
  checkStageConfig(config);
  assertCommit(commit);
  const shared = {
    env: stackEnvOf(config),
    // State is protected in every stage.
    terminationProtection: config.name === 'live',
    config,
    // Of the stacks, which hand them to everything in them. In the templates each release would change each resource.
    tags: { 'tminus:stage': config.name, 'tminus:commit': commit },
  };
  const state = new StateStack(app, stackNameOf(config.name, 'state'), {
    ...shared,
    description: `T-minus ${config.name}: table, secrets and signing key`,
  });
  const trading = new TradingStack(app, stackNameOf(config.name, 'trading'), {
    ...shared,
    release,
    state,
    codeOf,
    description: `T-minus ${config.name}: functions, queues and timers`,
  });
  const watch = new WatchStack(app, stackNameOf(config.name, 'watch'), {
    ...shared,
    state,
    trading,
    description: `T-minus ${config.name}: alarms and dashboard`,
  });
  Tags.of(app).add('tminus:stage', config.name);
  for (const stack of [state, trading, watch]) new CfnOutput(stack, OUTPUTS.commit, { value: commit });
  return { state, trading, watch };
}

function assertCommit(commit: string): void {
  if (commit === UNKNOWN_COMMIT || /^[0-9a-f]{7,40}(-dirty)?$/.test(commit)) return;
  throw new Error('The commit is no commit: use the digits that `git rev-parse HEAD` prints, as -c commit=DIGITS');
}
