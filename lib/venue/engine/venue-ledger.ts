import { takerFeeMicros } from '#lib/domain/market/fees.ts';
import type { BookLevel } from '#lib/domain/market/market.ts';
import { minMicros } from '#lib/domain/market/money.ts';
import type { OrderSide } from '#lib/domain/market/order.ts';

export type VenueOrderTerms = {
  readonly orderHash: string;
  readonly wallet: string;
  readonly tokenId: string;
  readonly side: OrderSide;
  readonly orderType: 'FAK' | 'FOK' | 'GTC';
  readonly postOnly: boolean;
  readonly sharesMicros: bigint;
  readonly limitPriceMicros: bigint;
  /** The signed dollars of a buy; size times limit unless given. */
  readonly cashMicros?: bigint;
  /** Step of the size; 0.01 share unless given (a buy signed for a sum of cash has a finer size). */
  readonly sizeStepMicros?: bigint;
};

/** `held`: in the taker delay. `live`: may still fill. `done`: ended with a fill. `killed`: ended without one. */
export type VenueOrderStatus = 'held' | 'live' | 'done' | 'killed';

export type VenueOrder = VenueOrderTerms & {
  readonly receivedAtMs: number;
  /** When the engine matches it next; null when it will not. */
  matchAtMs: number | null;
  status: VenueOrderStatus;
  filledMicros: bigint;
};

export type VenueTradeStatus = 'MATCHED' | 'RETRYING' | 'MINED' | 'CONFIRMED' | 'FAILED';

/** One fill with the times of its settlement, from which its status at any time follows. */
export type VenueTrade = {
  readonly tradeId: string;
  readonly orderHash: string;
  readonly wallet: string;
  readonly tokenId: string;
  readonly side: OrderSide;
  /** The order rested on the book: it fills at its own price and pays no fee. */
  readonly isMaker: boolean;
  readonly priceMicros: bigint;
  readonly sharesMicros: bigint;
  readonly valueMicros: bigint;
  readonly feesMicros: bigint;
  /** Shares that a buy delivers: fewer than `sharesMicros` when the fee is kept in shares. */
  readonly deliveredMicros: bigint;
  readonly isFeeInShares: boolean;
  /** Another token than `tokenId` only by fault. */
  readonly deliveredTokenId: string;
  readonly matchedAtMs: number;
  readonly retryingAtMs: number | null;
  /** Null for a trade that fails. */
  readonly minedAtMs: number | null;
  readonly finalAtMs: number;
};

export function tradeStatusAt(trade: VenueTrade, atMs: number): VenueTradeStatus {
  if (atMs >= trade.finalAtMs) return trade.minedAtMs === null ? 'FAILED' : 'CONFIRMED';
  if (trade.minedAtMs !== null && atMs >= trade.minedAtMs) return 'MINED';
  return trade.retryingAtMs !== null && atMs >= trade.retryingAtMs ? 'RETRYING' : 'MATCHED';
}

export function countsAt(trade: VenueTrade, atMs: number): boolean {
  return trade.minedAtMs !== null || atMs < trade.finalAtMs;
}

/** A movement of a wallet's shares that no trade made: a sale by the owner elsewhere, a redemption or a merge. */
export type OutsideMove = {
  /** Redeemed or merged: cash was paid for them. */
  readonly isPaid?: true;
  /** Of what was redeemed or merged. */
  readonly transactionHash?: string;
  readonly wallet: string;
  readonly tokenId: string;
  readonly atMs: number;
  sharesMicros: bigint;
};

/** The fee by the published formula; makers pay none. The venue's own rounding may differ. */
export function estimatedFeeMicros(trade: VenueTrade, feeRateMicros: bigint): bigint {
  const { isMaker, sharesMicros, priceMicros } = trade;
  return isMaker ? 0n : takerFeeMicros({ sharesMicros, priceMicros, feeRateMicros });
}

/** Orders and trades of the venue, against which records are checked. */
export type VenueLedger = {
  readonly orders: Map<string, VenueOrder>;
  readonly trades: VenueTrade[];
  readonly outsideMoves: OutsideMove[];
};

export function createVenueLedger(): VenueLedger {
  return { orders: new Map(), trades: [], outsideMoves: [] };
}

export function chainShares(ledger: VenueLedger, wallet: string, tokenId: string, atMs: number): bigint {
  let sharesMicros = 0n;
  for (const trade of ledger.trades) {
    if (trade.wallet !== wallet || trade.minedAtMs === null || trade.minedAtMs > atMs) continue;
    if (trade.side === 'BUY' && trade.deliveredTokenId === tokenId) sharesMicros += trade.deliveredMicros;
    if (trade.side === 'SELL' && trade.tokenId === tokenId) sharesMicros -= trade.sharesMicros;
  }
  for (const move of ledger.outsideMoves) {
    if (move.wallet === wallet && move.tokenId === tokenId && move.atMs <= atMs) sharesMicros += move.sharesMicros;
  }
  return sharesMicros;
}

/**
 * Does the wallet hold the shares that these trades of one order sell, when they are mined and after everything that
 * is known to come? A venue that matches by an old balance cannot move shares that are gone: such trades fail.
 */
export function areCovered(ledger: VenueLedger, trades: readonly VenueTrade[]): boolean {
  const [first] = trades;
  if (first === undefined || first.side === 'BUY' || first.minedAtMs === null) return true;
  const { wallet, tokenId, minedAtMs } = first;
  const soldMicros = sharesOf(trades);
  const isHeldAt = (atMs: number): boolean => chainShares(ledger, wallet, tokenId, atMs) >= soldMicros;
  return isHeldAt(minedAtMs) && isHeldAt(Number.MAX_SAFE_INTEGER);
}

/** Shares of matched sells that are not delivered yet. */
export function matchedShares(ledger: VenueLedger, wallet: string, tokenId: string, atMs: number): bigint {
  let sharesMicros = 0n;
  for (const trade of ledger.trades) {
    const isOurs = trade.wallet === wallet && trade.tokenId === tokenId && trade.side === 'SELL';
    const isPending = atMs < trade.finalAtMs && (trade.minedAtMs === null || atMs < trade.minedAtMs);
    if (isOurs && isPending) sharesMicros += trade.sharesMicros;
  }
  return sharesMicros;
}

/** Shares that held and resting sells reserve. */
export function activeShares(ledger: VenueLedger, wallet: string, tokenId: string): bigint {
  let sharesMicros = 0n;
  for (const order of ledger.orders.values()) {
    if (order.wallet !== wallet || order.tokenId !== tokenId || order.side !== 'SELL') continue;
    if (order.status === 'held' || order.status === 'live') sharesMicros += order.sharesMicros - order.filledMicros;
  }
  return sharesMicros;
}

export function sharesOf(slices: readonly Pick<BookLevel, 'sharesMicros'>[]): bigint {
  return slices.reduce((sum, slice) => sum + slice.sharesMicros, 0n);
}

export function firstShares(slices: readonly BookLevel[], sharesMicros: bigint): readonly BookLevel[] {
  const taken: BookLevel[] = [];
  let leftMicros = sharesMicros;
  for (const slice of slices) {
    if (leftMicros === 0n) break;
    const takenMicros = minMicros(leftMicros, slice.sharesMicros);
    taken.push({ priceMicros: slice.priceMicros, sharesMicros: takenMicros });
    leftMicros -= takenMicros;
  }
  return taken;
}
