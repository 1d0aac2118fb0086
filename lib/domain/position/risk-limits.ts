import type { Mode, PositionTerms } from './position.ts';

/** Limits of one stage and mode, checked in the transaction that opens a position. */
export type RiskLimits = {
  readonly openCountMax: number;
  /** Sum of the budgets of all open positions. */
  readonly exposureMicrosMax: bigint;
  readonly budgetMicrosMax: bigint;
  /** Losses realised in one UTC day; profits are not set against them. */
  readonly dayLossMicrosMax: bigint;
};

export const DEFAULT_RISK_LIMITS: RiskLimits = {
  openCountMax: 20,
  exposureMicrosMax: 1_000_000_000n,
  budgetMicrosMax: 100_000_000n,
  dayLossMicrosMax: 200_000_000n,
};

/** Does a position use up room, and may its loss stop others? A canary's may not: it is the suite's own, on paper. */
export function isWithinLimits(position: Pick<PositionTerms, 'origin'>): boolean {
  return position.origin === 'request';
}

/** The account's counters for one mode. */
export type Account = {
  readonly mode: Mode;
  readonly openCount: number;
  readonly exposureMicros: bigint;
  readonly dayLossMicros: bigint;
  readonly halted: boolean;
};

/** UTC day of a time, `2026-11-22`: the day's loss is counted per UTC day. */
export function utcDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

export type LimitReached = 'halted' | 'open-count-limit' | 'exposure-limit' | 'day-loss-limit';

/** The first rule that forbids one more position of this budget; undefined when all allow it. */
export function findLimitReached(
  account: Account,
  budgetMicros: bigint,
  limits: Omit<RiskLimits, 'budgetMicrosMax'>,
): LimitReached | undefined {
  if (account.halted) return 'halted';
  if (account.openCount >= limits.openCountMax) return 'open-count-limit';
  if (account.exposureMicros + budgetMicros > limits.exposureMicrosMax) return 'exposure-limit';
  if (account.dayLossMicros >= limits.dayLossMicrosMax) return 'day-loss-limit';
  return undefined;
}
