import { canRest } from '#lib/domain/plan/plan-next-step.ts';
import { BALANCE_PAUSE_MS, retryPauseMs, wakeUpWhileExiting } from '#lib/domain/plan/plan-wake-up.ts';
import { DUST_SHARES_MICROS, remainingSharesMicros, soldSharesMicros } from '#lib/domain/position/fill-totals.ts';
import {
  CANCEL_PROOF_MS,
  isUnanswered,
  type LiveAttempt,
  type LivePhase,
  mayStillArrive,
  withPhase,
} from '#lib/domain/position/order-attempt.ts';
import type { ExitingPosition, OpenPosition, Position, PositionRecord } from '#lib/domain/position/position.ts';
import type { FactOf } from '#lib/domain/position/position-event.ts';
import type { RefusalCode } from '#lib/domain/refusal/refusal.ts';
import { REACTIONS } from '#lib/domain/refusal/refusal-reactions.ts';
import { advance, resolvePosition } from './resolve-position.ts';
import { provenBuy, settleOrders } from './settle-orders.ts';

/** How long after the market's end an order that nobody knows can no longer have arrived. */
export const ABSENCE_PROOF_MS = 30_000;

function findAttempt(position: OpenPosition, orderHash: string): LiveAttempt | undefined {
  return position.attempts.find((attempt) => attempt.intent.orderHash === orderHash);
}

function withoutAttempt(record: PositionRecord, orderHash: string): PositionRecord {
  return { ...record, attempts: record.attempts.filter((attempt) => attempt.intent.orderHash !== orderHash) };
}

/**
 * Can a refusal, or an answer that was lost, still say anything of this attempt? Not once the venue has shown that it
 * has the order: forgetting what it filled would sell the same shares twice.
 */
function findUnansweredAttempt(position: OpenPosition, orderHash: string): LiveAttempt | undefined {
  const attempt = findAttempt(position, orderHash);
  return attempt && isUnanswered(attempt) ? attempt : undefined;
}

export function acceptOrder(position: OpenPosition, event: FactOf<'order-accepted'>): Position {
  const attempt = findAttempt(position, event.orderHash);
  if (attempt === undefined) return position;
  const isSilent = event.working || event.reported.sharesMicros === 0n;
  if (isSilent && attempt.phase !== 'posting' && attempt.phase !== 'unknown') return position;
  // A look-up was faster than the answer: only an answer that reports more adds to it.
  if (attempt.phase === 'matched' && event.reported.sharesMicros <= attempt.reported.sharesMicros) return position;
  // Taken, but nothing reported: the venue has not said yet. It is looked up, never taken for "nothing".
  if (isSilent) {
    return changePhase(position, attempt, { phase: 'working', sinceMs: event.atMs }, event.atMs);
  }
  const filled =
    position.state === 'exiting' ? { ...position, fruitlessCount: 0, noBuyerCount: 0, sellableMicros: null } : position;
  return changePhase(filled, attempt, { phase: 'matched', reported: event.reported }, event.atMs);
}

/** The answer is lost; what a look-up has told meanwhile stands. */
export function loseAnswer(position: OpenPosition, event: FactOf<'order-unknown'>): Position {
  const attempt = findUnansweredAttempt(position, event.orderHash);
  if (attempt?.phase !== 'posting') return position;
  const { sharesBeforeMicros } = event;
  const told =
    sharesBeforeMicros === undefined ? attempt : { ...attempt, intent: { ...attempt.intent, sharesBeforeMicros } };
  const record = replaceAttempt(advance(position), attempt, loseTrack(told, event.atMs));
  return resolvePosition(position.state === 'exiting' ? fruitless(position) : position, record, event.atMs);
}

/** Nobody knows what became of it; a post that was not answered may still be under way. */
function loseTrack(attempt: LiveAttempt, atMs: number): LiveAttempt {
  if (attempt.phase === 'unknown') return attempt;
  const lostPostAtMs = attempt.phase === 'posting' ? atMs : attempt.lostPostAtMs;
  return withPhase({ ...attempt, lostPostAtMs }, { phase: 'unknown', sinceMs: atMs });
}

function replaceAttempt(record: PositionRecord, attempt: LiveAttempt, after: LiveAttempt): PositionRecord {
  return { ...record, attempts: record.attempts.map((other) => (other === attempt ? after : other)) };
}

function changePhase(position: OpenPosition, attempt: LiveAttempt, phase: LivePhase, atMs: number): Position {
  return resolvePosition(position, replaceAttempt(advance(position), attempt, withPhase(attempt, phase)), atMs);
}

function fruitless(position: ExitingPosition): ExitingPosition {
  return { ...position, fruitlessCount: position.fruitlessCount + 1 };
}

export function refuseOrder(position: OpenPosition, event: FactOf<'order-refused'>): Position {
  const attempt = findUnansweredAttempt(position, event.orderHash);
  if (attempt === undefined) return position;
  // Refused now, an earlier post of the same order may still arrive and be taken: until it cannot, no other order is
  // signed.
  const hasLooked = LOOKED_FOR_IT.has(event.code) || event.cause === 'book-moved';
  const isSettled = attempt.postCount === 1 || (hasLooked && !mayStillArrive(attempt, event.atMs));
  const advanced = advance(position);
  const rest = isSettled ? withoutAttempt(advanced, event.orderHash) : stillUnknown(advanced, attempt, event.atMs);
  const record = countSetback(rest, event.cause);
  if (position.state !== 'exiting') return resolvePosition(position, record, event.atMs, 'buy-refused');
  const needsHuman = REACTIONS[event.cause].needsHuman || isUnexplainedForLong(record, event.cause);
  const isNewPage = needsHuman && !event.remedied && !position.pagedCauses.includes(event.cause);
  const exiting = {
    ...fruitless(position),
    noBuyerCount: event.cause === 'no-liquidity' ? position.noBuyerCount + 1 : 0,
    sellableMicros: event.sellableMicros,
    shortfallMicros: position.shortfallMicros + credibleShortfall(position, event.shortfallMicros ?? 0n),
    isPostOnly: event.cause === 'book-moved' && position.isPostOnly,
    pagedCauses: isNewPage ? [...position.pagedCauses, event.cause] : position.pagedCauses,
  };
  const resolved = resolvePosition(exiting, record, event.atMs);
  return resolved.state === 'exiting' ? pauseAfterRefusal(resolved, event) : resolved;
}

/**
 * Refused so often for no cause that reads show, it will not pass by itself: somebody may have moved the shares away.
 */
const UNEXPLAINED_MAX = 3;

function isUnexplainedForLong({ refusals }: PositionRecord, cause: keyof typeof REACTIONS): boolean {
  return cause === 'balance-unexplained' && (refusals[cause] ?? 0) >= UNEXPLAINED_MAX;
}

/**
 * The first refusal of the account may be of our clock, or of credentials that were renewed: both are read anew, and a
 * try soon shows whether that was it.
 */
function isFirstOfAccount({ refusals }: PositionRecord, cause: keyof typeof REACTIONS): boolean {
  return cause === 'account-blocked' && refusals[cause] === 1;
}

/**
 * Mended, or with a size that the venue would let go, a try is worth its usual pause. While bought shares are on their
 * way, a long pause is filled with looks at the balance.
 */
function pauseAfterRefusal(position: ExitingPosition, event: FactOf<'order-refused'>): ExitingPosition {
  const isSlow = REACTIONS[event.cause].pace === 'slow' && !isFirstOfAccount(position, event.cause);
  const isStuck = isSlow && !event.remedied && event.sellableMicros === null;
  const pauseMs = isStuck ? position.policy.slowRetryDelayMs : retryPauseMs(position);
  const isLooking = event.cause === 'unsettled-buy' && pauseMs > BALANCE_PAUSE_MS;
  const wakeUp = wakeUpWhileExiting(position, event.atMs, isLooking ? BALANCE_PAUSE_MS : pauseMs);
  return { ...position, wakeUp, postAgainAtMs: isLooking ? event.atMs + pauseMs : null };
}

/** That nothing is there at all, and nothing was sold, proves nothing (law 5): such a figure never ends a position. */
function credibleShortfall(position: ExitingPosition, shortfallMicros: bigint): bigint {
  const isAllGone = remainingSharesMicros(position) - shortfallMicros < DUST_SHARES_MICROS;
  return isAllGone && soldSharesMicros(position) === 0n ? 0n : shortfallMicros;
}

function countSetback(record: PositionRecord, cause: keyof PositionRecord['refusals']): PositionRecord {
  return { ...record, refusals: { ...record.refusals, [cause]: (record.refusals[cause] ?? 0) + 1 } };
}

export function dropUnsentOrder(position: OpenPosition, event: FactOf<'order-not-sent'>): Position {
  const attempt = findUnansweredAttempt(position, event.orderHash);
  if (attempt === undefined) return position;
  const record = countSetback(withoutUnsent(advance(position), attempt, event.atMs), event.code);
  if (position.state !== 'exiting') return resolvePosition(position, record, event.atMs, 'buy-not-sent');
  const isPostOnly = event.code === 'post-only-mode';
  const resolved = resolvePosition({ ...fruitless(position), isPostOnly }, record, event.atMs);
  if (resolved.state !== 'exiting') return resolved;
  return { ...resolved, wakeUp: wakeUpWhileExiting(resolved, event.atMs, pauseBeforeNextPost(resolved, event)) };
}

/** An order that may rest need not wait; another waits as long as the venue asks. */
function pauseBeforeNextPost(position: ExitingPosition, event: FactOf<'order-not-sent'>): number | undefined {
  if (canRest(position)) return retryPauseMs({ policy: position.policy, fruitlessCount: 0, noBuyerCount: 0 });
  if (event.retryAfterMs === null) return undefined;
  return event.retryAfterMs;
}

/** Whatever it filled before is found by its hash; until then it is an order of unknown outcome (law 3). */
export function cancelOrder(position: OpenPosition, event: FactOf<'order-cancelled'>): Position {
  const attempt = findAttempt(position, event.orderHash);
  if (attempt?.phase !== 'working') return position;
  const before = position.state === 'exiting' ? { ...position, isPostOnly: false } : position;
  return changePhase(before, attempt, { phase: 'cancelled', sinceMs: event.atMs }, event.atMs);
}

/** That a second post was not sent says nothing of the first one, whose answer was lost. */
function withoutUnsent(record: PositionRecord, attempt: LiveAttempt, atMs: number): PositionRecord {
  return attempt.postCount === 1
    ? withoutAttempt(record, attempt.intent.orderHash)
    : stillUnknown(record, attempt, atMs);
}

/**
 * Refusals for which the venue must have looked at its book and balances, and so at its orders: had the first post
 * arrived, the second would have been a duplicate. Any other refusal may come from the door and says nothing of the
 * first post.
 */
const LOOKED_FOR_IT: ReadonlySet<RefusalCode> = new Set([
  'balance-or-allowance',
  'no-match',
  'tick-size',
  'order-size',
]);

function stillUnknown(record: PositionRecord, attempt: LiveAttempt, atMs: number): PositionRecord {
  return replaceAttempt(record, attempt, withPhase(attempt, { phase: 'unknown', sinceMs: atMs }));
}

/** A buy is never given up before the market is over: `voided` needs more than that nothing shows (law 4). */
function isProvenEmpty(attempt: LiveAttempt & { readonly phase: 'cancelled' }, atMs: number): boolean {
  return attempt.intent.side === 'SELL' && atMs >= attempt.sinceMs + CANCEL_PROOF_MS;
}

export function observeOrders(position: OpenPosition, event: FactOf<'orders-observed'>): Position {
  // Before the buy is written down there is no order of this position, and its absence proves nothing.
  if (position.attemptCount === 0) return position;
  const settled = settleOrders(position, event.orders, event.atMs);
  const isPastHope = event.atMs >= position.marketEndsAtMs + ABSENCE_PROOF_MS;
  const absent = new Set(event.absentHashes);
  const attempts = settled.attempts.flatMap((attempt): LiveAttempt[] => {
    // A fill that was reported stands although the venue does not show it yet.
    if (attempt.phase === 'matched' || !absent.has(attempt.intent.orderHash)) return [attempt];
    if (isPastHope) return [];
    // The venue had it and took it off the book: nothing to be found of it once look-ups have caught up is nothing
    // filled.
    if (attempt.phase === 'cancelled') return isProvenEmpty(attempt, event.atMs) ? [] : [attempt];
    // Posted twice and taken: a third post would be a duplicate as well. It is cancelled soon, and then proven.
    if (attempt.phase === 'working' && attempt.postCount > 1) return [attempt];
    return [loseTrack(attempt, event.atMs)];
  });
  return resolvePosition(position, { ...advance(position), trades: settled.trades, attempts }, event.atMs);
}

/**
 * Shares on chain prove a buy that nobody answers for. It is looked up all the same: only trades tell its price, and
 * end it (law 5).
 */
export function observeShares(position: OpenPosition, event: FactOf<'shares-observed'>): Position {
  const attempt = findUnansweredAttempt(position, event.orderHash);
  const reported = attempt && provenBuy(attempt.intent, event.sharesMicros, position.feeRateMicros);
  return reported ? changePhase(position, attempt, { phase: 'matched', reported }, event.atMs) : position;
}
