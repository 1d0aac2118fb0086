import { maxMicros, minMicros } from '#lib/domain/market/money.ts';
import { DUST_SHARES_MICROS, soldSharesMicros, unhedgedSharesMicros } from './fill-totals.ts';
import { isHeld } from './held-exit.ts';
import type { ExitingPosition, HoldingPosition, Position, PositionRecord } from './position.ts';

/**
 * An exit on request, of a part or with a floor of its own, or a take-profit with its level as the floor.
 * The exit by the clock and a stop overtake it.
 */
export type ExitRequest = {
  readonly atMs: number;
  /** A partial exit is done once this many shares of the position are sold, earlier ones included. Absent: all. */
  readonly untilSoldMicros?: bigint | undefined;
  /** This request sells nothing below it. */
  readonly minPriceMicros?: bigint | undefined;
};

type RequestedRecord = PositionRecord & { readonly shortfallMicros?: bigint };

/** The request that decides at `atMs`; undefined without one, and once the exit itself is due. */
export function activeRequest({ exitRequest, exitDueAtMs }: PositionRecord, atMs: number): ExitRequest | undefined {
  return atMs < exitDueAtMs ? exitRequest : undefined;
}

/** Whether a request decides what the position sells, and a rule may still take over. */
export function isOnRequest(position: Position, atMs: number): position is ExitingPosition {
  return position.state === 'exiting' && activeRequest(position, atMs) !== undefined;
}

/** Asked for before the exit was due, and not decisive any more. A request that ended a hold stays (`holdAbove`). */
export function isOvertaken({ exitRequest, exitDueAtMs }: PositionRecord, atMs: number): boolean {
  return exitRequest !== undefined && exitRequest.atMs < exitDueAtMs && atMs >= exitDueAtMs;
}

/** When the next sell is due: on request, or by clock or rule. */
export function sellDueAtMs({ exitRequest, exitDueAtMs }: PositionRecord): number {
  return exitRequest?.atMs ?? exitDueAtMs;
}

/** The same of a position whose due exit may be held: then it is the next look. */
export function nextSellAtMs(position: HoldingPosition): number {
  return isHeld(position) ? position.wakeUp.atMs : sellDueAtMs(position);
}

/** What is to be sold at `atMs`: all that is left without a pair, or the part of it that a request names. */
export function sharesToSellMicros(record: RequestedRecord, atMs: number): bigint {
  const leftMicros = unhedgedSharesMicros(record);
  const request = activeRequest(record, atMs);
  if (request?.untilSoldMicros === undefined) return leftMicros;
  return minMicros(leftMicros, maxMicros(request.untilSoldMicros - soldSharesMicros(record), 0n));
}

/** A partial exit has sold its shares. Fewer than can be sold do not count. */
export function isPartDone(record: RequestedRecord, atMs: number): boolean {
  const isPart = activeRequest(record, atMs)?.untilSoldMicros !== undefined;
  return isPart && sharesToSellMicros(record, atMs) < DUST_SHARES_MICROS;
}

export function withoutRequest<Record extends PositionRecord>({ exitRequest: _, ...record }: Record) {
  return record;
}
