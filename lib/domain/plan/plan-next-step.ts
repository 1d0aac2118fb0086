import { floorTo, minMicros } from '#lib/domain/market/money.ts';
import { assertNever } from '#lib/domain/position/broken-law.ts';
import { activeRequest, nextSellAtMs, sharesToSellMicros } from '#lib/domain/position/exit-request.ts';
import { DUST_SHARES_MICROS, isAwaitingShares, openOrderHashes } from '#lib/domain/position/fill-totals.ts';
import { isResting, isStuckOpen, isUnresolved } from '#lib/domain/position/order-attempt.ts';
import type { ExitingPosition, HoldingPosition, OpenPosition, PositionRecord } from '#lib/domain/position/position.ts';
import { deadlineAtMs } from '#lib/domain/position/position.ts';
import { isHedgeDue } from './plan-hedge.ts';
import { lastCancelAtMs } from './plan-wake-up.ts';

export type NextStep =
  /** Nothing is due yet. */
  | { readonly step: 'nothing-due' }
  /** No order is open, and none may be posted any more. */
  | { readonly step: 'wait-for-deadline'; readonly untilMs: number }
  /** Another invocation may still act on the attempt. */
  | { readonly step: 'wait-for-lease'; readonly untilMs: number }
  /** The opening ended before its buy was saved. */
  | { readonly step: 'abandon-buy' }
  | { readonly step: 'write-deadline' }
  /** A guarded position waits for its first shares. */
  | { readonly step: 'take-in' }
  | { readonly step: 'look-up'; readonly orderHashes: readonly string[] }
  /** Cancel an order that rests, or should have ended, and look it up. */
  | { readonly step: 'cancel'; readonly orderHash: string; readonly orderHashes: readonly string[] }
  | ({ readonly step: 'sell' } & SellPlan)
  /** Sells are blocked: buy the other outcome, or sell as planned where that is not possible. */
  | { readonly step: 'hedge'; readonly sell: SellPlan };

export type SellPlan = {
  readonly sharesMicros: bigint;
  readonly postAtMs: number;
  /** GTC in the venue's post-only mode. */
  readonly orderType: 'FAK' | 'GTC';
  /** Post only if the venue shows the shares: it has refused a sell because they had not arrived. */
  readonly onlyIfHeld: boolean;
};

const NOTHING_DUE: NextStep = { step: 'nothing-due' };

/** The deadline comes first: it needs no answer and changes no attempt. */
export function planNextStep(position: OpenPosition, nowMs: number): NextStep {
  if (position.state !== 'awaiting-resolution' && nowMs >= deadlineAtMs(position)) return { step: 'write-deadline' };
  const posting = position.attempts.find((attempt) => attempt.phase === 'posting');
  if (posting?.phase === 'posting' && nowMs < posting.leaseUntilMs) {
    return { step: 'wait-for-lease', untilMs: posting.leaseUntilMs };
  }
  switch (position.state) {
    case 'buying':
      if (position.attemptCount > 0) return lookUpBuy(position, nowMs);
      return nowMs >= position.wakeUp.atMs ? { step: 'abandon-buy' } : NOTHING_DUE;
    case 'holding':
      if (isAwaitingShares(position)) return nowMs >= position.wakeUp.atMs ? { step: 'take-in' } : NOTHING_DUE;
      return nowMs >= nextSellAtMs(position) - position.policy.prepareLeadMs
        ? exit(position, nowMs)
        : lookUpBuy(position, nowMs);
    case 'exiting':
      return exit(position, nowMs);
    case 'awaiting-resolution':
      return lookUp(position);
    default:
      return assertNever(position);
  }
}

/** A buy never rests. One that the venue still shows as open is cancelled. */
function lookUpBuy(position: PositionRecord, nowMs: number): NextStep {
  const open = position.attempts.find((attempt) => isStuckOpen(attempt, nowMs));
  if (open === undefined) return lookUp(position);
  return { step: 'cancel', orderHash: open.intent.orderHash, orderHashes: openOrderHashes(position) };
}

function lookUp(position: PositionRecord): NextStep {
  const orderHashes = openOrderHashes(position);
  return orderHashes.length === 0 ? NOTHING_DUE : { step: 'look-up', orderHashes };
}

/**
 * Size of a sell at `atMs`: the shares left that are not part of a pair, or the part that is asked for; at most what
 * the venue would accept, in steps of 0.01 share.
 */
export function sellableSharesMicros(position: HoldingPosition | ExitingPosition, atMs: number): bigint {
  const remaining = sharesToSellMicros(position, atMs);
  const clamp = position.state === 'exiting' ? position.sellableMicros : null;
  return floorTo(clamp === null ? remaining : minMicros(remaining, clamp), DUST_SHARES_MICROS);
}

/** Limits a sell to the shares on chain, if these are final and not zero: zero alone proves nothing (law 5). */
export function clampToChain(
  position: HoldingPosition | ExitingPosition,
  sharesMicros: bigint,
  chainSharesMicros: bigint | null,
): bigint {
  if (chainSharesMicros === null || chainSharesMicros < DUST_SHARES_MICROS) return sharesMicros;
  const isBuyLive = position.attempts.some(
    ({ intent }) => intent.tokenId === position.tokenId && intent.side === 'BUY',
  );
  const isBought = position.trades.every((trade) => trade.side === 'SELL' || trade.status !== 'provisional');
  return isBuyLive || !isBought
    ? sharesMicros
    : minMicros(sharesMicros, floorTo(chainSharesMicros, DUST_SHARES_MICROS));
}

/** In post-only mode: the rest is large enough for an order that rests. */
export function canRest(position: HoldingPosition | ExitingPosition, atMs: number): boolean {
  const isPostOnly = position.state === 'exiting' && position.isPostOnly;
  return isPostOnly && sellableSharesMicros(position, atMs) >= position.minOrderSharesMicros;
}

/** How late the wake-up for the last cancellation may be. */
const CANCEL_GRACE_MS = 2_000;

function exit(position: HoldingPosition | ExitingPosition, nowMs: number): NextStep {
  const open = position.attempts.find((attempt) => isResting(attempt) || isStuckOpen(attempt, nowMs));
  // A sell stays on the book when no other could follow it. A buy is always cancelled.
  if (open !== undefined && (open.intent.side === 'BUY' || nowMs <= lastCancelAtMs(position) + CANCEL_GRACE_MS)) {
    return { step: 'cancel', orderHash: open.intent.orderHash, orderHashes: openOrderHashes(position) };
  }
  if (position.attempts.some(isUnresolved)) return lookUp(position);
  const next = sell(position, nowMs);
  if (next.step === 'nothing-due') return { step: 'wait-for-deadline', untilMs: deadlineAtMs(position) };
  const isOnRequest = activeRequest(position, nowMs) !== undefined;
  if (next.step !== 'sell' || isOnRequest || !isHedgeDue(position, nowMs)) return next;
  const { step, ...plan } = next;
  return { step: 'hedge', sell: plan };
}

function sell(position: HoldingPosition | ExitingPosition, nowMs: number): NextStep {
  const dueMs = position.state === 'holding' ? nextSellAtMs(position) : position.wakeUp.atMs;
  const postAtMs = Math.max(nowMs, dueMs);
  const sharesMicros = sellableSharesMicros(position, postAtMs);
  const isTooLate = postAtMs > position.marketEndsAtMs - position.policy.lastOrderLeadMs;
  const isSpent = position.attemptCount >= position.policy.attemptCountMax;
  if (sharesMicros === 0n || isTooLate || isSpent) return lookUp(position);
  const onlyIfHeld = position.state === 'exiting' && postAtMs < (position.postAgainAtMs ?? 0);
  return { step: 'sell', sharesMicros, postAtMs, orderType: canRest(position, postAtMs) ? 'GTC' : 'FAK', onlyIfHeld };
}
