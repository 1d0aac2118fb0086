import { fruitlessMsMax } from '#lib/domain/position/exit-policy.ts';
import { activeRequest } from '#lib/domain/position/exit-request.ts';
import { DUST_SHARES_MICROS, unhedgedSharesMicros } from '#lib/domain/position/fill-totals.ts';
import type { ExitingPosition, Position } from '#lib/domain/position/position.ts';
import type { EventType, PositionEvent } from '#lib/domain/position/position-event.ts';
import { lastSoldAtMs } from './close-position.ts';

/**
 * While there are no bids, the minimum price still falls: it is told later, and by the market's end, not by the exit's.
 */
const NO_BUYER_LEAD_MS = 60_000;

/** The events after which it is known how an attempt, or the wait for its answer, went. */
const RESULTS: ReadonlySet<EventType> = new Set([
  'order-refused',
  'order-not-sent',
  'order-unknown',
  'orders-observed',
  'look-up-failed',
  'sell-put-off',
] as const satisfies readonly EventType[]);

/** Notes that the exit fails, once for each exit. `alertAfter` pages for it. */
export function noteFailingExit(before: Position, event: PositionEvent, after: Position): Position {
  if (after === before || after.state !== 'exiting' || after.isFailingTold || !RESULTS.has(event.type)) return after;
  return isFailing(after, event.atMs) ? { ...after, isFailingTold: true } : after;
}

/**
 * Judged by the next wake-up, so that a long pause is told when it begins. A request that may wait for its price, and
 * shares that are paired with the other outcome, do not fail.
 */
function isFailing(position: ExitingPosition, atMs: number): boolean {
  if (activeRequest(position, atMs) !== undefined || unhedgedSharesMicros(position) < DUST_SHARES_MICROS) return false;
  const { policy, marketEndsAtMs, noBuyerCount } = position;
  const nextAtMs = Math.max(position.wakeUp.atMs, atMs);
  const fruitlessMs = fruitlessMsMax(policy);
  if (nextAtMs >= marketEndsAtMs - fruitlessMs) return true;
  if (noBuyerCount > 0) return nextAtMs >= marketEndsAtMs - Math.min(NO_BUYER_LEAD_MS, policy.exitLeadMs / 2);
  return nextAtMs >= lastProgressAtMs(position) + fruitlessMs;
}

function lastProgressAtMs(position: ExitingPosition): number {
  const { exitStartedAtMs } = position;
  return Math.max(exitStartedAtMs, lastSoldAtMs(position, exitStartedAtMs));
}
