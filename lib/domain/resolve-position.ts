import { assertNever } from './broken-law.ts';
import { exitPosition, recordOf, voidPosition } from './close-position.ts';
import { boughtTotals, DUST_SHARES_MICROS, remainingSharesMicros, soldTotals } from './fill-totals.ts';
import { wakeUpWhileAwaiting, wakeUpWhileBuying, wakeUpWhileExiting, wakeUpWhileHolding } from './plan-wake-up.ts';
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

/** What all states have in common, one version on. */
export function advance(position: OpenPosition): PositionRecord {
  return { ...recordOf(position), version: position.version + 1 };
}

/** Where a position stands once its orders or trades have changed. */
export function resolvePosition(
  position: OpenPosition,
  record: PositionRecord,
  atMs: number,
  emptyReason?: VoidReason,
): Position {
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
      return boughtTotals(record).sharesMicros > 0n ? hold(record, atMs) : stayBuying(record, atMs);
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

export function stayBuying(record: PositionRecord, atMs: number): BuyingPosition {
  const draft = { ...record, state: 'buying' } as const;
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
