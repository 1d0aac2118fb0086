import { findExitRefusal } from '#lib/domain/plan/plan-exit-request.ts';
import { EXIT_WAKE_UP_ID } from '#lib/domain/plan/plan-wake-up.ts';
import { activeRequest, type ExitRequest, withoutRequest } from '#lib/domain/position/exit-request.ts';
import { soldSharesMicros } from '#lib/domain/position/fill-totals.ts';
import { isUnresolved } from '#lib/domain/position/order-attempt.ts';
import type {
  ExitingPosition,
  HoldingPosition,
  OpenPosition,
  Position,
  PositionRecord,
} from '#lib/domain/position/position.ts';
import type { FactOf } from '#lib/domain/position/position-event.ts';

/** The last request decides: one for everything at any price ends a partial exit and takes away a floor. */
export function requestExit(position: OpenPosition, event: FactOf<'exit-requested'>): Position {
  const { atMs, sharesMicros, minPriceMicros } = event;
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
  if (position.state === 'exiting') return wakeNow({ ...position, exitRequest }, atMs);
  const asked = { ...position, version: position.version + 1, exitRequest };
  return asked.state === 'holding' ? { ...asked, wakeUp: { id: EXIT_WAKE_UP_ID, atMs } } : asked;
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

/** Whether a request decides what the position sells, and a rule may still take over. */
export function isOnRequest(position: Position, atMs: number): position is ExitingPosition {
  return position.state === 'exiting' && activeRequest(position, atMs) !== undefined;
}
