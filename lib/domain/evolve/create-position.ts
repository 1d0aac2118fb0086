import { wakeUpWhileBuying } from '#lib/domain/plan/plan-wake-up.ts';
import { type BuyingPosition, clockExitAtMs, type LastBid, type PositionTerms } from '#lib/domain/position/position.ts';

export function createPosition(terms: PositionTerms, lastBid: LastBid | null = null): BuyingPosition {
  const draft = {
    ...terms,
    state: 'buying',
    version: 1,
    exitDueAtMs: clockExitAtMs(terms),
    attemptCount: 0,
    attempts: [],
    trades: [],
    firstExitAttemptAtMs: null,
    refusals: {},
    lastBid,
  } as const;
  return { ...draft, wakeUp: wakeUpWhileBuying(draft, terms.openedAtMs) };
}
