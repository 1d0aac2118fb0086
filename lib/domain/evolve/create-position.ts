import { wakeUpWhileAwaiting, wakeUpWhileBuying, wakeUpWhileHolding } from '#lib/domain/plan/plan-wake-up.ts';
import { type FoundShares, withinGuard } from '#lib/domain/position/guarded-shares.ts';
import {
  type AwaitingResolutionPosition,
  type BuyingPosition,
  clockExitAtMs,
  type HoldingPosition,
  type LastBid,
  type PositionRecord,
  type PositionTerms,
} from '#lib/domain/position/position.ts';
import { NOTHING_SETTLED } from '#lib/domain/position/settlement-progress.ts';

/** `sellBackMicros`: what selling the bought shares at once would bring, from which a trailing stop starts. */
export function createPosition(
  terms: PositionTerms,
  lastBid: LastBid | null = null,
  sellBackMicros: bigint | null = null,
): BuyingPosition {
  const draft = { ...firstRecord(terms, lastBid, sellBackMicros), state: 'buying' } as const;
  return { ...draft, wakeUp: wakeUpWhileBuying(draft, terms.openedAtMs) };
}

/** A position without a buy: of shares in the wallet, or, where `found` is null, of those that are about to arrive. */
export function createGuarded(
  terms: PositionTerms,
  found: FoundShares | null,
  lastBid: LastBid | null = null,
  sellBackMicros: bigint | null = null,
): HoldingPosition {
  const shares = found === null || found.sharesMicros === 0n ? {} : { found: withinGuard(terms, found) };
  const draft = { ...firstRecord(terms, lastBid, sellBackMicros), ...shares, state: 'holding' } as const;
  return { ...draft, wakeUp: wakeUpWhileHolding(draft, terms.openedAtMs) };
}

/**
 * A position of shares whose market is resolved: there is nothing to sell any more, and settlement redeems them. Their
 * payout, if another program takes it, is in a later block than the one at which they were found.
 */
export function createSettling(terms: PositionTerms, found: FoundShares): AwaitingResolutionPosition {
  const { openedAtMs: atMs } = terms;
  const { blockNumber } = found;
  const draft: Omit<AwaitingResolutionPosition, 'wakeUp'> = {
    ...firstRecord(terms, null, null),
    state: 'awaiting-resolution',
    exitReason: 'found:resolved',
    ...{ found, exitAtMs: atMs, forceClosed: false, forceCloseReason: null },
    ...{ underlyingAtExitMicros: null, shortfallMicros: 0n },
    // The result is old: it is no news that it was late, and the first pauses are short.
    settlement: {
      ...NOTHING_SETTLED,
      ...{ seenBlock: blockNumber, heldAtBlock: blockNumber, progressAtMs: atMs, isLateReported: true },
    },
  };
  return { ...draft, wakeUp: wakeUpWhileAwaiting(draft, atMs) };
}

function firstRecord(terms: PositionTerms, lastBid: LastBid | null, sellBackMicros: bigint | null): PositionRecord {
  const hasHigh = terms.policy.rules?.trailingStopMicros !== undefined && sellBackMicros !== null;
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
    ...(hasHigh && { highMicros: sellBackMicros }),
  };
}
