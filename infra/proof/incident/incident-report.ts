import type { AlertKind } from '#lib/domain/news/alert.ts';
import type { WorkerReport } from './replaced-worker.ts';

/** Money of one account after everything that could be redeemed was redeemed. */
export type AccountMoney = {
  /** Cash at the end less cash at the beginning. */
  readonly resultMicros: bigint;
  /** Shares, of both outcomes, that were neither sold nor lost when the market ended. */
  readonly leftMicros: bigint;
  /** Part of the result that was not sold: what the market's result paid for those shares. */
  readonly claimedMicros: bigint;
};

/** What T-minus did. The fields are those of `PositionView`, where there are such. */
export type SuiteReport = AccountMoney & {
  readonly positionId: string;
  readonly state: string;
  readonly exitReason: string | null;
  /** Why sells were refused, as diagnosed. */
  readonly refusals: readonly { readonly cause: string; readonly count: number }[];
  readonly sellCount: number;
  readonly alerts: readonly AlertKind[];
  /** When the last share was sold, after the exit was due; null when none was. */
  readonly soldAfterDueMs: number | null;
  readonly feeDriftMicros: string | null;
};

export type CauseReport = {
  readonly cause: string;
  /** What was wrong, for people. */
  readonly words: string;
  readonly marketSlug: string;
  readonly fees: { readonly feeRounding: 'floor' | 'round'; readonly feePer: 'level' | 'order' };
  readonly worker: WorkerReport & AccountMoney;
  /** Null when nothing was opened: `faults` says why. */
  readonly tminus: SuiteReport | null;
  /** T-minus's result less the worker's. */
  readonly differenceMicros: bigint;
  /** What is not as it has to be; empty is good. */
  readonly faults: readonly string[];
};

export type IncidentReport = {
  readonly causes: readonly CauseReport[];
  readonly seed: number;
  /** Each side staked this in each market. */
  readonly stakeMicros: bigint;
  readonly durationMs: number;
};
