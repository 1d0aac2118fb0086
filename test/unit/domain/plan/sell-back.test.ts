import { describe, expect, it } from 'vitest';
import { isFarBelow, sellBackOf, wholePriceMicros } from '#lib/domain/plan/sell-back.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import { WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';

const NOW_MS = WINDOW_STARTS_AT_MS + 60_000;
const MARKET = { marketEndsAtMs: WINDOW_STARTS_AT_MS + 300_000 };

const bids = someLevels([
  ['0.60', '10'],
  ['0.57', '20'],
]);
const asks = someLevels([['0.62', '5']]);
const look = (changes: Parameters<typeof aBook>[0] = {}) => ({
  book: aBook({ bids, asks, atMs: NOW_MS, ...changes }),
  atMs: NOW_MS,
});

describe('what selling into the bids would bring', () => {
  it('is their price, weighted by depth and rounded down, for the shares that they take', () => {
    const seen = { askMicros: 620_000n, isWide: false };
    expect(sellBackOf(look(), 10_000_000n, MARKET)).toEqual({ ...seen, priceMicros: 600_000n, isWhole: true });
    expect(sellBackOf(look(), 30_000_000n, MARKET)).toEqual({ ...seen, priceMicros: 580_000n, isWhole: true });
    expect(sellBackOf(look(), 30_000_001n, MARKET)).toEqual({ ...seen, priceMicros: 580_000n, isWhole: false });
    expect(sellBackOf(look(), 10_000_001n, MARKET)).toMatchObject({ priceMicros: 599_999n, isWhole: true });
  });

  it('takes bids down to the smallest price, and a missing offer as a dollar', () => {
    const low = look({
      bids: someLevels([
        ['0.80', '1'],
        ['0.000001', '1'],
      ]),
      asks: [],
    });
    expect(sellBackOf(low, 2_000_000n, MARKET)).toEqual({
      ...{ priceMicros: 400_000n, isWhole: true },
      ...{ askMicros: null, isWide: true },
    });
  });

  it('is not known for no shares, or less', () => {
    expect(sellBackOf(look(), 0n, MARKET)).toBeNull();
    expect(sellBackOf(look(), -1n, MARKET)).toBeNull();
    expect(sellBackOf(look(), 1n, MARKET)).toMatchObject({ priceMicros: 600_000n });
  });

  it.each([
    ['a minute in a short market', 60_000, MARKET.marketEndsAtMs],
    ['a hundredth of the time that is left in a long one', 120_000, NOW_MS + 12_000_000],
  ])('is known from a book of at most %s', (_age, ageMs, marketEndsAtMs) => {
    expect(sellBackOf(look({ atMs: NOW_MS - ageMs }), 1_000_000n, { marketEndsAtMs })).not.toBeNull();
    expect(sellBackOf(look({ atMs: NOW_MS - ageMs - 1 }), 1_000_000n, { marketEndsAtMs })).toBeNull();
  });
});

describe('the price of all shares', () => {
  it('is that of whole hundredths, as no smaller part can be sold', () => {
    expect(wholePriceMicros(look(), 30_009_999n, MARKET)).toBe(580_000n);
    expect(wholePriceMicros(look(), 9_999n, MARKET)).toBeNull();
  });

  it('is not known where the bids do not take all, or the book was not read', () => {
    expect(wholePriceMicros(look(), 30_010_000n, MARKET)).toBeNull();
    expect(wholePriceMicros({ book: null, atMs: NOW_MS }, 1_000_000n, MARKET)).toBeNull();
  });
});

it('a price is far below an offer that is more than ten cents above it, and a missing offer is a dollar', () => {
  expect([isFarBelow(500_000n, 600_000n), isFarBelow(499_999n, 600_000n)]).toEqual([false, true]);
  expect([isFarBelow(900_000n, null), isFarBelow(899_999n, null)]).toEqual([false, true]);
});
