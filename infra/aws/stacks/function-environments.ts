import type { RiskLimits } from '#lib/domain/position/risk-limits.ts';
import type { TimerGroup } from '../constructs/timer-group.ts';
import type { VenueHosts } from '../stage-config.ts';
import type { LiveState } from './state-stack.ts';

/**
 * The functions' environments, put together from parts that several of them share. What a function knows is what its schema asks for and
 * nothing else: a test reads `EnvSchema` of each file in `functions/` and compares.
 */
export type Environment = Readonly<Record<string, string>>;

export type StoreNames = { readonly stage: string; readonly tableName: string; readonly exitQueueUrl: string };

export function storeEnvironment(names: StoreNames): Environment {
  return { STAGE: names.stage, TABLE_NAME: names.tableName, EXIT_QUEUE_URL: names.exitQueueUrl };
}

/** Public data; the paper exchange fills from it. */
export function venueEnvironment({ CLOB_HOST, GAMMA_HOST }: VenueHosts): Environment {
  return { CLOB_HOST, GAMMA_HOST };
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

/** What the owner says of his wallet when he deploys, because no commit should. */
export type WalletParameters = {
  readonly walletAddress: string;
  readonly signatureType: string;
  readonly polygonRpcUrl: string;
};

/** Names of secrets and keys, never their values. Without all of it there is no live mode. */
export function liveEnvironment(live: LiveState, wallet: WalletParameters): Environment {
  const signer: Environment =
    live.signer.kind === 'kms'
      ? { LIVE_KMS_KEY_ID: live.signer.key.key.keyId }
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
