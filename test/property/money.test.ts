import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  floorTo,
  formatMicros,
  maxMicros,
  minMicros,
  mulDivCeil,
  mulDivFloor,
  mulDivRound,
  ONE_MICROS,
  parseMicros,
} from '#lib/domain/market/money.ts';

const amount = fc.bigInt({ min: 0n, max: 10n ** 18n });
const divisor = fc.bigInt({ min: 1n, max: 10n ** 18n });
const signedMicros = fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n });

describe('mulDiv', () => {
  it('keeps floor ≤ exact ≤ ceil, less than one unit apart', () => {
    fc.assert(
      fc.property(amount, amount, divisor, (value, numerator, denominator) => {
        const exact = value * numerator;
        const floor = mulDivFloor(value, numerator, denominator);
        const ceil = mulDivCeil(value, numerator, denominator);
        expect(floor * denominator <= exact && exact < (floor + 1n) * denominator).toBe(true);
        expect(ceil * denominator >= exact && exact > (ceil - 1n) * denominator).toBe(true);
      }),
    );
  });

  it('rounds to the nearest, halves up', () => {
    fc.assert(
      fc.property(amount, amount, divisor, (value, numerator, denominator) => {
        const error = 2n * (mulDivRound(value, numerator, denominator) * denominator - value * numerator);
        expect(error > -denominator && error <= denominator).toBe(true);
      }),
    );
  });

  it('gives the same result by every rounding when nothing is left over', () => {
    fc.assert(
      fc.property(amount, divisor, (quotient, denominator) => {
        for (const divide of [mulDivFloor, mulDivRound, mulDivCeil]) {
          expect(divide(quotient, denominator, denominator)).toBe(quotient);
        }
      }),
    );
  });
});

describe('floorTo', () => {
  it('gives the largest multiple that is not above the value', () => {
    fc.assert(
      fc.property(amount, divisor, (value, step) => {
        const floor = floorTo(value, step);
        expect(floor % step).toBe(0n);
        expect(floor <= value && value < floor + step).toBe(true);
      }),
    );
  });
});

describe('minMicros and maxMicros', () => {
  it('give the two values back, in order', () => {
    fc.assert(
      fc.property(signedMicros, signedMicros, (a, b) => {
        const [low, high] = [minMicros(a, b), maxMicros(a, b)];
        expect(low <= high).toBe(true);
        expect(low + high).toBe(a + b);
      }),
    );
  });
});

describe('parseMicros and formatMicros', () => {
  it('round trip every amount written with six decimals', () => {
    fc.assert(
      fc.property(signedMicros, (micros) => {
        expect(parseMicros(formatMicros(micros, 6))).toBe(micros);
      }),
    );
  });

  it('lose at most half of the last digit that is written', () => {
    fc.assert(
      fc.property(signedMicros, fc.integer({ min: 0, max: 6 }), (micros, decimals) => {
        const unit = 10n ** BigInt(6 - decimals);
        const error = parseMicros(formatMicros(micros, decimals)) - micros;
        expect(2n * (error < 0n ? -error : error) <= unit).toBe(true);
      }),
    );
  });

  it('read what people and the venue write', () => {
    expect(parseMicros('25')).toBe(25n * ONE_MICROS);
    expect(parseMicros('0.650000000')).toBe(650_000n);
    expect(parseMicros('-1.5')).toBe(-1_500_000n);
  });

  it('write no minus before nothing', () => {
    expect(formatMicros(-4_000n)).toBe('0.00');
  });

  it('refuse whatever is not a decimal number, or too fine to keep', () => {
    const notNumbers = fc.oneof(
      fc.string().filter((text) => !/^-?\d+(\.\d+)?$/.test(text)),
      fc.constantFrom('', '.5', '5.', '1e6', '+1', ' 1', '0x10', 'NaN', 'Infinity', '1,000', '0.0000001', '1_000'),
    );
    fc.assert(
      fc.property(notNumbers, (text) => {
        expect(() => parseMicros(text)).toThrow(RangeError);
      }),
    );
  });
});
