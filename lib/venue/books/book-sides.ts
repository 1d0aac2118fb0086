import type { BookLevel, OrderBook } from '#lib/domain/market/market.ts';
import { ONE_MICROS } from '#lib/domain/market/money.ts';

export type BookSides = Pick<OrderBook, 'bids' | 'asks'>;

/**
 * The book of the other outcome: a bid of p for UP is an offer of DOWN at 1 − p (so in 14,960 of 14,961 recorded
 * pairs).
 */
export function mirrorSides(sides: BookSides): BookSides {
  return { bids: mirrorLevels(sides.asks), asks: mirrorLevels(sides.bids) };
}

function mirrorLevels(levels: readonly BookLevel[]): readonly BookLevel[] {
  return levels.map(({ priceMicros, sharesMicros }) => ({ priceMicros: ONE_MICROS - priceMicros, sharesMicros }));
}

/** The mid price; an empty side counts as 0 or 1. */
export function midMicros(sides: BookSides): bigint {
  const bidMicros = sides.bids[0]?.priceMicros ?? 0n;
  const askMicros = sides.asks[0]?.priceMicros ?? ONE_MICROS;
  return (bidMicros + askMicros) / 2n;
}
