import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { floorToSizeStep, sizeStepMicros, toWholeCents } from '#lib/domain/market/order-amounts.ts';
import { findAccuracyRefusal } from '#lib/domain/market/venue-rules.ts';

const HUNDREDTH = 10_000n;
const ONE = 1_000_000n;
/** Prices on a tick of a cent, half a cent, a quarter, a tenth. */
const price = fc
  .constantFrom(10_000n, 5_000n, 2_500n, 1_000n)
  .chain((tick) => fc.bigInt({ min: 1n, max: ONE / tick - 1n }).map((ticks) => ticks * tick));
const size = fc.bigInt({ min: 1n, max: 1_000_000n }).map((hundredths) => hundredths * HUNDREDTH);
const side = fc.constantFrom('BUY' as const, 'SELL' as const);

function isTaken(ofSide: 'BUY' | 'SELL', sharesMicros: bigint, limitPriceMicros: bigint): boolean {
  return findAccuracyRefusal({ side: ofSide, orderType: 'FAK', sharesMicros, limitPriceMicros }) === null;
}

describe('amounts that the venue takes', () => {
  it.each([
    ['BUY', 570_000n, 1_000_000n],
    ['BUY', 500_000n, 20_000n],
    ['BUY', 573_000n, 10_000_000n],
    ['SELL', 570_000n, 10_000n],
    ['SELL', 573_000n, 100_000n],
    ['SELL', 4_000n, 50_000n],
  ] as const)('come in steps: %s at %s in %s', (ofSide, limit, step) => {
    expect(sizeStepMicros(ofSide, limit)).toBe(step);
  });

  it('are taken exactly when the size is a multiple of the step', () => {
    fc.assert(
      fc.property(side, fc.oneof(size, fc.bigInt({ min: 1n, max: 10n ** 10n })), price, (ofSide, shares, limit) => {
        expect(isTaken(ofSide, shares, limit)).toBe(shares % sizeStepMicros(ofSide, limit) === 0n);
      }),
    );
  });

  it('are reached by rounding a size down by less than one step', () => {
    fc.assert(
      fc.property(side, size, price, (ofSide, shares, limit) => {
        const even = floorToSizeStep(ofSide, shares, limit);
        expect(isTaken(ofSide, even, limit)).toBe(true);
        expect(shares - even).toBeLessThan(sizeStepMicros(ofSide, limit));
        expect(even).toBeLessThanOrEqual(shares);
      }),
    );
  });

  it('never lose a hundredth of a share where a sell has a limit in whole cents', () => {
    fc.assert(
      fc.property(price, size, (limit, shares) => {
        const cents = toWholeCents('SELL', limit);
        if (limit >= 10_000n) expect(floorToSizeStep('SELL', shares, cents)).toBe(shares);
      }),
    );
  });

  it('move a limit to the worse side, by less than a cent, and never out of the range of prices', () => {
    fc.assert(
      fc.property(side, price, (ofSide, limit) => {
        const worse = (toWholeCents(ofSide, limit) - limit) * (ofSide === 'BUY' ? 1n : -1n);
        expect(worse >= 0n && worse < 10_000n).toBe(true);
        expect(toWholeCents(ofSide, limit)).toBeGreaterThan(0n);
        expect(toWholeCents(ofSide, limit)).toBeLessThan(ONE);
        if (ofSide === 'BUY') expect(worse * 5n).toBeLessThan(limit);
      }),
    );
  });
});
