import { App, type AppProps, Tags } from 'aws-cdk-lib';
import type { CodeSource } from './constructs/bundling.ts';
import { StateStack } from './stacks/state-stack.ts';
import { TradingStack } from './stacks/trading-stack.ts';
import { WatchStack } from './stacks/watch-stack.ts';
import { type StageConfig, stackNameOf } from './stage-config.ts';

/** How CDK writes templates where it left old ways open; decided here, so that tests synthesise what is deployed. */
const FEATURES = {
  '@aws-cdk/core:enablePartitionLiterals': true,
  '@aws-cdk/core:target-partitions': ['aws'],
  '@aws-cdk/aws-iam:minimizePolicies': true,
  // What another stack uses cannot be taken away from under it.
  '@aws-cdk/core:defaultCrossStackReferences': 'strong',
  '@aws-cdk/aws-events:eventsTargetQueueSameAccount': true,
} as const;

export function createApp(props: AppProps = {}): App {
  return new App({ analyticsReporting: false, ...props, context: { ...FEATURES, ...props.context } });
}

export type SuiteStacks = { readonly state: StateStack; readonly trading: TradingStack; readonly watch: WatchStack };

/** Adds the three stacks of one stage. What acts needs what is kept, and what watches needs both; never the other way round. */
export function addSuite(app: App, config: StageConfig, codeOf: CodeSource): SuiteStacks {
  const env = { region: config.region };
  const state = new StateStack(app, stackNameOf(config.name, 'state'), {
    env,
    config,
    description: `T-minus ${config.name}: what is kept`,
  });
  const trading = new TradingStack(app, stackNameOf(config.name, 'trading'), {
    env,
    config,
    state,
    codeOf,
    description: `T-minus ${config.name}: what acts`,
  });
  const watch = new WatchStack(app, stackNameOf(config.name, 'watch'), {
    env,
    config,
    state,
    trading,
    description: `T-minus ${config.name}: what watches`,
  });
  Tags.of(app).add('tminus:stage', config.name);
  return { state, trading, watch };
}
