import { describe, expect, it } from 'vitest';
import type { OrderBook } from '#lib/domain/market/market.ts';
import { withoutTaken } from '#lib/venue/engine/taken-liquidity.ts';

const book: OrderBook = {
  tokenId: 'up',
  atMs: 1_000,
  tickMicros: 10_000n,
  bids: [
    { priceMicros: 640_000n, sharesMicros: 30_000_000n },
    { priceMicros: 630_000n, sharesMicros: 100_000_000n },
  ],
  asks: [{ priceMicros: 660_000n, sharesMicros: 12_000_000n }],
};
const sold = {
  outcome: 'UP',
  side: 'SELL',
  priceMicros: 640_000n,
  sharesMicros: 10_000_000n,
  bookAtMs: 1_000,
} as const;

describe('withoutTaken', () => {
  it('removes sold shares from the level that bought them', () => {
    expect(withoutTaken(book, 'UP', [sold]).bids[0]).toEqual({ priceMicros: 640_000n, sharesMicros: 20_000_000n });
    expect(withoutTaken(book, 'UP', [sold]).asks).toEqual(book.asks);
  });

  it('removes a level that is used up, by any number of orders', () => {
    const left = withoutTaken(book, 'UP', [sold, { ...sold, sharesMicros: 20_000_000n }]);
    expect(left.bids).toEqual([{ priceMicros: 630_000n, sharesMicros: 100_000_000n }]);
  });

  it('treats a sale of one token as a purchase of the other', () => {
    const boughtDown = { ...sold, outcome: 'DOWN', side: 'BUY', priceMicros: 360_000n } as const;
    expect(withoutTaken(book, 'UP', [boughtDown])).toEqual(withoutTaken(book, 'UP', [sold]));
  });

  it('leaves the next snapshot alone', () => {
    expect(withoutTaken({ ...book, atMs: 1_250 }, 'UP', [sold]).bids).toEqual(book.bids);
  });
});
