import type { FiringRule } from '#lib/domain/position/exit-policy.ts';
import { sellDueAtMs } from '#lib/domain/position/exit-request.ts';
import {
  DUST_SHARES_MICROS,
  hedgeTotals,
  isAwaitingShares,
  isHedged,
  mergedMicros,
  shortfallMicrosOf,
  soldSharesMicros,
  unhedgedSharesMicros,
} from '#lib/domain/position/fill-totals.ts';
import { leftSharesMicros } from '#lib/domain/position/guarded-shares.ts';
import { isHeldForReason } from '#lib/domain/position/held-exit.ts';
import type {
  AwaitingResolutionPosition,
  BuyingPosition,
  ExitedPosition,
  ExitingPosition,
  ExitReason,
  ExitRecord,
  HoldingPosition,
  OpenPosition,
  PositionRecord,
  VoidedPosition,
  VoidReason,
} from '#lib/domain/position/position.ts';
import { clockExitAtMs } from '#lib/domain/position/position.ts';

/** By hand or by a rule, before the clock, or what was sold on a request that nothing overtook. */
export function isEarlyExit(record: PositionRecord): boolean {
  return record.exitDueAtMs < clockExitAtMs(record) || record.exitRequest !== undefined;
}

/**
 * Why all shares were sold. An exit by hand or by a rule was chosen, one by the clock is forced. A take-profit that was
 * overtaken, by the clock or by hand, is not the reason, whatever part it sold.
 */
function reasonOfSale(record: PositionRecord): 'emergency:timeout' | 'manual' | `rule:${FiringRule}` {
  if (!isEarlyExit(record)) return 'emergency:timeout';
  const { firedRule } = record;
  if (firedRule === undefined) return 'manual';
  const isOvertaken = firedRule.rule === 'take-profit' && sellDueAtMs(record) !== firedRule.atMs;
  return isOvertaken ? 'manual' : `rule:${firedRule.rule}`;
}

export function lastSoldAtMs(record: PositionRecord, otherwiseMs: number): number {
  const soldAtMs = record.trades
    .filter((trade) => trade.side === 'SELL' && trade.status !== 'failed')
    .map((trade) => trade.matchedAtMs);
  return soldAtMs.length === 0 ? otherwiseMs : Math.max(...soldAtMs);
}

export function voidPosition(
  position: OpenPosition,
  record: PositionRecord,
  reason: VoidReason,
  atMs: number,
): VoidedPosition {
  return {
    ...record,
    state: 'voided',
    exitAtMs: position.state === 'awaiting-resolution' ? position.exitAtMs : atMs,
    exitReason: `void:${reason}`,
    forceClosed: false,
    forceCloseReason: null,
    underlyingAtExitMicros: null,
    shortfallMicros: 0n,
    closedAtMs: atMs,
  };
}

export function exitPosition(
  position: HoldingPosition | ExitingPosition | AwaitingResolutionPosition,
  record: PositionRecord,
  atMs: number,
): ExitedPosition {
  const isMerged = hedgeTotals(record).sharesMicros + mergedMicros(record) > 0n;
  if (!isMerged && isGoneElsewhere(record)) return exitElsewhere(record, shortfallMicrosOf(position), atMs);
  const exitReason = isMerged ? 'emergency:timeout_merge' : reasonOfSale(record);
  const isForced = isForcedExit(exitReason);
  return {
    ...record,
    state: 'exited',
    exitAtMs: isMerged && position.state === 'awaiting-resolution' ? position.exitAtMs : lastSoldAtMs(record, atMs),
    exitReason,
    forceClosed: isForced,
    forceCloseReason: isForced ? 'timeout' : null,
    underlyingAtExitMicros: position.state === 'holding' ? null : position.underlyingAtExitMicros,
    shortfallMicros: shortfallMicrosOf(position),
    closedAtMs: atMs,
  };
}

/** The suite sold nothing: other programs took the shares. */
function isGoneElsewhere(record: PositionRecord): boolean {
  return leftSharesMicros(record) > 0n && soldSharesMicros(record) === 0n;
}

/** The decision of another program, so that nothing was forced. Of the time only when it was learned is known. */
function exitElsewhere(record: PositionRecord, shortfallMicros: bigint, atMs: number): ExitedPosition {
  return {
    ...record,
    state: 'exited',
    exitAtMs: atMs,
    exitReason: 'elsewhere',
    forceClosed: false,
    forceCloseReason: null,
    underlyingAtExitMicros: null,
    shortfallMicros,
    closedAtMs: atMs,
  };
}

function reasonAtDeadline(
  position: BuyingPosition | HoldingPosition | ExitingPosition,
  record: PositionRecord,
): ExitReason {
  if (position.state === 'buying' || isAwaitingShares(record)) return 'emergency:timeout_buy_unknown';
  const held = { ...record, shortfallMicros: shortfallMicrosOf(position) };
  const isLeft = unhedgedSharesMicros(held) >= DUST_SHARES_MICROS;
  if (isLeft && position.state === 'holding' && isHeldForReason(record)) return 'hold:above';
  if (isLeft) return 'emergency:timeout_sell_failed';
  if (isHedged(held)) return 'emergency:timeout_merge';
  return reasonOfSale(record);
}

function isForcedExit(exitReason: ExitReason): boolean {
  return exitReason.startsWith('emergency:');
}

/** Shares are left, alone or in pairs, so that no sale tells when the exit was. */
const LEFT: ReadonlySet<ExitReason> = new Set([
  'emergency:timeout_sell_failed',
  'emergency:timeout_merge',
  'hold:above',
]);

export function exitRecordAtDeadline(
  position: BuyingPosition | HoldingPosition | ExitingPosition,
  record: PositionRecord,
  atMs: number,
): ExitRecord {
  const exitReason = reasonAtDeadline(position, record);
  const isForced = isForcedExit(exitReason);
  return {
    exitAtMs: LEFT.has(exitReason) ? atMs : lastSoldAtMs(record, atMs),
    exitReason,
    forceClosed: isForced,
    forceCloseReason: isForced ? 'timeout' : null,
    underlyingAtExitMicros: position.state === 'exiting' ? position.underlyingAtExitMicros : null,
    shortfallMicros: shortfallMicrosOf(position),
  };
}
