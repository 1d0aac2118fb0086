import { assertLaw, assertNever } from './broken-law.ts';
import { exitPosition, exitRecordAtDeadline, recordOf, settlePosition, voidPosition } from './close-position.ts';
import { boughtTotals, DUST_SHARES_MICROS, remainingSharesMicros, soldTotals } from './fill-totals.ts';
import type { LiveAttempt, LivePhase, OrderIntent } from './order-attempt.ts';
import { isUnresolved } from './order-attempt.ts';
import {
  EXIT_WAKE_UP_ID,
  wakeUpWhileAwaiting,
  wakeUpWhileBuying,
  wakeUpWhileExiting,
  wakeUpWhileHolding,
} from './plan-wake-up.ts';
import type {
  AwaitingResolutionPosition,
  BuyingPosition,
  ExitingPosition,
  HoldingPosition,
  OpenPosition,
  Position,
  PositionRecord,
  VoidReason,
} from './position.ts';
import { isClosed } from './position.ts';
import type { PositionEvent, PositionFact } from './position-event.ts';
import { REACTIONS } from './refusal-reactions.ts';
import { settleOrders } from './settle-orders.ts';

type FactOf<Type extends PositionFact['type']> = Extract<PositionEvent, { readonly type: Type }>;

/** How long after the market's end an order that nobody knows can no longer have arrived. */
export const ABSENCE_PROOF_MS = 30_000;

/**
 * Applies one fact to a position: the next state, with its next wake-up. Pure and total over `transitions`, the table of
 * what may happen. A fact that was applied before, or that no longer matters, returns the same object.
 * @throws BrokenLawError when the fact cannot follow, which is a bug
 */
export function evolvePosition(position: Position, event: PositionEvent): Position {
  if (isClosed(position)) {
    assertLaw(!INTENTS.has(event.type), `A ${position.state} position cannot place an order`);
    return position;
  }
  switch (event.type) {
    case 'buy-intended':
      return intendBuy(position, event);
    case 'buy-abandoned':
      return abandonBuy(position, event);
    case 'sell-intended':
      return intendSell(position, event);
    case 'sell-reposted':
      return repostSell(position, event);
    case 'order-accepted':
      return acceptOrder(position, event);
    case 'order-refused':
      return refuseOrder(position, event);
    case 'order-not-sent':
      return dropUnsentOrder(position, event);
    case 'order-unknown':
      return changePhase(position, event.orderHash, { phase: 'unknown', sinceMs: event.atMs }, event.atMs);
    case 'orders-observed':
      return observeOrders(position, event);
    case 'look-up-failed':
      return resolve(position, advance(position), event.atMs);
    case 'exit-requested':
      return requestExit(position, event);
    case 'deadline-reached':
      return reachDeadline(position, event);
    case 'market-resolved':
    case 'redemption-confirmed':
    case 'record-contradicted': {
      assertLaw(position.state === 'awaiting-resolution', `A ${position.state} position cannot be settled`);
      const record = advance(position);
      return settlePosition(position, record, event, event.atMs) ?? { ...position, version: record.version };
    }
    default:
      return assertNever(event);
  }
}

const INTENTS: ReadonlySet<PositionFact['type']> = new Set(['buy-intended', 'sell-intended', 'sell-reposted']);

function advance(position: OpenPosition): PositionRecord {
  return { ...recordOf(position), version: position.version + 1 };
}

function findAttempt(position: OpenPosition, orderHash: string): LiveAttempt | undefined {
  return position.attempts.find((attempt) => attempt.intent.orderHash === orderHash);
}

function withoutAttempt(record: PositionRecord, orderHash: string): PositionRecord {
  return { ...record, attempts: record.attempts.filter((attempt) => attempt.intent.orderHash !== orderHash) };
}

/** Where a position stands once its orders or trades have changed. */
function resolve(position: OpenPosition, record: PositionRecord, atMs: number, emptyReason?: VoidReason): Position {
  const isOver = record.attempts.length === 0;
  const isEmpty = isOver && boughtTotals(record).sharesMicros === 0n && soldTotals(record).sharesMicros === 0n;
  if (isEmpty) {
    return voidPosition(
      position,
      record,
      emptyReason ?? (record.trades.length > 0 ? 'buy-failed' : 'nothing-bought'),
      atMs,
    );
  }
  switch (position.state) {
    case 'buying':
      return boughtTotals(record).sharesMicros > 0n ? hold(record, atMs) : stay('buying', record, atMs);
    case 'holding':
      return hold(record, atMs);
    case 'exiting':
      return resolveExit({ ...position, ...record }, record, atMs);
    case 'awaiting-resolution':
      return resolveAfterDeadline({ ...position, ...record }, record, atMs);
    default:
      return assertNever(position);
  }
}

function stay(state: 'buying', record: PositionRecord, atMs: number): BuyingPosition {
  const draft = { ...record, state };
  return { ...draft, wakeUp: wakeUpWhileBuying(draft, atMs) };
}

function hold(record: PositionRecord, atMs: number): HoldingPosition {
  const draft = { ...record, state: 'holding' } as const;
  return { ...draft, wakeUp: wakeUpWhileHolding(draft, atMs) };
}

function resolveExit(draft: ExitingPosition, record: PositionRecord, atMs: number): Position {
  const isSold = remainingSharesMicros(draft) < DUST_SHARES_MICROS;
  if (isSold && record.attempts.length === 0) return exitPosition(draft, record, atMs);
  return { ...draft, wakeUp: wakeUpWhileExiting(draft, atMs) };
}

function resolveAfterDeadline(draft: AwaitingResolutionPosition, record: PositionRecord, atMs: number): Position {
  const isSold = remainingSharesMicros(draft) < DUST_SHARES_MICROS;
  if (isSold && record.attempts.length === 0) return exitPosition(draft, record, atMs);
  return { ...draft, wakeUp: wakeUpWhileAwaiting(draft, atMs) };
}

function posting(intent: OrderIntent, leaseUntilMs: number, postCount: number): LiveAttempt {
  return { intent, postCount, phase: 'posting', leaseUntilMs };
}

function intendBuy(position: OpenPosition, event: FactOf<'buy-intended'>): BuyingPosition {
  assertLaw(position.state === 'buying' && position.attemptCount === 0, 'Only a fresh position may buy, and only once');
  assertLaw(
    event.intent.side === 'BUY' && event.intent.tokenId === position.tokenId,
    'A buy names the token asked for',
  );
  const record = { ...advance(position), attemptCount: 1, attempts: [posting(event.intent, event.leaseUntilMs, 1)] };
  return stay('buying', record, event.atMs);
}

function abandonBuy(position: OpenPosition, event: FactOf<'buy-abandoned'>): Position {
  // An intent on record may have been posted: only its absence proves that nothing was bought.
  assertLaw(position.state === 'buying' && position.attemptCount === 0, 'A buy that was written down is not abandoned');
  return voidPosition(position, advance(position), event.reason, event.atMs);
}

function intendSell(position: OpenPosition, event: FactOf<'sell-intended'>): ExitingPosition {
  const { intent } = event;
  assertLaw(position.state === 'holding' || position.state === 'exiting', `A ${position.state} position cannot sell`);
  assertLaw(intent.side === 'SELL' && intent.tokenId === position.tokenId, 'The token sold is the token bought');
  assertLaw(!position.attempts.some(isUnresolved), 'One order in flight or of unknown outcome at a time');
  assertLaw(intent.sharesMicros <= remainingSharesMicros(position), 'No more is sold than is held');
  const before = position.state === 'exiting' ? position : freshExit(event.atMs);
  return {
    ...before,
    ...advance(position),
    state: 'exiting',
    // The wake-up stays: should this invocation die, its message comes back under the same id.
    wakeUp: position.wakeUp,
    attemptCount: intent.attemptNumber,
    attempts: [...position.attempts, posting(intent, event.leaseUntilMs, 1)],
    firstExitAttemptAtMs: position.firstExitAttemptAtMs ?? event.postAtMs,
    underlyingAtExitMicros: event.underlyingMicros ?? before.underlyingAtExitMicros,
  };
}

function freshExit(atMs: number) {
  return {
    exitStartedAtMs: atMs,
    fruitlessCount: 0,
    noBuyerCount: 0,
    shortfallMicros: 0n,
    sellableMicros: null,
    pagedCauses: [],
    underlyingAtExitMicros: null,
  } as const;
}

function repostSell(position: OpenPosition, event: FactOf<'sell-reposted'>): Position {
  const attempt = findAttempt(position, event.orderHash);
  assertLaw(position.state === 'exiting' && attempt?.intent.side === 'SELL', 'Only an exit posts a sell again');
  assertLaw(
    attempt.phase === 'unknown' || attempt.phase === 'posting',
    'Only an order of unknown outcome is posted again',
  );
  const attempts = position.attempts.map((other) =>
    other === attempt ? posting(attempt.intent, event.leaseUntilMs, attempt.postCount + 1) : other,
  );
  return { ...position, version: position.version + 1, attempts };
}

function acceptOrder(position: OpenPosition, event: FactOf<'order-accepted'>): Position {
  // Taken, but nothing reported: the venue has not said yet. It is looked up, never taken for "nothing".
  if (event.working || event.reported.sharesMicros === 0n) {
    return changePhase(position, event.orderHash, { phase: 'working', sinceMs: event.atMs }, event.atMs);
  }
  const filled =
    position.state === 'exiting' ? { ...position, fruitlessCount: 0, noBuyerCount: 0, sellableMicros: null } : position;
  return changePhase(filled, event.orderHash, { phase: 'matched', reported: event.reported }, event.atMs);
}

function changePhase(position: OpenPosition, orderHash: string, phase: LivePhase, atMs: number): Position {
  const attempt = findAttempt(position, orderHash);
  if (attempt === undefined) return position;
  const { intent, postCount } = attempt;
  const attempts = position.attempts.map((other) => (other === attempt ? { intent, postCount, ...phase } : other));
  const moved = position.state === 'exiting' && phase.phase === 'unknown' ? fruitless(position) : position;
  return resolve(moved, { ...advance(position), attempts }, atMs);
}

function fruitless(position: ExitingPosition): ExitingPosition {
  return { ...position, fruitlessCount: position.fruitlessCount + 1 };
}

function refuseOrder(position: OpenPosition, event: FactOf<'order-refused'>): Position {
  const attempt = findAttempt(position, event.orderHash);
  if (attempt === undefined) return position;
  const record = countSetback(withoutAttempt(advance(position), event.orderHash), event.cause);
  if (position.state !== 'exiting') return resolve(position, record, event.atMs, 'buy-refused');
  const reaction = REACTIONS[event.cause];
  const isNewPage = reaction.needsHuman && !position.pagedCauses.includes(event.cause);
  const exiting = {
    ...fruitless(position),
    noBuyerCount: event.cause === 'no-liquidity' ? position.noBuyerCount + 1 : 0,
    sellableMicros: event.sellableMicros,
    shortfallMicros: position.shortfallMicros + (event.shortfallMicros ?? 0n),
    pagedCauses: isNewPage ? [...position.pagedCauses, event.cause] : position.pagedCauses,
  };
  const resolved = resolve(exiting, record, event.atMs);
  if (resolved.state !== 'exiting') return resolved;
  const pauseMs = reaction.pace === 'slow' ? position.policy.slowRetryDelayMs : undefined;
  return { ...resolved, wakeUp: wakeUpWhileExiting(resolved, event.atMs, pauseMs) };
}

function countSetback(record: PositionRecord, cause: keyof PositionRecord['refusals']): PositionRecord {
  return { ...record, refusals: { ...record.refusals, [cause]: (record.refusals[cause] ?? 0) + 1 } };
}

function dropUnsentOrder(position: OpenPosition, event: FactOf<'order-not-sent'>): Position {
  if (findAttempt(position, event.orderHash) === undefined) return position;
  const record = countSetback(withoutAttempt(advance(position), event.orderHash), event.code);
  if (position.state !== 'exiting') return resolve(position, record, event.atMs, 'buy-not-sent');
  const resolved = resolve(fruitless(position), record, event.atMs);
  if (resolved.state !== 'exiting' || event.retryAfterMs === null) return resolved;
  return { ...resolved, wakeUp: wakeUpWhileExiting(resolved, event.atMs, event.retryAfterMs) };
}

function observeOrders(position: OpenPosition, event: FactOf<'orders-observed'>): Position {
  const settled = settleOrders(position, event.orders, event.atMs);
  const isPastHope = event.atMs >= position.marketEndsAtMs + ABSENCE_PROOF_MS;
  const absent = new Set(event.absentHashes);
  const attempts = settled.attempts.flatMap((attempt): LiveAttempt[] => {
    // A fill that was reported stands although the venue does not show it yet.
    if (attempt.phase === 'matched' || !absent.has(attempt.intent.orderHash)) return [attempt];
    if (isPastHope) return [];
    const { intent, postCount } = attempt;
    return [
      { intent, postCount, phase: 'unknown', sinceMs: attempt.phase === 'unknown' ? attempt.sinceMs : event.atMs },
    ];
  });
  return resolve(position, { ...advance(position), trades: settled.trades, attempts }, event.atMs);
}

function requestExit(position: OpenPosition, event: FactOf<'exit-requested'>): Position {
  const isEarlier = event.atMs < position.exitDueAtMs;
  if (position.state === 'holding' && isEarlier) {
    return {
      ...position,
      version: position.version + 1,
      exitDueAtMs: event.atMs,
      wakeUp: { id: EXIT_WAKE_UP_ID, atMs: event.atMs },
    };
  }
  if (position.state === 'buying' && isEarlier) {
    return { ...position, version: position.version + 1, exitDueAtMs: event.atMs };
  }
  return position;
}

function reachDeadline(position: OpenPosition, event: FactOf<'deadline-reached'>): Position {
  if (position.state === 'awaiting-resolution') return position;
  const record = advance(position);
  if (position.attemptCount === 0) return voidPosition(position, record, 'abandoned', event.atMs);
  const draft = {
    ...record,
    ...exitRecordAtDeadline(position, record, event.atMs),
    state: 'awaiting-resolution',
  } as const;
  return { ...draft, wakeUp: wakeUpWhileAwaiting(draft, event.atMs) };
}
