import type { BookLevel, OrderBook } from '#lib/domain/market/market.ts';
import { parseMicros } from '#lib/domain/market/money.ts';
import { UP_TOKEN_ID, WINDOW_STARTS_AT_MS } from './a-market.ts';

/** `[['0.60', '100']]` is 100 shares at 60 cents. */
export function someLevels(levels: readonly (readonly [price: string, shares: string])[]): readonly BookLevel[] {
  return levels.map(([price, shares]) => ({ priceMicros: parseMicros(price), sharesMicros: parseMicros(shares) }));
}

/** A spread of one cent, and many shares on both sides. */
export function aBook(overrides: Partial<OrderBook> = {}): OrderBook {
  return {
    tokenId: UP_TOKEN_ID,
    bids: someLevels([
      ['0.60', '200'],
      ['0.59', '500'],
      ['0.58', '1000'],
    ]),
    asks: someLevels([
      ['0.61', '200'],
      ['0.62', '500'],
      ['0.63', '1000'],
    ]),
    tickMicros: 10_000n,
    atMs: WINDOW_STARTS_AT_MS + 180_000,
    ...overrides,
  };
}
