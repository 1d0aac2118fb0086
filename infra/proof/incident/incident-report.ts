import type { MarketVersion } from '#lib/domain/market/market.ts';
import type { AlertKind } from '#lib/domain/news/alert.ts';
import type { WorkerReport } from './replaced-worker.ts';

/** In the order of the report. */
export const INCIDENT_CAUSE_NAMES = [
  'nothing-wrong',
  'unsettled-buy',
  'stale-balance',
  'own-resting-orders',
  'stuck-matched-counter',
  'fewer-shares',
  'missing-approval',
  'missing-approval-paged',
  'wrong-wallet',
  'already-sold',
  'shares-gone',
  'wrong-token',
  'market-over',
  'ghost-fill',
  'lost-answer',
] as const;

export type IncidentCauseName = (typeof INCIDENT_CAUSE_NAMES)[number];

/** Result of one account after its shares were redeemed: by T-minus, or for the count by the incident itself. */
export type AccountMoney = {
  /** Cash at the end minus cash before. */
  readonly resultMicros: bigint;
  /** Shares of both outcomes left at the market's end. */
  readonly leftMicros: bigint;
  /** The part of the result that the market's result paid for those shares. */
  readonly claimedMicros: bigint;
};

/** T-minus's side. Fields that `PositionView` also has are equal to it. */
export type SuiteReport = AccountMoney & {
  readonly positionId: string;
  readonly state: string;
  readonly exitReason: string | null;
  /** Diagnosed causes of refused sells. */
  readonly refusals: readonly { readonly cause: string; readonly count: number }[];
  readonly sellCount: number;
  readonly alerts: readonly AlertKind[];
  /** From the due time to the sale of the last share. Null when nothing was sold. */
  readonly soldAfterDueMs: number | null;
  readonly feeDriftMicros: string | null;
};

export type CauseReport = {
  readonly cause: string;
  /** Description for people. */
  readonly words: string;
  readonly marketSlug: string;
  readonly marketVersion: MarketVersion;
  readonly fees: { readonly feeRounding: 'floor' | 'round'; readonly feePer: 'level' | 'order' };
  readonly worker: WorkerReport & AccountMoney;
  /** Null when nothing was opened; `faults` has the reason. */
  readonly tminus: SuiteReport | null;
  /** T-minus's result minus the worker's. */
  readonly differenceMicros: bigint;
  /** Deviations from what is expected. */
  readonly faults: readonly string[];
};

export type IncidentReport = {
  readonly causes: readonly CauseReport[];
  readonly seed: number;
  /** Stake of each side in each market. */
  readonly stakeMicros: bigint;
  readonly durationMs: number;
};
