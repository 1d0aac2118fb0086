import type { FunctionName } from '#lib/runtime/delivery-rules.ts';

/** How a release reaches the functions behind the alias: traffic shifts with the alarms watched, or all at once. */
export const ROLLOUTS = ['gradual', 'now'] as const;
export type Rollout = (typeof ROLLOUTS)[number];

/** What a deployment is made of, beside the stage's settings. */
export type Release = {
  /** 7 to 40 digits, with `-dirty` where files differ from it, or `unknown`. */
  readonly commit: string;
  readonly rollout: Rollout;
};

/**
 * Callers, queues, rules and the function URL use this alias of a version, so that code and environment change in the
 * same moment, and back. Nothing calls `$LATEST`.
 */
export const LIVE_ALIAS = 'live';

/** The functions that trade or answer. The others only tell and measure: they run the newest release at once. */
export const ALIASED_FUNCTIONS = [
  'open',
  'sell',
  'settle',
  'sweep',
  'watch',
] as const satisfies readonly FunctionName[];

export function isAliased(name: FunctionName): name is (typeof ALIASED_FUNCTIONS)[number] {
  return ALIASED_FUNCTIONS.some((each) => each === name);
}

/** Fixed names: application and groups are in the watch stack, whose alarms they watch, and the aliases name them. */
export const shiftApplicationName = (stage: string): string => `tminus-${stage}`;
export const shiftGroupName = (stage: string, name: FunctionName): string => `tminus-${stage}-${name}`;

/**
 * A tenth of the calls more each minute. A suite makes few calls, and a tenth of few proves nothing: in these ten
 * minutes two canaries and ten sweeps meet the new version more and more often.
 */
export const SHIFT_CONFIG = 'CodeDeployDefault.LambdaLinear10PercentEvery1Minute';

/**
 * Alarms that end a shift and bring the old version back; CodeDeploy takes ten at most. Canaries go through `sell`, so
 * a release that leaves them unsold raises `PositionOverdue`; `OrdersLate` and `ExitsFailing` measure positions alone,
 * of which there is none while `tminus deploy` halts: what they would show, its smoke test shows. Each is silent
 * without data. `CanarySilent` and `SweepSilent` are not: they are raised until a new stage has measured something,
 * take longer than a shift, and would refuse the release that mends them.
 */
export const ROLLBACK_ALARMS = [
  'ExitsFailing',
  'OpenFailing',
  'OrdersLate',
  'PositionOverdue',
  'SellFailing',
  'TableUnavailable',
] as const;
