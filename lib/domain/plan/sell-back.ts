import { BOOK_AGE_MS_MAX, findBookFlaw } from '#lib/domain/market/book-flaw.ts';
import type { OrderBook } from '#lib/domain/market/market.ts';
import { floorTo, ONE_MICROS } from '#lib/domain/market/money.ts';
import { walkBook } from '#lib/domain/market/walk-book.ts';
import { DUST_SHARES_MICROS } from '#lib/domain/position/fill-totals.ts';
import type { Position } from '#lib/domain/position/position.ts';

/**
 * Bid and offer this far apart are no price yet: buyers who withdraw their bids for some seconds leave such a book. In
 * the recorded windows no spread above 10 cents lasted longer than 750 ms, and of the stops at each fifth cent as many
 * fired with this bound as without it: 1,458 for 40 shares, 1,459 for 200.
 */
const WIDE_SPREAD_MICROS = 100_000n;

/** A book that was read for the rules, and when. Null: it could not be read. */
export type Look = { readonly book: OrderBook | null; readonly atMs: number };

/** What selling into the bids would bring now, a share, before fees. */
export type SellBack = {
  /** Depth-weighted over the shares that the bids take. */
  readonly priceMicros: bigint;
  /** The bids take all shares. */
  readonly isWhole: boolean;
  /** Null without an offer. */
  readonly askMicros: bigint | null;
  /** A sale into these bids would be far below what is asked. A missing offer counts as 1 dollar. */
  readonly isWide: boolean;
};

/** Null when the price is unknown: no book, one that does not show today's prices, or no bids. */
export function sellBackOf(
  { book, atMs }: Look,
  sharesMicros: bigint,
  { marketEndsAtMs }: Pick<Position, 'marketEndsAtMs'>,
): SellBack | null {
  // As at an opening: a market that runs for days is quiet for minutes.
  const ageMsMax = Math.max(BOOK_AGE_MS_MAX, (marketEndsAtMs - atMs) / 100);
  if (book === null || sharesMicros <= 0n || findBookFlaw(book, atMs, ageMsMax) !== null) return null;
  const slices = walkBook(book, { side: 'SELL', orderType: 'FAK', sharesMicros, limitPriceMicros: 1n });
  const takenMicros = slices.reduce((sum, slice) => sum + slice.sharesMicros, 0n);
  if (takenMicros === 0n) return null;
  const priceMicros = slices.reduce((sum, slice) => sum + slice.sharesMicros * slice.priceMicros, 0n) / takenMicros;
  const askMicros = book.asks[0]?.priceMicros ?? null;
  return {
    priceMicros,
    isWhole: takenMicros === sharesMicros,
    askMicros,
    isWide: isFarBelow(priceMicros, askMicros),
  };
}

/** What selling all of these shares at once would bring, a share; null when that is not known. */
export function wholePriceMicros(
  look: Look,
  sharesMicros: bigint,
  market: Pick<Position, 'marketEndsAtMs'>,
): bigint | null {
  const sellBack = sellBackOf(look, floorTo(sharesMicros, DUST_SHARES_MICROS), market);
  return sellBack?.isWhole ? sellBack.priceMicros : null;
}

export function isFarBelow(priceMicros: bigint, askMicros: bigint | null): boolean {
  return (askMicros ?? ONE_MICROS) - priceMicros > WIDE_SPREAD_MICROS;
}
