import type { Mode, PositionTerms } from './position.ts';

export type RiskLimits = {
  readonly openCountMax: number;
  /** Sum of the budgets of all open positions. */
  readonly exposureMicrosMax: bigint;
  readonly budgetMicrosMax: bigint;
  /** Losses realised in one UTC day. Profits do not offset them. */
  readonly dayLossMicrosMax: bigint;
};

export const DEFAULT_RISK_LIMITS: RiskLimits = {
  openCountMax: 20,
  exposureMicrosMax: 1_000_000_000n,
  budgetMicrosMax: 100_000_000n,
  dayLossMicrosMax: 200_000_000n,
};

/** Canaries do not count towards limits: they are the suite's own positions, on paper. */
export function countsTowardsLimits(position: Pick<PositionTerms, 'origin'>): boolean {
  return position.origin !== 'canary';
}

/** Who stopped the openings of a mode, when (Unix milliseconds) and why. Null where that was not recorded. */
export type Halt = { readonly sinceMs: number | null; readonly by: string | null; readonly reason: string | null };

export type Account = {
  readonly mode: Mode;
  readonly openCount: number;
  readonly exposureMicros: bigint;
  readonly dayLossMicros: bigint;
  /** Null while openings are allowed. */
  readonly halt: Halt | null;
};

export function utcDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

export type LimitReached =
  | { readonly code: 'halted'; readonly halt: Halt }
  | { readonly code: 'open-count-limit' | 'exposure-limit' | 'day-loss-limit' };

/** The first limit that one more position of this budget would break. */
export function findLimitReached(
  account: Account,
  budgetMicros: bigint,
  limits: Omit<RiskLimits, 'budgetMicrosMax'>,
): LimitReached | undefined {
  if (account.halt !== null) return { code: 'halted', halt: account.halt };
  if (account.openCount >= limits.openCountMax) return { code: 'open-count-limit' };
  if (account.exposureMicros + budgetMicros > limits.exposureMicrosMax) return { code: 'exposure-limit' };
  if (account.dayLossMicros >= limits.dayLossMicrosMax) return { code: 'day-loss-limit' };
  return undefined;
}
