import { cashMicrosOf } from '#lib/domain/market/order.ts';
import { BALANCE_PAUSE_MS, floorPauseMs, wakeUpWhileExiting } from '#lib/domain/plan/plan-wake-up.ts';
import { assertLaw } from '#lib/domain/position/broken-law.ts';
import { activeRequest, isOvertaken, withoutRequest } from '#lib/domain/position/exit-request.ts';
import { remainingSharesMicros, unhedgedSharesMicros } from '#lib/domain/position/fill-totals.ts';
import { withSeenBid } from '#lib/domain/position/low-sale.ts';
import { isUnanswered, isUnresolved, type LiveAttempt, type OrderIntent } from '#lib/domain/position/order-attempt.ts';
import type {
  BuyingPosition,
  ExitingPosition,
  ExitProgress,
  HoldingPosition,
  OpenPosition,
  Position,
} from '#lib/domain/position/position.ts';
import type { FactOf } from '#lib/domain/position/position-event.ts';
import type { RefusalCause } from '#lib/domain/refusal/refusal.ts';
import { voidPosition } from './close-position.ts';
import { advance, stayBuying } from './resolve-position.ts';

function firstPost(intent: OrderIntent, leaseUntilMs: number): LiveAttempt {
  return { intent, postCount: 1, lostPostAtMs: null, phase: 'posting', leaseUntilMs };
}

export function intendBuy(position: OpenPosition, event: FactOf<'buy-intended'>): BuyingPosition {
  assertLaw(position.state === 'buying' && position.attemptCount === 0, 'A position buys once, before any other order');
  assertLaw(
    event.intent.side === 'BUY' && event.intent.tokenId === position.tokenId,
    'A buy names the token requested',
  );
  const record = { ...advance(position), attemptCount: 1, attempts: [firstPost(event.intent, event.leaseUntilMs)] };
  return stayBuying(record, event.atMs);
}

export function abandonBuy(position: OpenPosition, event: FactOf<'buy-abandoned'>): Position {
  // A saved buy may have been posted. Only its absence proves that nothing was bought.
  assertLaw(position.state === 'buying' && position.attemptCount === 0, 'A saved buy is not abandoned');
  return voidPosition(position, advance(position), event.reason, event.atMs);
}

export function intendSell(position: OpenPosition, event: FactOf<'sell-intended'>): ExitingPosition {
  const { intent } = event;
  assertLaw(position.state === 'holding' || position.state === 'exiting', `A ${position.state} position cannot sell`);
  assertLaw(intent.side === 'SELL' && intent.tokenId === position.tokenId, 'The token sold is the token bought');
  assertLaw(!position.attempts.some(isUnresolved), 'At most one order in flight or of unknown outcome');
  assertLaw(intent.sharesMicros <= remainingSharesMicros(position), 'No more shares are sold than are held');
  assertLaw(intent.sharesMicros <= unhedgedSharesMicros(position), 'Shares of a pair are merged, not sold');
  const isOnRequest = activeRequest(position, event.postAtMs) !== undefined;
  const before = exitBefore(position, event);
  const record = advance(position);
  return {
    ...before,
    ...(isOvertaken(position, event.postAtMs) ? withoutRequest(record) : record),
    state: 'exiting',
    // The wake-up stays, so that the message counts when it is delivered again.
    wakeUp: position.wakeUp,
    attemptCount: intent.attemptNumber,
    attempts: [...position.attempts, firstPost(intent, event.leaseUntilMs)],
    firstExitAttemptAtMs: position.firstExitAttemptAtMs ?? (isOnRequest ? null : event.postAtMs),
    underlyingAtExitMicros: event.underlyingMicros ?? before.underlyingAtExitMicros,
    postAgainAtMs: null,
    lastBid: withSeenBid(position.lastBid, event.bidMicros, event.atMs),
    pagedCauses: withPagedApproval(before.pagedCauses, event.needsApproval),
    isOverdueTold: before.isOverdueTold || (position.state === 'exiting' && isOverdue(position, event.atMs)),
  };
}

/**
 * Of the other token, and never more of it than is left to sell. Its order is the position's only one of that token.
 */
export function intendHedge(position: OpenPosition, event: FactOf<'hedge-intended'>): ExitingPosition {
  const { intent, costMicrosMax } = event;
  assertLaw(position.state === 'exiting' && position.policy.mayMerge, `A ${position.state} position is not hedged`);
  assertLaw(position.hedge === undefined, 'The other outcome is bought once, and never signed anew');
  assertLaw(intent.side === 'BUY' && intent.tokenId === position.otherTokenId, 'A hedge buys the other outcome');
  assertLaw(!position.attempts.some(isUnresolved), 'At most one order in flight or of unknown outcome');
  assertLaw(intent.sharesMicros <= remainingSharesMicros(position), 'No more shares are hedged than are held');
  assertLaw(cashMicrosOf(intent) <= costMicrosMax, 'A hedge costs what was planned at most');
  return {
    ...position,
    ...advance(position),
    // As for a sell, the wake-up stays.
    wakeUp: position.wakeUp,
    attemptCount: intent.attemptNumber,
    attempts: [...position.attempts, firstPost(intent, event.leaseUntilMs)],
    hedge: { orderHash: intent.orderHash, costMicrosMax },
    postAgainAtMs: null,
  };
}

/**
 * Judgement: by then an exit that is due two minutes before the market's end is over, and any other has fallen to its
 * lowest price, unless its exit lead is longer.
 */
const EXIT_OVERDUE_MS = 300_000;

/** An exit that was held is not late before its own sells are. */
function isOverdue({ exitDueAtMs, holdLook, exitStartedAtMs }: ExitingPosition, atMs: number): boolean {
  return atMs >= (holdLook === undefined ? exitDueAtMs : exitStartedAtMs) + EXIT_OVERDUE_MS;
}

function withPagedApproval(paged: readonly RefusalCause[], needsApproval: boolean): readonly RefusalCause[] {
  return needsApproval && !paged.includes('missing-approval') ? [...paged, 'missing-approval'] : paged;
}

/** What an exit that overtakes a request has learned from its sells stays; its own pauses begin anew. */
function exitBefore(position: HoldingPosition | ExitingPosition, { atMs, postAtMs }: FactOf<'sell-intended'>) {
  if (position.state === 'holding') return freshExit(atMs);
  if (!isOvertaken(position, postAtMs)) return position;
  const { shortfallMicros, pagedCauses, underlyingAtExitMicros } = position;
  return { ...freshExit(atMs), shortfallMicros, pagedCauses, underlyingAtExitMicros };
}

function freshExit(atMs: number): ExitProgress {
  return {
    exitStartedAtMs: atMs,
    fruitlessCount: 0,
    noBuyerCount: 0,
    shortfallMicros: 0n,
    sellableMicros: null,
    postAgainAtMs: null,
    isPostOnly: false,
    pagedCauses: [],
    isOverdueTold: false,
    isFailingTold: false,
    underlyingAtExitMicros: null,
  };
}

/**
 * No order is posted. The next wake-up reads the balance again, and the sell is posted at `postAgainAtMs` in any case.
 */
export function putOffSell(position: OpenPosition, event: FactOf<'sell-put-off'>): Position {
  if (event.bidMicros !== undefined) return waitForFloor(position, event.atMs, event.bidMicros);
  assertLaw(
    position.state === 'exiting' || position.state === 'awaiting-resolution',
    'Only an exiting position puts off a sell',
  );
  if (position.state !== 'exiting' || position.postAgainAtMs === null) return position;
  const draft = { ...position, version: position.version + 1 };
  const pauseMs = Math.min(BALANCE_PAUSE_MS, Math.max(position.postAgainAtMs - event.atMs, 1));
  return { ...draft, wakeUp: wakeUpWhileExiting(draft, event.atMs, pauseMs) };
}

/** The best bid is below the floor of a request: nothing is posted, and no attempt is used. */
function waitForFloor(position: OpenPosition, atMs: number, bidMicros: bigint | null): Position {
  assertLaw(position.state !== 'buying', 'A buying position has nothing to put off');
  const isOpen = position.attempts.some(isUnresolved);
  if (position.state === 'awaiting-resolution' || isOpen || activeRequest(position, atMs) === undefined)
    return position;
  const progress = position.state === 'exiting' ? position : freshExit(atMs);
  const draft = { ...progress, ...advance(position), state: 'exiting' } as const;
  return { ...draft, wakeUp: wakeUpWhileExiting(draft, atMs, floorPauseMs(draft, atMs, bidMicros)) };
}

export function repostSell(position: OpenPosition, event: FactOf<'sell-reposted'>): Position {
  const attempt = position.attempts.find((live) => live.intent.orderHash === event.orderHash);
  assertLaw(
    position.state === 'exiting' && attempt?.intent.side === 'SELL',
    'Only an exiting position posts a sell again',
  );
  assertLaw(isUnanswered(attempt), 'Only an order of unknown outcome is posted again');
  const again: LiveAttempt = {
    intent: attempt.intent,
    postCount: attempt.postCount + 1,
    // If the invocation ended between post and answer, that answer is lost, too.
    lostPostAtMs: attempt.phase === 'posting' ? event.atMs : attempt.lostPostAtMs,
    phase: 'posting',
    leaseUntilMs: event.leaseUntilMs,
  };
  const attempts = position.attempts.map((other) => (other === attempt ? again : other));
  return { ...position, version: position.version + 1, attempts };
}
