import { DUST_SHARES_MICROS, isSettled, remainingSharesMicros } from '#lib/domain/position/fill-totals.ts';
import type {
  AwaitingResolutionPosition,
  BuyingPosition,
  ClosedPosition,
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
import type { PositionFact } from '#lib/domain/position/position-event.ts';

/** Did somebody ask for the exit before the clock did? */
export function isManualExit(record: PositionRecord): boolean {
  return record.exitDueAtMs < record.marketEndsAtMs - record.policy.exitLeadMs;
}

/** When the last share left, as far as trades tell. */
function lastSoldAtMs(record: PositionRecord, otherwiseMs: number): number {
  const soldAtMs = record.trades
    .filter((trade) => trade.side === 'SELL' && trade.status !== 'failed')
    .map((trade) => trade.matchedAtMs);
  return soldAtMs.length === 0 ? otherwiseMs : Math.max(...soldAtMs);
}

/** Closes a position of which nothing was bought. */
export function voidPosition(
  position: OpenPosition,
  ledger: PositionRecord,
  reason: VoidReason,
  atMs: number,
): VoidedPosition {
  return {
    ...ledger,
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

/** Closes a position whose shares are all sold, every trade final. */
export function exitPosition(
  position: ExitingPosition | AwaitingResolutionPosition,
  ledger: PositionRecord,
  atMs: number,
): ExitedPosition {
  const byHand = isManualExit(ledger);
  return {
    ...ledger,
    state: 'exited',
    exitAtMs: lastSoldAtMs(ledger, atMs),
    exitReason: byHand ? 'manual' : 'emergency:timeout',
    forceClosed: !byHand,
    forceCloseReason: byHand ? null : 'timeout',
    underlyingAtExitMicros: position.underlyingAtExitMicros,
    shortfallMicros: position.shortfallMicros,
    closedAtMs: atMs,
  };
}

function reasonAtDeadline(
  position: BuyingPosition | HoldingPosition | ExitingPosition,
  ledger: PositionRecord,
): ExitReason {
  if (position.state === 'buying') return 'emergency:timeout_buy_unknown';
  const hasShares = remainingSharesMicros({ ...ledger, shortfallMicros: shortfallOf(position) }) >= DUST_SHARES_MICROS;
  if (hasShares) return 'emergency:timeout_sell_failed';
  return isManualExit(ledger) ? 'manual' : 'emergency:timeout';
}

function shortfallOf(position: OpenPosition): bigint {
  return position.state === 'exiting' || position.state === 'awaiting-resolution' ? position.shortfallMicros : 0n;
}

/** What the deadline writes, from the row alone. */
export function exitRecordAtDeadline(
  position: BuyingPosition | HoldingPosition | ExitingPosition,
  ledger: PositionRecord,
  atMs: number,
): ExitRecord {
  const exitReason = reasonAtDeadline(position, ledger);
  const isForced = exitReason !== 'manual';
  return {
    exitAtMs: exitReason === 'emergency:timeout_sell_failed' ? atMs : lastSoldAtMs(ledger, atMs),
    exitReason,
    forceClosed: isForced,
    forceCloseReason: isForced ? 'timeout' : null,
    underlyingAtExitMicros: position.state === 'exiting' ? position.underlyingAtExitMicros : null,
    shortfallMicros: shortfallOf(position),
  };
}

type SettlementFact = Extract<
  PositionFact,
  { readonly type: 'market-resolved' | 'redemption-confirmed' | 'record-contradicted' }
>;

/**
 * Closes a position whose fate the market's result, the chain or a contradiction decided. Null while it has to wait.
 */
export function settlePosition(
  position: AwaitingResolutionPosition,
  ledger: PositionRecord,
  fact: SettlementFact,
  atMs: number,
): ClosedPosition | null {
  const { state, wakeUp, ...exit } = position;
  const closing = { ...exit, ...ledger, closedAtMs: atMs };
  switch (fact.type) {
    case 'market-resolved':
      // A winner still has to be redeemed; an order that is not final may still change what is left.
      return fact.winner === position.outcome || !isSettled(position) ? null : { ...closing, state: 'worthless' };
    case 'redemption-confirmed':
      return {
        ...closing,
        state: 'redeemed',
        payoutMicros: fact.payoutMicros,
        transactionHash: fact.transactionHash,
      };
    case 'record-contradicted':
      return { ...closing, state: 'stranded', contradiction: fact.contradiction };
  }
}
