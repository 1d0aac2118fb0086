import type { OpeningGatePolicy } from '#lib/domain/plan/opening-gate.ts';
import type { RiskLimits } from '#lib/domain/position/risk-limits.ts';
import type { TimerGroup } from '../constructs/timer-group.ts';
import { RELAYER_HOST, type StageExits, type VenueHosts } from '../stage-config.ts';
import type { LiveState } from './state-stack.ts';

/** Parts of the functions' environments. A test compares the result with `EnvSchema` of each file in `functions/`. */
export type Environment = Readonly<Record<string, string>>;

export type StoreNames = {
  readonly stage: string;
  readonly tableName: string;
  readonly exitQueueUrl: string;
  readonly settleQueueUrl: string;
};

export function storeEnvironment(names: StoreNames): Environment {
  const { stage, tableName, exitQueueUrl, settleQueueUrl } = names;
  return { STAGE: stage, TABLE_NAME: tableName, EXIT_QUEUE_URL: exitQueueUrl, SETTLE_QUEUE_URL: settleQueueUrl };
}

/** Every function that reads the venue's public data, and what `others` a function asks besides. */
export function venueEnvironment(hosts: VenueHosts, ...others: (keyof VenueHosts)[]): Environment {
  const names = ['CLOB_HOST', 'GAMMA_HOST', ...others] as const;
  return Object.fromEntries(names.map((name) => [name, hosts[name]]));
}

export function timerEnvironment(timers: TimerGroup, exitQueueArn: string): Environment {
  return {
    EXIT_QUEUE_ARN: exitQueueArn,
    SCHEDULER_GROUP_NAME: timers.group.scheduleGroupName,
    SCHEDULER_ROLE_ARN: timers.role.roleArn,
    SCHEDULER_DEAD_LETTER_ARN: timers.deadLetters.queue.queueArn,
  };
}

export function limitsEnvironment(limits: RiskLimits): Environment {
  return {
    LIMIT_OPEN_COUNT: String(limits.openCountMax),
    LIMIT_EXPOSURE_MICROS: String(limits.exposureMicrosMax),
    LIMIT_BUDGET_MICROS: String(limits.budgetMicrosMax),
    LIMIT_DAY_LOSS_MICROS: String(limits.dayLossMicrosMax),
  };
}

export function exitsEnvironment(exits: StageExits): Environment {
  const { exitLeadMs, minPriceMicros, slackTicks, mayMerge, maintenance, presets, defaultPreset } = exits;
  return {
    EXIT_LEAD_MS: String(exitLeadMs),
    EXIT_MIN_PRICE_MICROS: String(minPriceMicros),
    EXIT_SLACK_TICKS: String(slackTicks),
    OPEN_SLACK_TICKS: String(slackTicks),
    EXIT_MAY_MERGE: String(mayMerge),
    MAINTENANCE_WINDOWS: maintenance.join(','),
    EXIT_PRESETS: JSON.stringify(presets),
    EXIT_DEFAULT_PRESET: defaultPreset,
  };
}

export function gateEnvironment({ roundTripPercentMin, bookAgeMsMax }: OpeningGatePolicy): Environment {
  return { OPEN_ROUND_TRIP_PERCENT_MIN: String(roundTripPercentMin), OPEN_BOOK_AGE_MS_MAX: String(bookAgeMsMax) };
}

export type WalletParameters = {
  readonly walletAddress: string;
  readonly signatureType: string;
  readonly polygonRpcUrl: string;
};

/** Names of secrets and keys, never their values. */
export function liveEnvironment(live: LiveState, wallet: WalletParameters): Environment {
  const signer: Environment =
    live.signer.kind === 'kms'
      ? { LIVE_KMS_KEY_ID: live.signer.key.keyId }
      : { LIVE_KEY_SECRET: live.signer.secret.secretName };
  return {
    ...signer,
    LIVE_CREDENTIALS_SECRET: live.credentials.secretName,
    LIVE_WALLET_ADDRESS: wallet.walletAddress,
    LIVE_SIGNATURE_TYPE: wallet.signatureType,
    LIVE_MAY_APPROVE: String(live.mayApprove),
    POLYGON_RPC_URL: wallet.polygonRpcUrl,
  };
}

/** For the function that settles. */
export function settlingEnvironment(liveSettings: Environment, live: LiveState | null): Environment {
  if (live === null) return liveSettings;
  return {
    ...liveSettings,
    LIVE_RELAYER_SECRET: live.relayerKey.secretName,
    RELAYER_HOST: live.relayerHost ?? RELAYER_HOST,
  };
}
