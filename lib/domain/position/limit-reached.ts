import type { Account, RiskLimits } from './risk-limits.ts';

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
