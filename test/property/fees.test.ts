import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { takerFeeMicros } from '#lib/domain/market/fees.ts';
import { ONE_MICROS } from '#lib/domain/market/money.ts';

/** Fees go in steps of 0.00001 dollar, so a rounded fee is at most half a step off. */
const STEP_MICROS = 10n;
const sharesMicros = fc.bigInt({ min: 0n, max: 10n ** 13n });
const priceMicros = fc.bigInt({ min: 1n, max: ONE_MICROS - 1n });
const feeRateMicros = fc.bigInt({ min: 0n, max: 250_000n });
const fill = fc.record({ sharesMicros, priceMicros, feeRateMicros });

describe('takerFeeMicros', () => {
  it('is never negative and always a whole number of steps', () => {
    fc.assert(
      fc.property(fill, (one) => {
        const fee = takerFeeMicros(one);
        expect(fee >= 0n).toBe(true);
        expect(fee % STEP_MICROS).toBe(0n);
      }),
    );
  });

  it('is the same at p and at 1 − p', () => {
    fc.assert(
      fc.property(fill, (one) => {
        expect(takerFeeMicros({ ...one, priceMicros: ONE_MICROS - one.priceMicros })).toBe(takerFeeMicros(one));
      }),
    );
  });

  it('is at most a quarter of the rate per share, but for the rounding', () => {
    fc.assert(
      fc.property(fill, (one) => {
        const quarter = one.sharesMicros * one.feeRateMicros;
        expect((takerFeeMicros(one) - STEP_MICROS / 2n) * 4n * ONE_MICROS <= quarter).toBe(true);
      }),
    );
  });

  it('is highest at 50 cents', () => {
    fc.assert(
      fc.property(fill, (one) => {
        expect(takerFeeMicros(one) <= takerFeeMicros({ ...one, priceMicros: ONE_MICROS / 2n })).toBe(true);
      }),
    );
  });

  it('adds up over the parts of a fill, but for the rounding of three fees', () => {
    fc.assert(
      fc.property(fill, sharesMicros, (one, otherSharesMicros) => {
        const other = takerFeeMicros({ ...one, sharesMicros: otherSharesMicros });
        const both = takerFeeMicros({ ...one, sharesMicros: one.sharesMicros + otherSharesMicros });
        const drift = both - takerFeeMicros(one) - other;
        expect((drift < 0n ? -drift : drift) * 2n <= 3n * STEP_MICROS).toBe(true);
      }),
    );
  });

  it('grows with the shares', () => {
    fc.assert(
      fc.property(fill, sharesMicros, (one, moreMicros) => {
        expect(takerFeeMicros({ ...one, sharesMicros: one.sharesMicros + moreMicros }) >= takerFeeMicros(one)).toBe(
          true,
        );
      }),
    );
  });

  it('is what the venue charges for round figures', () => {
    const feeOf = (price: bigint) =>
      takerFeeMicros({ sharesMicros: 100_000_000n, priceMicros: price, feeRateMicros: 70_000n });
    expect(feeOf(500_000n)).toBe(1_750_000n);
    expect(feeOf(600_000n)).toBe(1_680_000n);
    expect(feeOf(800_000n)).toBe(1_120_000n);
    expect(feeOf(900_000n)).toBe(630_000n);
  });
});
