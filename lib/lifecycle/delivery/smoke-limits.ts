import { findLimitReached, type RiskLimits } from '#lib/domain/position/risk-limits.ts';
import { tightestOf } from '#lib/domain/position/tightened-limits.ts';
import { readTightened } from '#lib/lifecycle/buy/opening-limits.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import { SMOKE_BUDGET_MICROS } from './smoke-position.ts';

export type SmokeLimitsStore = Pick<PositionStore, 'getAccount' | 'findTightened'>;

/**
 * Why a limit of paper openings would refuse the smoke test's position; null when none would. A good release would not
 * be proven then, and be replaced by the one before. Before the exits only what they do not free is looked at.
 * @throws StoreUnavailableError
 */
export async function findSmokeLimit(
  store: SmokeLimitsStore,
  stage: RiskLimits,
  nowMs: number,
  when: 'before-exits' | 'after-exits',
): Promise<string | null> {
  const account = { ...(await store.getAccount('paper', nowMs)), halt: null };
  const tightened = await readTightened(store, 'paper');
  if (tightened === null) {
    return 'the row of the tightened paper limits cannot be read, and opens nothing: `tminus limits reset --mode paper` first.';
  }
  const limits = tightestOf(stage, tightened);
  const counted = when === 'after-exits' ? account : { ...account, openCount: 0, exposureMicros: 0n };
  const isTooMuch = SMOKE_BUDGET_MICROS > limits.budgetMicrosMax;
  const code = isTooMuch ? 'budget-above-limit' : findLimitReached(counted, SMOKE_BUDGET_MICROS, limits)?.code;
  if (code === undefined) return null;
  const advice =
    tightened === undefined
      ? 'the limit of a day ends at midnight UTC; the others are in `infra/aws/stage-config.ts`, or wait for positions to settle.'
      : 'limits are tightened, see `tminus limits`; `tminus limits reset --mode paper` leaves those of live as they are.';
  return `paper limits (${code}) would refuse the position of the smoke test: ${advice}`;
}
