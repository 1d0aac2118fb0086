import { findExitRefusal, findHoldRefusal } from '#lib/domain/plan/plan-exit-request.ts';
import { EXIT_WAKE_UP_ID } from '#lib/domain/plan/plan-wake-up.ts';
import { HOLD_AT_ANY_PRICE_MICROS, holdsAtAnyPrice } from '#lib/domain/position/exit-policy.ts';
import { type ExitRequest, isOvertaken, withoutRequest } from '#lib/domain/position/exit-request.ts';
import { soldSharesMicros } from '#lib/domain/position/fill-totals.ts';
import { isHeld } from '#lib/domain/position/held-exit.ts';
import { isUnresolved } from '#lib/domain/position/order-attempt.ts';
import type {
  ExitingPosition,
  HoldingPosition,
  OpenPosition,
  Position,
  PositionRecord,
} from '#lib/domain/position/position.ts';
import type { FactOf } from '#lib/domain/position/position-event.ts';
import { advance, hold } from './resolve-position.ts';

/** The last request decides: one for everything at any price ends a partial exit and takes away a floor. */
export function requestExit(position: OpenPosition, event: FactOf<'exit-requested'>): Position {
  const { atMs, sharesMicros, minPriceMicros } = event;
  if (position.state === 'holding' && isHeld(position)) return sellHeld(position, event);
  if (atMs >= position.exitDueAtMs) return position;
  if (sharesMicros !== undefined || minPriceMicros !== undefined) return requestOwnExit(position, event);
  switch (position.state) {
    case 'buying':
      return { ...withoutRequest(position), version: position.version + 1, exitDueAtMs: atMs };
    case 'holding':
      return exitNow(position, atMs);
    case 'exiting':
      return position.exitRequest === undefined
        ? position
        : wakeNow({ ...withoutRequest(position), exitDueAtMs: atMs }, atMs);
    case 'awaiting-resolution':
      return position;
  }
}

/** The exit is due now, whatever was asked for before. */
export function exitNow(position: HoldingPosition, atMs: number): HoldingPosition {
  return {
    ...withoutRequest(position),
    version: position.version + 1,
    exitDueAtMs: atMs,
    wakeUp: { id: EXIT_WAKE_UP_ID, atMs },
  };
}

/** Of a part, or with a floor. When the exit is due stays as it is. */
function requestOwnExit(before: OpenPosition, event: FactOf<'exit-requested'>): Position {
  const { atMs, requestId, sharesMicros, minPriceMicros } = event;
  if (before.state === 'awaiting-resolution' || isTaken(before, requestId)) return before;
  if (findExitRefusal(before, event, atMs) !== null) return before;
  const position = requestId === undefined ? before : withTaken(before, requestId);
  const exitRequest: ExitRequest = {
    atMs,
    ...(sharesMicros !== undefined && { untilSoldMicros: soldSharesMicros(position) + sharesMicros }),
    ...(minPriceMicros !== undefined && { minPriceMicros }),
  };
  if (position.state === 'buying') return { ...position, version: position.version + 1, exitRequest };
  return sellOnRequest(position, exitRequest);
}

/** The request takes the place of an earlier one, and its first look at the book is now. */
export function sellOnRequest(position: HoldingPosition | ExitingPosition, exitRequest: ExitRequest): Position {
  const { atMs } = exitRequest;
  if (position.state === 'exiting') return wakeNow({ ...position, exitRequest }, atMs);
  const wakeUp = { id: EXIT_WAKE_UP_ID, atMs };
  return { ...position, version: position.version + 1, exitRequest, wakeUp };
}

/** A request that is repeated, by its caller or by the queue, must not sell twice. */
export function isTaken({ takenRequestIds = [] }: PositionRecord, requestId: string | undefined): boolean {
  return requestId !== undefined && takenRequestIds.includes(requestId);
}

function withTaken<Taking extends PositionRecord>(position: Taking, requestId: string): Taking {
  return { ...position, takenRequestIds: [...(position.takenRequestIds ?? []), requestId] };
}

/** An order that is open has its own wake-up: only its outcome shows what is left to sell. */
export function wakeNow(position: ExitingPosition, atMs: number): ExitingPosition {
  const version = position.version + 1;
  const isOpen = position.attempts.some(isUnresolved);
  return { ...position, version, ...(!isOpen && { wakeUp: { id: `v${version}`, atMs } }) };
}

/** A request for everything ends a hold, and its sale is one by hand. */
function sellHeld(position: HoldingPosition, { atMs, sharesMicros, minPriceMicros }: FactOf<'exit-requested'>) {
  if (sharesMicros !== undefined || minPriceMicros !== undefined) return position;
  return sellOnRequest(position, { atMs });
}

/** Decides at the exit by the clock alone. A later request for everything sells all the same. */
export function requestHold(position: OpenPosition, { atMs }: FactOf<'hold-requested'>): Position {
  if (position.state !== 'buying' && position.state !== 'holding') return position;
  if (findHoldRefusal(position, atMs) !== null || holdsAtAnyPrice(position.policy)) return position;
  const rules = { ...position.policy.rules, holdAboveMicros: HOLD_AT_ANY_PRICE_MICROS };
  return { ...position, version: position.version + 1, policy: { ...position.policy, rules } };
}

/** The rule keeps the shares of a due exit. What was asked for before is overtaken, and the exit begins with this. */
export function holdExit(position: OpenPosition, event: FactOf<'exit-held'>): Position {
  const { atMs, priceMicros, proceedsMicros } = event;
  const isOver = position.state === 'exiting' && !isOvertaken(position, atMs);
  if (position.state === 'buying' || position.state === 'awaiting-resolution' || isOver) return position;
  if (position.attempts.some(isUnresolved) || atMs < position.exitDueAtMs) return position;
  if (position.exitRequest !== undefined && !isOvertaken(position, atMs)) return position;
  const record = withoutRequest(advance(position));
  const seen = priceMicros === null || proceedsMicros === null ? undefined : { atMs, priceMicros, proceedsMicros };
  const holdDecision = record.holdDecision ?? seen;
  return hold({ ...record, ...(holdDecision && { holdDecision }), holdLook: { atMs, priceMicros } }, atMs);
}
