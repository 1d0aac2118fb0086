import { describe, expect, it } from 'vitest';
import { findLowSale, valueNewSales, withSeenBid } from '#lib/domain/position/low-sale.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aSellTrade } from '#test/factories/a-trade.ts';

const AT_MS = 1_773_307_379_000;
const bid = (soldMicros: bigint, priceMicros = 750_000n) => ({ priceMicros, atMs: AT_MS, soldMicros });

/** 36 shares sold at a price that were worth so much at the bids last seen. */
const soldAt = (priceMicros: bigint, worthMicros: bigint) =>
  aPosition({ state: 'exited', trades: [aBuyTrade(), aSellTrade({ priceMicros })], lastBid: bid(worthMicros) });

describe('a low sale', () => {
  it('brought less than 80 % of what the shares were worth at the bids last seen', () => {
    expect(findLowSale(soldAt(600_000n, 27_000_000n))).toBeNull();
    expect(findLowSale(soldAt(600_000n, 27_000_001n))).toEqual({
      bidMicros: 750_000n,
      bidAtMs: AT_MS,
      lostMicros: 5_400_001n,
    });
  });

  it('lost more than the two cents a share that every sell may', () => {
    expect(findLowSale(soldAt(20_000n, 1_440_000n))).toBeNull();
    expect(findLowSale(soldAt(20_000n, 1_440_001n))).toMatchObject({ lostMicros: 720_001n });
  });

  it('is none without a sale, or without a bid seen', () => {
    expect(findLowSale(aPosition({ state: 'exiting', lastBid: bid(9_000_000n) }))).toBeNull();
    expect(findLowSale(aPosition({ state: 'exited' }))).toBeNull();
  });
});

describe('what sold shares were worth', () => {
  const before = aPosition({ state: 'exiting', lastBid: bid(1_000_000n, 500_000n) });
  const withSale = (sale: Parameters<typeof aSellTrade>[0]) => ({
    ...before,
    trades: [aBuyTrade(), aSellTrade({ sharesMicros: 10_000_000n, ...sale })],
  });

  it('grows with shares sold since, at the bid last seen', () => {
    expect(valueNewSales(before, withSale({}))).toEqual({ ...withSale({}), lastBid: bid(6_000_000n, 500_000n) });
  });

  it('falls again when a sale fails, and never below zero', () => {
    const sold = { ...withSale({}), lastBid: bid(6_000_000n, 500_000n) };
    const failed = { ...sold, ...withSale({ status: 'failed' }), lastBid: sold.lastBid };
    expect(valueNewSales(sold, failed).lastBid).toEqual(bid(1_000_000n, 500_000n));
    const little = { ...failed, lastBid: bid(4_000_000n, 500_000n) };
    expect(valueNewSales(sold, little).lastBid).toEqual(bid(0n, 500_000n));
  });

  it('stays without new sales, and without a bid', () => {
    const later = { ...withSale({}), version: 9 };
    expect(valueNewSales(withSale({}), later)).toBe(later);
    const unseen = { ...withSale({}), lastBid: null };
    expect(valueNewSales({ ...before, lastBid: null }, unseen)).toBe(unseen);
  });
});

describe('the bid last seen', () => {
  it('is replaced by a new one, with what was sold before', () => {
    expect(withSeenBid(bid(6_000_000n), 400_000n, AT_MS + 1)).toEqual({
      priceMicros: 400_000n,
      atMs: AT_MS + 1,
      soldMicros: 6_000_000n,
    });
    expect(withSeenBid(null, 400_000n, AT_MS)).toEqual(bid(0n, 400_000n));
  });

  it('stays where no bid is seen', () => {
    expect(withSeenBid(bid(6_000_000n), null, AT_MS + 1)).toEqual(bid(6_000_000n));
    expect(withSeenBid(null, null, AT_MS)).toBeNull();
  });
});
