import { wakeUpWhileBuying, wakeUpWhileHolding } from '#lib/domain/plan/plan-wake-up.ts';
import { type FoundShares, withinGuard } from '#lib/domain/position/guarded-shares.ts';
import {
  type BuyingPosition,
  clockExitAtMs,
  type HoldingPosition,
  type LastBid,
  type PositionRecord,
  type PositionTerms,
} from '#lib/domain/position/position.ts';

export function createPosition(terms: PositionTerms, lastBid: LastBid | null = null): BuyingPosition {
  const draft = { ...firstRecord(terms, lastBid), state: 'buying' } as const;
  return { ...draft, wakeUp: wakeUpWhileBuying(draft, terms.openedAtMs) };
}

/** A position without a buy: of shares in the wallet, or, where `found` is null, of those that are about to arrive. */
export function createGuarded(
  terms: PositionTerms,
  found: FoundShares | null,
  lastBid: LastBid | null = null,
): HoldingPosition {
  const shares = found === null || found.sharesMicros === 0n ? {} : { found: withinGuard(terms, found) };
  const draft = { ...firstRecord(terms, lastBid), ...shares, state: 'holding' } as const;
  return { ...draft, wakeUp: wakeUpWhileHolding(draft, terms.openedAtMs) };
}

function firstRecord(terms: PositionTerms, lastBid: LastBid | null): PositionRecord {
  return {
    ...terms,
    version: 1,
    exitDueAtMs: clockExitAtMs(terms),
    attemptCount: 0,
    attempts: [],
    trades: [],
    firstExitAttemptAtMs: null,
    refusals: {},
    lastBid,
  };
}
