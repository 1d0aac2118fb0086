import {
  wakeUpWhileAwaiting,
  wakeUpWhileBuying,
  wakeUpWhileExiting,
  wakeUpWhileHolding,
} from '#lib/domain/plan/plan-wake-up.ts';
import { assertNever } from '#lib/domain/position/broken-law.ts';
import { isPartDone, withoutRequest } from '#lib/domain/position/exit-request.ts';
import {
  acquiredSharesMicros,
  boughtSharesMicros,
  DUST_SHARES_MICROS,
  goneSharesMicros,
  hedgeSharesMicros,
  holdsNothing,
  isHedged,
  isSettled,
  unhedgedSharesMicros,
} from '#lib/domain/position/fill-totals.ts';
import type {
  AwaitingResolutionPosition,
  BuyingPosition,
  ExitingPosition,
  ExitProgress,
  ExitRecord,
  HoldingPosition,
  OpenPosition,
  Position,
  PositionRecord,
  VoidReason,
} from '#lib/domain/position/position.ts';
import { NOTHING_SETTLED } from '#lib/domain/position/settlement-progress.ts';
import { exitPosition, exitRecordAtDeadline, voidPosition } from './close-position.ts';

type AnyOpenPosition = PositionRecord &
  Partial<ExitProgress & ExitRecord & Pick<AwaitingResolutionPosition, 'settlement'>> &
  Pick<OpenPosition, 'state' | 'wakeUp'>;

/** The fields that all states share, with the next version. The fields of a single state are left out. */
export function advance(position: OpenPosition): PositionRecord {
  // All at once: each rest is a copy, and steps copy often.
  const {
    state,
    wakeUp,
    settlement,
    exitAtMs,
    exitReason,
    forceClosed,
    forceCloseReason,
    exitStartedAtMs,
    fruitlessCount,
    noBuyerCount,
    sellableMicros,
    postAgainAtMs,
    isPostOnly,
    pagedCauses,
    isOverdueTold,
    isFailingTold,
    underlyingAtExitMicros,
    shortfallMicros,
    ...record
  }: AnyOpenPosition = position;
  return { ...record, version: position.version + 1 };
}

export function resolvePosition(
  position: OpenPosition,
  record: PositionRecord,
  atMs: number,
  emptyReason?: VoidReason,
): Position {
  const isEmpty =
    acquiredSharesMicros(record) === 0n && goneSharesMicros(record) === 0n && hedgeSharesMicros(record) === 0n;
  if (isEmpty && isSettled(record)) {
    return voidPosition(
      position,
      record,
      emptyReason ?? (record.trades.length > 0 ? 'buy-failed' : 'nothing-bought'),
      atMs,
    );
  }
  switch (position.state) {
    case 'buying':
      return boughtSharesMicros(record) > 0n ? hold(record, atMs) : stayBuying(record, atMs);
    case 'holding':
      return isOut(record) && isSettled(record) ? exitPosition(position, record, atMs) : hold(record, atMs);
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

export function hold(record: PositionRecord, atMs: number): HoldingPosition {
  const draft = { ...record, state: 'holding' } as const;
  return { ...draft, wakeUp: wakeUpWhileHolding(draft, atMs) };
}

function resolveExit(draft: ExitingPosition, record: PositionRecord, atMs: number): Position {
  if (isOut(draft) && isSettled(record)) return exitPosition(draft, record, atMs);
  if (isPartDone(draft, atMs) && isSettled(record)) return hold(withoutRequest(record), atMs);
  if (isHedged(draft) && isSettled(record)) return awaitPayout(draft, record, atMs);
  return { ...draft, wakeUp: wakeUpWhileExiting(draft, atMs) };
}

/** Missing shares do not count as sold (law 5). */
function isOut(record: PositionRecord & { readonly shortfallMicros?: bigint }): boolean {
  return holdsNothing(record) && goneSharesMicros(record) > 0n;
}

/** At the deadline, or once pairs of both outcomes are all that is left. */
export function awaitPayout(
  position: BuyingPosition | HoldingPosition | ExitingPosition,
  record: PositionRecord,
  atMs: number,
): AwaitingResolutionPosition {
  const exit = exitRecordAtDeadline(position, record, atMs);
  const draft = { ...record, ...exit, state: 'awaiting-resolution', settlement: NOTHING_SETTLED } as const;
  return { ...draft, wakeUp: wakeUpWhileAwaiting(draft, atMs) };
}

export function resolveAfterDeadline(
  draft: AwaitingResolutionPosition,
  record: PositionRecord,
  atMs: number,
): Position {
  if (isOut(draft) && isSettled(record)) return exitPosition(draft, record, atMs);
  const corrected = { ...draft, ...correctedExit(draft) };
  return { ...corrected, wakeUp: wakeUpWhileAwaiting(corrected, atMs) };
}

const NEVER_CORRECTED: ReadonlySet<string> = new Set(['emergency:timeout_buy_unknown', 'hold:above']);

/**
 * At the deadline shares counted as sold or paired by trades that were not final. If those fail, shares are left. A
 * hedge whose outcome was unknown then may cover them after all.
 */
function correctedExit(draft: AwaitingResolutionPosition): Partial<ExitRecord> {
  const isLeft = unhedgedSharesMicros(draft) >= DUST_SHARES_MICROS;
  const wasLeft = draft.exitReason === 'emergency:timeout_sell_failed';
  const isForced = { forceClosed: true, forceCloseReason: 'timeout' } as const;
  if (wasLeft && isHedged(draft)) return { ...isForced, exitReason: 'emergency:timeout_merge' };
  if (!isLeft || NEVER_CORRECTED.has(draft.exitReason)) return {};
  return { ...isForced, exitReason: 'emergency:timeout_sell_failed' };
}
