import type { FillTotals, OrderSide } from '#lib/domain/market/order.ts';
import {
  acquiredSharesMicros,
  countedFills,
  goneSharesMicros,
  hedgeSharesMicros,
  kindOf,
  remainingSharesMicros,
} from '#lib/domain/position/fill-totals.ts';
import { listLeft } from '#lib/domain/position/guarded-shares.ts';
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
        tokenId: tokenOf(position, trade),
        atMs: trade.matchedAtMs,
        reference: trade.tradeId,
        isFinal: trade.status === 'confirmed',
        isFeeFinal: trade.status === 'confirmed' && trade.feeDriftMicros !== null,
      }),
    ),
    ...reporting.flatMap(({ intent, reported }) => {
      const { side, timestampMs: atMs, orderHash: reference } = intent;
      const order = { tokenId: intent.tokenId, side, atMs, reference };
      return entriesOfFill(position, { ...reported, ...order, isFinal: false, isFeeFinal: false });
    }),
    ...foundShares(position),
    ...leftShares(position),
    ...missingShares(position),
    ...mergesOf(position),
    ...redemption(position),
  ];
  return entries.toSorted((a, b) => a.atMs - b.atMs);
}

/** A hedge bought the other outcome. */
function tokenOf(position: Position, order: Parameters<typeof kindOf>[1]): string {
  return kindOf(position, order) === 'hedge' ? position.otherTokenId : position.tokenId;
}

type Fill = FillTotals & {
  readonly tokenId: string;
  readonly side: OrderSide;
  readonly atMs: number;
  readonly reference: string;
  readonly isFinal: boolean;
  readonly isFeeFinal: boolean;
};

function entriesOfFill(position: Position, fill: Fill): readonly LedgerEntry[] {
  const { tokenId, side, atMs, reference, sharesMicros, valueMicros, feesMicros } = fill;
  if (sharesMicros === 0n && valueMicros === 0n && feesMicros === 0n) return [];
  const isBuy = side === 'BUY';
  const moved: LedgerEntry = {
    ...nothingMoved(position, atMs, reference),
    tokenId,
    kind: isBuy ? 'buy' : 'sell',
    cashMicros: isBuy ? -valueMicros : valueMicros,
    sharesMicros: isBuy ? sharesMicros : -sharesMicros,
    isProvisional: !fill.isFinal,
  };
  if (feesMicros === 0n) return [moved];
  const fee = { ...nothingMoved(position, atMs, reference), tokenId };
  return [moved, { ...fee, kind: 'fee', cashMicros: -feesMicros, isProvisional: !fill.isFeeFinal }];
}

/**
 * Bought by another program, in transactions that the row does not name and mostly before it was written. An unknown
 * cost is no cash here: the entries of such a position do not add up to a result, and it has none.
 */
function foundShares(position: Position): readonly LedgerEntry[] {
  const { found, openedAtMs, positionId } = position;
  if (found === undefined) return [];
  const entry = nothingMoved(position, openedAtMs, `${positionId}#found`);
  return [{ ...entry, kind: 'shares-in', cashMicros: -(found.costMicros ?? 0n), sharesMicros: found.sharesMicros }];
}

/** Transactions that the row sums up have no entry of their own, and are compared with the chain by their sum. */
function leftShares(position: Position): readonly LedgerEntry[] {
  return listLeft(position).map((each) => {
    const transactionHash = 'transactionHash' in each ? each.transactionHash : null;
    const reference = transactionHash ?? `${position.positionId}#left`;
    const entry = { ...nothingMoved(position, endOf(position), reference), transactionHash };
    return { ...entry, kind: 'shares-out', cashMicros: each.cashMicros ?? 0n, sharesMicros: -each.sharesMicros };
  });
}

/** The row does not say when it was learned. */
function endOf(position: Position): number {
  return 'exitAtMs' in position ? position.exitAtMs : position.exitDueAtMs;
}

/** Booked when the exit began, or at the end: the row does not say when it was found out. */
function missingShares(position: Position): readonly LedgerEntry[] {
  const missingMicros = acquiredSharesMicros(position) - goneSharesMicros(position) - remainingSharesMicros(position);
  if (missingMicros <= 0n) return [];
  const atMs = endOf(position);
  const entry = nothingMoved(position, atMs, position.positionId);
  return [{ ...entry, kind: 'missing', sharesMicros: -missingMicros }];
}

/**
 * One dollar for a share of each outcome. Booked when the pairs were complete: the row does not say when they merged.
 */
function mergesOf(position: Position): readonly LedgerEntry[] {
  const atMs = endOf(position);
  return (position.merges ?? []).flatMap(({ transactionHash, cashMicros, gasWei }) => {
    const entry = { ...nothingMoved(position, atMs, transactionHash), transactionHash };
    const own: LedgerEntry = { ...entry, kind: 'merge', cashMicros, sharesMicros: -cashMicros };
    const other: LedgerEntry = { ...own, tokenId: position.otherTokenId, cashMicros: 0n };
    return [own, other, ...gasOf(entry, gasWei)];
  });
}

function gasOf(entry: Omit<LedgerEntry, 'kind'>, gasWei: bigint | null): readonly LedgerEntry[] {
  return gasWei === null || gasWei === 0n ? [] : [{ ...entry, kind: 'gas', tokenId: null, gasWei: -gasWei }];
}

/**
 * Version 1 takes all shares of both outcomes at once, version 2 those that pay (venue §5.4, §8.5). What reached the
 * wallet later is still held.
 */
function redemption(position: Position): readonly LedgerEntry[] {
  if (position.state !== 'redeemed') return [];
  const { closedAtMs, transactionHash, payoutMicros, gasWei, payout, marketVersion, unredeemed } = position;
  const entry = { ...nothingMoved(position, closedAtMs, transactionHash), transactionHash };
  const isOwnTaken = marketVersion === 'v1' || payout?.own !== 0n;
  const redeemed: LedgerEntry = {
    ...entry,
    kind: 'redeem',
    cashMicros: payoutMicros,
    sharesMicros: isOwnTaken ? (unredeemed?.own ?? 0n) - remainingSharesMicros(position) : 0n,
  };
  const isHedgeTaken = marketVersion === 'v1' || payout?.other !== 0n;
  const hedgeMicros = isHedgeTaken ? hedgeSharesMicros(position) - (unredeemed?.other ?? 0n) : 0n;
  const { otherTokenId: tokenId } = position;
  const hedge: LedgerEntry = { ...entry, kind: 'redeem', tokenId, sharesMicros: -hedgeMicros };
  return [redeemed, ...(hedgeMicros === 0n ? [] : [hedge]), ...gasOf(entry, gasWei)];
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
