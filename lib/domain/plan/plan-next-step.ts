import { floorTo, minMicros } from '#lib/domain/market/money.ts';
import { assertNever } from '#lib/domain/position/broken-law.ts';
import { DUST_SHARES_MICROS, openOrderHashes, remainingSharesMicros } from '#lib/domain/position/fill-totals.ts';
import { isResting, isStuckOpen, isUnresolved } from '#lib/domain/position/order-attempt.ts';
import type { ExitingPosition, HoldingPosition, OpenPosition, PositionRecord } from '#lib/domain/position/position.ts';
import { deadlineAtMs } from '#lib/domain/position/position.ts';
import { lastCancelAtMs } from './plan-wake-up.ts';

/** What the next invocation has to do for a position, decided from the row and the time alone. */
export type NextStep =
  /** Nothing is due yet, or nothing is left to do before the market's result. */
  | { readonly step: 'nothing-due' }
  /** The exit can do nothing more: no order may be posted and none is open. Only the deadline is left to be written. */
  | { readonly step: 'wait-for-deadline'; readonly untilMs: number }
  /** Another invocation may still be at work on the attempt. */
  | { readonly step: 'wait-for-lease'; readonly untilMs: number }
  /** The opening died before its buy was written down. */
  | { readonly step: 'abandon-buy' }
  /** T − 5 s has come. */
  | { readonly step: 'write-deadline' }
  /** Ask the venue about orders that are not final. */
  | { readonly step: 'look-up'; readonly orderHashes: readonly string[] }
  /** Take our order off the book, which rests there or should be over, and ask what became of it. */
  | { readonly step: 'cancel'; readonly orderHash: string; readonly orderHashes: readonly string[] }
  /** Post a sell of so many shares at `postAtMs`, or now when that has passed. */
  | ({ readonly step: 'sell' } & SellPlan);

export type SellPlan = {
  readonly sharesMicros: bigint;
  readonly postAtMs: number;
  /** FAK, or GTC while the venue takes only orders that rest. */
  readonly orderType: 'FAK' | 'GTC';
  /** Not unless the venue shows the shares: it has refused often enough because they were on their way. */
  readonly onlyIfHeld: boolean;
};

const NOTHING_DUE: NextStep = { step: 'nothing-due' };

/** Pure heart of every wake-up. The deadline comes first: it needs no answer from anybody and touches no attempt. */
export function planNextStep(position: OpenPosition, nowMs: number): NextStep {
  if (position.state !== 'awaiting-resolution' && nowMs >= deadlineAtMs(position)) return { step: 'write-deadline' };
  const posting = position.attempts.find((attempt) => attempt.phase === 'posting');
  if (posting?.phase === 'posting' && nowMs < posting.leaseUntilMs) {
    return { step: 'wait-for-lease', untilMs: posting.leaseUntilMs };
  }
  switch (position.state) {
    case 'buying':
      if (position.attemptCount > 0) return askAfterBuy(position, nowMs);
      return nowMs >= position.wakeUp.atMs ? { step: 'abandon-buy' } : NOTHING_DUE;
    case 'holding':
      return nowMs >= position.exitDueAtMs - position.policy.prepareLeadMs
        ? exit(position, nowMs)
        : askAfterBuy(position, nowMs);
    case 'exiting':
      return exit(position, nowMs);
    case 'awaiting-resolution':
      return lookUp(position);
    default:
      return assertNever(position);
  }
}

/** A buy never rests: one that the venue still calls open is taken off the book. */
function askAfterBuy(position: PositionRecord, nowMs: number): NextStep {
  const open = position.attempts.find((attempt) => isStuckOpen(attempt, nowMs));
  if (open === undefined) return lookUp(position);
  return { step: 'cancel', orderHash: open.intent.orderHash, orderHashes: openOrderHashes(position) };
}

function lookUp(position: PositionRecord): NextStep {
  const orderHashes = openOrderHashes(position);
  return orderHashes.length === 0 ? NOTHING_DUE : { step: 'look-up', orderHashes };
}

/** How many shares the next sell may name: what is left, what the venue would let go, in steps of 0.01 share. */
export function sellableSharesMicros(position: HoldingPosition | ExitingPosition): bigint {
  const remaining = remainingSharesMicros(position);
  const clamp = position.state === 'exiting' ? position.sellableMicros : null;
  return floorTo(clamp === null ? remaining : minMicros(remaining, clamp), DUST_SHARES_MICROS);
}

/**
 * The same sell, no larger than what the chain holds, where that is sure: every bought share is final there, and
 * something of it is left. A zero balance alone proves nothing (law 5): the venue's answer decides then.
 */
export function clampToChain(
  position: HoldingPosition | ExitingPosition,
  sharesMicros: bigint,
  chainSharesMicros: bigint | null,
): bigint {
  if (chainSharesMicros === null || chainSharesMicros < DUST_SHARES_MICROS) return sharesMicros;
  const isBuyLive = position.attempts.some((attempt) => attempt.intent.side === 'BUY');
  const isBought = position.trades.every((trade) => trade.side === 'SELL' || trade.status !== 'provisional');
  return isBuyLive || !isBought
    ? sharesMicros
    : minMicros(sharesMicros, floorTo(chainSharesMicros, DUST_SHARES_MICROS));
}

/** While the venue is in post-only mode: is what is left enough for an order that rests? */
export function canRest(position: HoldingPosition | ExitingPosition): boolean {
  const isPostOnly = position.state === 'exiting' && position.isPostOnly;
  return isPostOnly && sellableSharesMicros(position) >= position.minOrderSharesMicros;
}

/** How late the wake-up for the last cancellation may be. */
const CANCEL_GRACE_MS = 2_000;

function exit(position: HoldingPosition | ExitingPosition, nowMs: number): NextStep {
  const open = position.attempts.find((attempt) => isResting(attempt) || isStuckOpen(attempt, nowMs));
  // A sell is left there when none could follow it; a buy has no business there at any time.
  if (open !== undefined && (open.intent.side === 'BUY' || nowMs <= lastCancelAtMs(position) + CANCEL_GRACE_MS)) {
    return { step: 'cancel', orderHash: open.intent.orderHash, orderHashes: openOrderHashes(position) };
  }
  if (position.attempts.some(isUnresolved)) return lookUp(position);
  const next = sell(position, nowMs);
  return next.step === 'nothing-due' ? { step: 'wait-for-deadline', untilMs: deadlineAtMs(position) } : next;
}

function sell(position: HoldingPosition | ExitingPosition, nowMs: number): NextStep {
  const sharesMicros = sellableSharesMicros(position);
  const dueMs = position.state === 'holding' ? position.exitDueAtMs : position.wakeUp.atMs;
  const postAtMs = Math.max(nowMs, dueMs);
  const isTooLate = postAtMs > position.marketEndsAtMs - position.policy.lastOrderLeadMs;
  const isSpent = position.attemptCount >= position.policy.attemptCountMax;
  if (sharesMicros === 0n || isTooLate || isSpent) return lookUp(position);
  const onlyIfHeld = position.state === 'exiting' && postAtMs < (position.postAgainAtMs ?? 0);
  return { step: 'sell', sharesMicros, postAtMs, orderType: canRest(position) ? 'GTC' : 'FAK', onlyIfHeld };
}
