import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planSale } from '#lib/cli/owner/plan-sale.ts';

const FEE = 70_000n;
const level = (cents: bigint, shares: bigint) => ({ priceMicros: cents * 10_000n, sharesMicros: shares * 1_000_000n });
const aBook = (...bids: ReturnType<typeof level>[]) => ({ bids, asks: [], tickMicros: 10_000n });

describe('planSale', () => {
  it('goes down to the bid that takes the last share, and one tick more', () => {
    const plan = planSale(aBook(level(50n, 4n), level(48n, 4n), level(20n, 100n)), 6_000_000n, FEE, null);
    expect(plan).toMatchObject({ sharesMicros: 6_000_000n, floorMicros: 470_000n, bestBidMicros: 500_000n });
    expect(plan?.expected).toMatchObject({ sharesMicros: 6_000_000n, valueMicros: 2_960_000n });
  });

  it('does not follow a bid far below the best one', () => {
    const plan = planSale(aBook(level(50n, 4n), level(1n, 100n)), 6_000_000n, FEE, null);
    expect(plan).toMatchObject({ floorMicros: 400_000n, expected: { sharesMicros: 4_000_000n } });
  });

  it('takes the minimum price that was asked for, also without a bid', () => {
    expect(planSale(aBook(level(50n, 4n)), 6_000_000n, FEE, 15_000n)).toMatchObject({ floorMicros: 20_000n });
    expect(planSale(aBook(), 6_000_000n, FEE, 50_000n)).toMatchObject({ bestBidMicros: null, floorMicros: 50_000n });
  });

  it('names no price without a bid and without a minimum', () => {
    expect(planSale(aBook(), 6_000_000n, FEE, null)).toBeNull();
  });

  it('never offers more than is held, and always a price and a size that the venue takes', () => {
    const bids = fc.array(fc.tuple(fc.bigInt(1n, 99n), fc.bigInt(1n, 50n)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(bids, fc.bigInt(1n, 80_000_000n), (levels, heldMicros) => {
        const sorted = levels
          .map(([cents, shares]) => level(cents, shares))
          .sort((a, b) => Number(b.priceMicros - a.priceMicros));
        const plan = planSale(aBook(...sorted), heldMicros, FEE, null);
        expect(plan).not.toBeNull();
        const { sharesMicros = 0n, floorMicros = 0n } = plan ?? {};
        expect(sharesMicros <= heldMicros && sharesMicros % 10_000n === 0n).toBe(true);
        expect(floorMicros % 10_000n === 0n && floorMicros >= 10_000n && floorMicros < 1_000_000n).toBe(true);
        expect(floorMicros <= (sorted[0]?.priceMicros ?? 0n)).toBe(true);
      }),
    );
  });
});
