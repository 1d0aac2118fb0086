import { canRest } from '#lib/domain/plan/plan-next-step.ts';
import { BALANCE_PAUSE_MS, retryPauseMs, wakeUpWhileExiting } from '#lib/domain/plan/plan-wake-up.ts';
import { DUST_SHARES_MICROS, remainingSharesMicros, soldSharesMicros } from '#lib/domain/position/fill-totals.ts';
import { hear } from '#lib/domain/position/heard-words.ts';
import {
  isUnanswered,
  isUnresolved,
  type LiveAttempt,
  type LivePhase,
  mayRest,
  mayStillArrive,
  withPhase,
} from '#lib/domain/position/order-attempt.ts';
import type { ExitingPosition, OpenPosition, Position, PositionRecord } from '#lib/domain/position/position.ts';
import type { FactOf } from '#lib/domain/position/position-event.ts';
import type { RefusalCode } from '#lib/domain/refusal/refusal.ts';
import { REACTIONS } from '#lib/domain/refusal/refusal-reactions.ts';
import { isProvenAbsentBuy, isProvenAbsentSell, isProvenEmpty } from './proven-absent.ts';
import { advance, resolvePosition } from './resolve-position.ts';
import { provenBuy, settleOrders } from './settle-orders.ts';

/** How long after the market's end an order that the venue does not show can no longer have arrived. */
export const ABSENCE_PROOF_MS = 30_000;

function findAttempt(position: OpenPosition, orderHash: string): LiveAttempt | undefined {
  return position.attempts.find((attempt) => attempt.intent.orderHash === orderHash);
}

function withoutAttempt(record: PositionRecord, orderHash: string): PositionRecord {
  return { ...record, attempts: record.attempts.filter((attempt) => attempt.intent.orderHash !== orderHash) };
}

/** Once the venue has shown the order, a refusal no longer counts: dropping its fills would sell shares twice. */
function findUnansweredAttempt(position: OpenPosition, orderHash: string): LiveAttempt | undefined {
  const attempt = findAttempt(position, orderHash);
  return attempt && isUnanswered(attempt) ? attempt : undefined;
}

export function acceptOrder(position: OpenPosition, event: FactOf<'order-accepted'>): Position {
  const found = findAttempt(position, event.orderHash);
  if (found === undefined) return position;
  const attempt = withSharesBefore(found, event);
  const isWithoutFills = event.working || event.reported.sharesMicros === 0n;
  if (isWithoutFills && attempt.phase !== 'posting' && attempt.phase !== 'unknown') return position;
  if (attempt.phase === 'matched' && event.reported.sharesMicros <= attempt.reported.sharesMicros) return position;
  // Not reported yet is not "nothing": the order is looked up.
  if (isWithoutFills) return changePhase(position, attempt, { phase: 'working', sinceMs: event.atMs }, event.atMs);
  const filled = position.state === 'exiting' ? withFill(position) : position;
  return changePhase(filled, attempt, { phase: 'matched', reported: event.reported }, event.atMs);
}

function withFill(position: ExitingPosition): ExitingPosition {
  return { ...position, fruitlessCount: 0, noBuyerCount: 0, sellableMicros: null };
}

export function loseAnswer(position: OpenPosition, event: FactOf<'order-unknown'>): Position {
  const attempt = findUnansweredAttempt(position, event.orderHash);
  if (attempt?.phase !== 'posting') return position;
  const unknown = toUnknown(withSharesBefore(attempt, event), event.atMs, answerOf(event));
  const record = replaceAttempt(heard(advance(position), event), attempt, unknown);
  return resolvePosition(position.state === 'exiting' ? withFruitlessAttempt(position) : position, record, event.atMs);
}

function withSharesBefore(
  attempt: LiveAttempt,
  { sharesBeforeMicros }: FactOf<'order-unknown' | 'order-accepted'>,
): LiveAttempt {
  return sharesBeforeMicros === undefined ? attempt : { ...attempt, intent: { ...attempt.intent, sharesBeforeMicros } };
}

/** An answered post is no longer under way, whatever the answer was. An earlier one without an answer may still be. */
function toUnknown(attempt: LiveAttempt, atMs: number, answer?: LiveAttempt['answer']): LiveAttempt {
  if (attempt.phase === 'unknown') return attempt;
  const lostPostAtMs = attempt.phase === 'posting' && answer === undefined ? atMs : attempt.lostPostAtMs;
  const unknown = withPhase({ ...attempt, lostPostAtMs }, { phase: 'unknown', sinceMs: atMs });
  return answer === undefined || attempt.postCount > 1 ? unknown : { ...unknown, answer };
}

function answerOf({ isAnswered, isRefused }: FactOf<'order-unknown'>): LiveAttempt['answer'] {
  if (isRefused) return 'refused';
  return isAnswered ? 'failed' : undefined;
}

function replaceAttempt(record: PositionRecord, attempt: LiveAttempt, after: LiveAttempt): PositionRecord {
  return { ...record, attempts: record.attempts.map((other) => (isSame(other, attempt) ? after : other)) };
}

function isSame(a: LiveAttempt, b: LiveAttempt): boolean {
  return a.intent.orderHash === b.intent.orderHash;
}

function changePhase(position: OpenPosition, attempt: LiveAttempt, phase: LivePhase, atMs: number): Position {
  return resolvePosition(position, replaceAttempt(advance(position), attempt, withPhase(attempt, phase)), atMs);
}

function withFruitlessAttempt(position: ExitingPosition): ExitingPosition {
  return { ...position, fruitlessCount: position.fruitlessCount + 1 };
}

export function refuseOrder(position: OpenPosition, event: FactOf<'order-refused'>): Position {
  const attempt = findUnansweredAttempt(position, event.orderHash);
  if (attempt === undefined) return position;
  // An earlier post without an answer may still arrive. No other order is signed until it cannot.
  const provesAbsence = REFUSED_AFTER_LOOK_UP.has(event.code) || event.cause === 'book-moved';
  const isSettled = attempt.postCount === 1 || (provesAbsence && !mayStillArrive(attempt, event.atMs));
  const advanced = heard(advance(position), event);
  const rest = isSettled ? withoutAttempt(advanced, event.orderHash) : stillUnknown(advanced, attempt, event.atMs);
  if (isHedge(position, event.orderHash)) return goOnWithoutHedge(position, rest, event.atMs);
  const record = countSetback(rest, event.cause);
  if (position.state !== 'exiting') return resolvePosition(position, record, event.atMs, 'buy-refused');
  const { pageAtCount } = REACTIONS[event.cause];
  const needsHuman = pageAtCount !== null && (record.refusals[event.cause] ?? 0) >= pageAtCount;
  const isNewPage = needsHuman && !event.remedied && !position.pagedCauses.includes(event.cause);
  const exiting = {
    ...withFruitlessAttempt(position),
    noBuyerCount: noBuyerCountAfter(position, event, attempt),
    sellableMicros: event.sellableMicros,
    shortfallMicros: position.shortfallMicros + credibleShortfall(position, event.shortfallMicros ?? 0n),
    isPostOnly: event.cause === 'book-moved' && position.isPostOnly,
    pagedCauses: isNewPage ? [...position.pagedCauses, event.cause] : position.pagedCauses,
  };
  const resolved = resolvePosition(exiting, record, event.atMs);
  if (resolved.state !== 'exiting') return resolved;
  // The order was priced on an old book: the next one is priced on today's at once.
  const isOutdated = isSettled && isPricedOnOldBook(attempt) && event.cause === 'no-liquidity';
  if (isOutdated) return { ...resolved, wakeUp: wakeUpWhileExiting(resolved, event.atMs, 0), postAgainAtMs: null };
  return pauseAfterRefusal(resolved, event);
}

function isHedge({ hedge }: OpenPosition, orderHash: string): boolean {
  return hedge?.orderHash === orderHash;
}

/** What kept the hedge from being placed says nothing about the sells: they go on at once. */
function goOnWithoutHedge(position: OpenPosition, record: PositionRecord, atMs: number): Position {
  const resolved = resolvePosition(position, record, atMs);
  if (resolved.state !== 'exiting') return resolved;
  const pauseMs = retryPauseMs({ policy: position.policy, fruitlessCount: 0, noBuyerCount: 0 });
  return { ...resolved, wakeUp: wakeUpWhileExiting(resolved, atMs, pauseMs) };
}

function isPricedOnOldBook({ postCount }: LiveAttempt): boolean {
  return postCount > 1;
}

/** Only an order priced on a fresh book shows that there is no buyer near today's price. */
function noBuyerCountAfter(
  { noBuyerCount }: ExitingPosition,
  { cause }: FactOf<'order-refused'>,
  attempt: LiveAttempt,
): number {
  if (cause !== 'no-liquidity') return 0;
  return isPricedOnOldBook(attempt) ? noBuyerCount : noBuyerCount + 1;
}

/** The first account refusal may come from a wrong clock or old credentials: both are read again. */
function isFirstOfAccount({ refusals }: PositionRecord, cause: keyof typeof REACTIONS): boolean {
  return cause === 'account-blocked' && refusals[cause] === 1;
}

/** A fixed cause needs the usual pause. While shares are on their way, a long pause is filled with balance reads. */
function pauseAfterRefusal(position: ExitingPosition, event: FactOf<'order-refused'>): ExitingPosition {
  const isSlow = REACTIONS[event.cause].pace === 'slow' && !isFirstOfAccount(position, event.cause);
  const isStuck = isSlow && !event.remedied && event.sellableMicros === null;
  const pauseMs = isStuck ? position.policy.slowRetryDelayMs : retryPauseMs(position);
  const isPolling = event.cause === 'unsettled-buy' && pauseMs > BALANCE_PAUSE_MS;
  const wakeUp = wakeUpWhileExiting(position, event.atMs, isPolling ? BALANCE_PAUSE_MS : pauseMs);
  return { ...position, wakeUp, postAgainAtMs: isPolling ? event.atMs + pauseMs : null };
}

/** A zero balance proves nothing before anything was sold (law 5), so it never ends a position. */
function credibleShortfall(position: ExitingPosition, shortfallMicros: bigint): bigint {
  const isAllGone = remainingSharesMicros(position) - shortfallMicros < DUST_SHARES_MICROS;
  return isAllGone && soldSharesMicros(position) === 0n ? 0n : shortfallMicros;
}

/** Keeps what the venue said for the alerts. */
export function heard(record: PositionRecord, { text }: { readonly text: string }): PositionRecord {
  return { ...record, venueWords: hear(record.venueWords, text) };
}

function countSetback(record: PositionRecord, cause: keyof PositionRecord['refusals']): PositionRecord {
  return { ...record, refusals: { ...record.refusals, [cause]: (record.refusals[cause] ?? 0) + 1 } };
}

export function dropUnsentOrder(position: OpenPosition, event: FactOf<'order-not-sent'>): Position {
  const attempt = findUnansweredAttempt(position, event.orderHash);
  if (attempt === undefined) return position;
  const rest = withoutUnsent(heard(advance(position), event), attempt, event.atMs);
  if (isHedge(position, event.orderHash)) return goOnWithoutHedge(position, rest, event.atMs);
  const record = countSetback(rest, event.code);
  if (position.state !== 'exiting') return resolvePosition(position, record, event.atMs, 'buy-not-sent');
  const isPostOnly = event.code === 'post-only-mode';
  const resolved = resolvePosition({ ...withFruitlessAttempt(position), isPostOnly }, record, event.atMs);
  if (resolved.state !== 'exiting') return resolved;
  return { ...resolved, wakeUp: wakeUpWhileExiting(resolved, event.atMs, pauseBeforeNextPost(resolved, event)) };
}

/**
 * An order that rests need not wait. Any other waits as long as the venue asks, if that leaves a quarter of the time
 * for further attempts; otherwise half of the time that is left.
 */
function pauseBeforeNextPost(position: ExitingPosition, event: FactOf<'order-not-sent'>): number | undefined {
  const { policy, marketEndsAtMs } = position;
  if (canRest(position, event.atMs)) return retryPauseMs({ policy, fruitlessCount: 0, noBuyerCount: 0 });
  if (event.retryAfterMs === null) return undefined;
  const leftMs = marketEndsAtMs - policy.lastOrderLeadMs - event.atMs;
  if (event.retryAfterMs <= (leftMs * 3) / 4) return event.retryAfterMs;
  return Math.max(policy.slowRetryDelayMs, Math.floor(leftMs / 2));
}

export function cancelOrder(position: OpenPosition, event: FactOf<'order-cancelled'>): Position {
  const attempt = findAttempt(position, event.orderHash);
  if (attempt === undefined || (attempt.phase !== 'working' && !mayRest(attempt, event.atMs))) return position;
  const before = position.state === 'exiting' ? { ...position, isPostOnly: false } : position;
  return changePhase(before, attempt, { phase: 'cancelled', sinceMs: event.atMs }, event.atMs);
}

/** If the second post was not sent, the outcome of the first is still unknown. */
function withoutUnsent(record: PositionRecord, attempt: LiveAttempt, atMs: number): PositionRecord {
  return attempt.postCount === 1
    ? withoutAttempt(record, attempt.intent.orderHash)
    : stillUnknown(record, attempt, atMs);
}

/** For these the venue has checked its orders: had the first post arrived, the second would be a duplicate. */
const REFUSED_AFTER_LOOK_UP: ReadonlySet<RefusalCode> = new Set([
  'balance-or-allowance',
  'no-match',
  'tick-size',
  'order-size',
]);

function stillUnknown(record: PositionRecord, attempt: LiveAttempt, atMs: number): PositionRecord {
  return replaceAttempt(record, attempt, withPhase(attempt, { phase: 'unknown', sinceMs: atMs }));
}

export function observeOrders(position: OpenPosition, event: FactOf<'orders-observed'>): Position {
  if (position.attemptCount === 0) return position;
  const settled = settleOrders(position, event.orders, event.atMs);
  const isProvenAbsent = event.atMs >= position.marketEndsAtMs + ABSENCE_PROOF_MS;
  const absent = new Set(event.absentHashes);
  const attempts = settled.attempts.flatMap((attempt): LiveAttempt[] => {
    // A reported fill counts, although the venue does not show it yet.
    if (attempt.phase === 'matched' || !absent.has(attempt.intent.orderHash)) return [attempt];
    if (isProvenAbsent) return [];
    // The venue removed the order. Once look-ups have caught up, no fill shown means that nothing was filled.
    if (attempt.phase === 'ended') return isProvenEmpty(attempt, event.atMs) ? [] : [attempt];
    if (attempt.phase === 'cancelled') {
      return isProvenEmpty(attempt, event.atMs) || isProvenAbsentBuy(position, attempt, event) ? [] : [attempt];
    }
    const isUnknown = attempt.phase === 'unknown';
    if (isUnknown && (isProvenAbsentSell(attempt, event.atMs) || isProvenAbsentBuy(position, attempt, event)))
      return [];
    // Posted twice and accepted: a third post would be a duplicate, too. The order is cancelled soon, and then proven.
    if (attempt.phase === 'working' && attempt.postCount > 1) return [attempt];
    return [toUnknown(attempt, event.atMs)];
  });
  const record = { ...advance(position), trades: settled.trades, attempts };
  const isRefused = position.attempts.some(
    ({ answer, intent }) => answer === 'refused' && absent.has(intent.orderHash),
  );
  const hasSold = position.state === 'exiting' && soldSharesMicros(record) > soldSharesMicros(position);
  return resolvePosition(
    hasSold ? withFill(position) : position,
    record,
    event.atMs,
    isRefused ? 'buy-refused' : undefined,
  );
}

/**
 * Shares on chain prove a buy whose fills the venue has not named, accepted or not. Look-ups continue: only trades show
 * its price and end it (law 5).
 */
export function observeShares(position: OpenPosition, event: FactOf<'shares-observed'>): Position {
  const attempt = findAttempt(position, event.orderHash);
  const reported =
    attempt && isUnresolved(attempt) && provenBuy(attempt.intent, event.sharesMicros, position.feeRateMicros);
  return reported ? changePhase(position, attempt, { phase: 'matched', reported }, event.atMs) : position;
}
