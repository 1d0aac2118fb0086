import type { FillTotals, OrderSide } from '#lib/domain/market/order.ts';
import {
  boughtSharesMicros,
  countedFills,
  remainingSharesMicros,
  soldSharesMicros,
} from '#lib/domain/position/fill-totals.ts';
import type { Position } from '#lib/domain/position/position.ts';
import type { LedgerEntry } from './ledger-entry.ts';

/**
 * Every movement that a position's row explains, oldest first. Their cash is its realised profit, and their shares are
 * those it still holds, to the micro.
 */
export function entriesOfPosition(position: Position): readonly LedgerEntry[] {
  const { trades, reporting } = countedFills(position);
  const entries = [
    ...trades.flatMap((trade) =>
      entriesOfFill(position, {
        ...trade,
        atMs: trade.matchedAtMs,
        reference: trade.tradeId,
        isFinal: trade.status === 'confirmed',
        isFeeFinal: trade.status === 'confirmed' && trade.feeDriftMicros !== null,
      }),
    ),
    ...reporting.flatMap(({ intent, reported }) => {
      const { side, timestampMs: atMs, orderHash: reference } = intent;
      return entriesOfFill(position, { ...reported, side, atMs, reference, isFinal: false, isFeeFinal: false });
    }),
    ...missingShares(position),
    ...redemption(position),
  ];
  return entries.toSorted((a, b) => a.atMs - b.atMs);
}

type Fill = FillTotals & {
  readonly side: OrderSide;
  readonly atMs: number;
  readonly reference: string;
  readonly isFinal: boolean;
  readonly isFeeFinal: boolean;
};

function entriesOfFill(position: Position, fill: Fill): readonly LedgerEntry[] {
  const { side, atMs, reference, sharesMicros, valueMicros, feesMicros } = fill;
  if (sharesMicros === 0n && valueMicros === 0n && feesMicros === 0n) return [];
  const isBuy = side === 'BUY';
  const moved: LedgerEntry = {
    ...nothingMoved(position, atMs, reference),
    kind: isBuy ? 'buy' : 'sell',
    cashMicros: isBuy ? -valueMicros : valueMicros,
    sharesMicros: isBuy ? sharesMicros : -sharesMicros,
    isProvisional: !fill.isFinal,
  };
  if (feesMicros === 0n) return [moved];
  const fee = nothingMoved(position, atMs, reference);
  return [moved, { ...fee, kind: 'fee', cashMicros: -feesMicros, isProvisional: !fill.isFeeFinal }];
}

/** Booked when the exit began, or at the end: the row does not say when it was found out. */
function missingShares(position: Position): readonly LedgerEntry[] {
  const missingMicros = boughtSharesMicros(position) - soldSharesMicros(position) - remainingSharesMicros(position);
  if (missingMicros <= 0n) return [];
  const atMs = 'exitAtMs' in position ? position.exitAtMs : position.exitDueAtMs;
  const entry = nothingMoved(position, atMs, position.positionId);
  return [{ ...entry, kind: 'missing', sharesMicros: -missingMicros }];
}

/** The chain takes all shares of the token at once (venue §5.4). */
function redemption(position: Position): readonly LedgerEntry[] {
  if (position.state !== 'redeemed') return [];
  const { closedAtMs, transactionHash, payoutMicros, gasWei } = position;
  const entry = { ...nothingMoved(position, closedAtMs, transactionHash), transactionHash };
  const redeemed: LedgerEntry = {
    ...entry,
    kind: 'redeem',
    cashMicros: payoutMicros,
    sharesMicros: -remainingSharesMicros(position),
  };
  return gasWei === null || gasWei === 0n
    ? [redeemed]
    : [redeemed, { ...entry, kind: 'gas', tokenId: null, gasWei: -gasWei }];
}

function nothingMoved({ positionId, conditionId, tokenId }: Position, atMs: number, reference: string) {
  return {
    ...{ atMs, positionId, conditionId, tokenId, reference },
    cashMicros: 0n,
    sharesMicros: 0n,
    gasWei: 0n,
    transactionHash: null,
    isProvisional: false,
  };
}
