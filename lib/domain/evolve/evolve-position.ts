import { assertLaw, assertNever } from '#lib/domain/position/broken-law.ts';
import { isOnRequest, withoutRequest } from '#lib/domain/position/exit-request.ts';
import { isSettled } from '#lib/domain/position/fill-totals.ts';
import { valueNewSales } from '#lib/domain/position/low-sale.ts';
import { endWithoutLookUp } from '#lib/domain/position/order-attempt.ts';
import { isClosed, type OpenPosition, type Position } from '#lib/domain/position/position.ts';
import type { FactOf, PositionEvent, PositionFact } from '#lib/domain/position/position-event.ts';
import { voidPosition } from './close-position.ts';
import { abandonBuy, intendBuy, intendHedge, intendSell, putOffSell, repostSell } from './evolve-intents.ts';
import {
  acceptOrder,
  cancelOrder,
  dropUnsentOrder,
  heard,
  loseAnswer,
  observeOrders,
  observeShares,
  refuseOrder,
} from './evolve-orders.ts';
import { exitNow, holdExit, requestExit, requestHold, sellOnRequest, wakeNow } from './evolve-requests.ts';
import { settlePosition } from './evolve-settlement.ts';
import { findNothing, findShares, leaveShares } from './evolve-shares.ts';
import { noteFailingExit } from './failing-exit.ts';
import { advance, awaitPayout, resolvePosition } from './resolve-position.ts';

/**
 * Applies one event and returns the next state with its next wake-up. Implements `transitions`. An event that was
 * applied before, or no longer matters, returns the same object.
 * @throws BrokenLawError when the event cannot follow, which is a bug
 */
export function evolvePosition(position: Position, event: PositionEvent): Position {
  if (isClosed(position)) {
    assertLaw(!INTENTS.has(event.type), `A ${position.state} position cannot place an order`);
    return position;
  }
  return noteFailingExit(position, event, valueNewSales(position, applyEvent(position, event)));
}

function applyEvent(position: OpenPosition, event: PositionEvent): Position {
  switch (event.type) {
    case 'buy-intended':
      return intendBuy(position, event);
    case 'buy-abandoned':
      return abandonBuy(position, event);
    case 'sell-intended':
      return intendSell(position, event);
    case 'hedge-intended':
      return intendHedge(position, event);
    case 'sell-reposted':
      return repostSell(position, event);
    case 'sell-put-off':
      return putOffSell(position, event);
    case 'order-accepted':
      return acceptOrder(position, event);
    case 'order-refused':
      return refuseOrder(position, event);
    case 'order-not-sent':
      return dropUnsentOrder(position, event);
    case 'order-unknown':
      return loseAnswer(position, event);
    case 'order-cancelled':
      return cancelOrder(position, event);
    case 'orders-observed':
      return observeOrders(position, event);
    case 'shares-observed':
      return observeShares(position, event);
    case 'look-up-failed':
      return failLookUp(position, event);
    case 'shares-found':
      return findShares(position, event);
    case 'shares-left':
      return leaveShares(position, event);
    case 'nothing-found':
      return findNothing(position, event);
    case 'exit-requested':
      return requestExit(position, event);
    case 'rule-fired':
      return fireRule(position, event);
    case 'high-raised':
      return raiseHigh(position, event);
    case 'hold-requested':
      return requestHold(position, event);
    case 'exit-held':
      return holdExit(position, event);
    case 'deadline-reached':
      return reachDeadline(position, event);
    case 'settlement-waited':
    case 'market-resolved':
    case 'loss-confirmed':
    case 'redemption-sent':
    case 'redemption-failed':
    case 'redemption-confirmed':
    case 'merge-confirmed':
    case 'record-contradicted':
      assertLaw(position.state === 'awaiting-resolution', `A ${position.state} position cannot be settled`);
      return settlePosition(position, event);
    default:
      return assertNever(event);
  }
}

/** Without an open order a failed look-up changes nothing. */
function failLookUp(position: OpenPosition, event: FactOf<'look-up-failed'>): Position {
  if (isSettled(position)) return position;
  const record = heard(advance(position), event);
  if (position.state !== 'exiting') return resolvePosition(position, record, event.atMs);
  const attempts = record.attempts.map((attempt) => endWithoutLookUp(attempt, event.atMs));
  return resolvePosition(position, { ...record, attempts }, event.atMs);
}

const INTENTS: ReadonlySet<PositionFact['type']> = new Set([
  'buy-intended',
  'sell-intended',
  'hedge-intended',
  'sell-reposted',
]);

/**
 * An exit that is due already, by the clock, by hand or by a rule, keeps its reason: clocks differ. What was asked for
 * in part, or with a floor, is overtaken. A take-profit is a request for everything with its level as the floor: it
 * fires once, and a stop may overtake it.
 */
function fireRule(position: OpenPosition, event: FactOf<'rule-fired'>): Position {
  const { rule, priceMicros, levelMicros, atMs } = event;
  const isProfit = rule === 'take-profit';
  const mayFire = position.firedRule === undefined || (!isProfit && position.firedRule.rule === 'take-profit');
  if (!mayFire || atMs >= position.exitDueAtMs) return position;
  if (position.state !== 'holding' && !isOnRequest(position, atMs)) return position;
  const fired = { ...position, firedRule: { rule, priceMicros, levelMicros, atMs } };
  if (isProfit) return sellOnRequest(fired, { atMs, minPriceMicros: levelMicros });
  if (fired.state === 'holding') return exitNow(fired, atMs);
  return wakeNow({ ...withoutRequest(fired), exitDueAtMs: atMs }, atMs);
}

/** As long as a rule may fire: a stop that stood still while a request waits would give back the rise. */
function raiseHigh(position: OpenPosition, { priceMicros, atMs }: FactOf<'high-raised'>): Position {
  const mayFire = position.state === 'holding' || isOnRequest(position, atMs);
  if (!mayFire || priceMicros <= (position.highMicros ?? 0n)) return position;
  return { ...position, version: position.version + 1, highMicros: priceMicros };
}

function reachDeadline(position: OpenPosition, event: FactOf<'deadline-reached'>): Position {
  if (position.state === 'awaiting-resolution') return position;
  const record = advance(position);
  const isAbandoned = position.state === 'buying' && position.attemptCount === 0;
  if (isAbandoned) return voidPosition(position, record, 'abandoned', event.atMs);
  return awaitPayout(position, record, event.atMs);
}

/**
 * A later post of the same order may have another outcome than this refusal or lost answer of an earlier one.
 * @param postedOn the row on which the order was posted
 */
export function isOutdatedAnswer(event: PositionEvent, postedOn: Position, now: Position): boolean {
  switch (event.type) {
    case 'order-refused':
    case 'order-not-sent':
    case 'order-unknown':
      return postCountOf(postedOn, event.orderHash) !== postCountOf(now, event.orderHash);
    default:
      return false;
  }
}

function postCountOf(position: Position, orderHash: string): number | undefined {
  return position.attempts.find((attempt) => attempt.intent.orderHash === orderHash)?.postCount;
}
