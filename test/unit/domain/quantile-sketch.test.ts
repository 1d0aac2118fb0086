import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addToSketch, EMPTY_SKETCH, quantileOf } from '#lib/domain/news/quantile-sketch.ts';

const sketchOf = (values: readonly number[]) => values.reduce(addToSketch, EMPTY_SKETCH);

describe('a quantile sketch', () => {
  it('is within one per cent of the truth, and never above the largest value', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 100_000_000 }), { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0.5, 0.9, 0.99, 1),
        (values, share) => {
          const sorted = values.toSorted((a, b) => a - b);
          const truth = sorted[Math.max(1, Math.ceil(share * values.length)) - 1] ?? 0;
          const answer = quantileOf(sketchOf(values), share) ?? Number.NaN;
          expect(Math.abs(answer - truth)).toBeLessThanOrEqual(Math.max(1, truth * 0.01 + 1));
          expect(answer).toBeLessThanOrEqual(Math.max(...values));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('knows nothing of nothing, and takes early for not late', () => {
    expect(quantileOf(EMPTY_SKETCH, 0.5)).toBeNull();
    expect(quantileOf(sketchOf([-50, -3]), 1)).toBe(0);
  });

  it('does not grow with the number of values', () => {
    const many = sketchOf(Array.from({ length: 20_000 }, (_, n) => (n * 7_919) % 60_000));
    expect(many.count).toBe(20_000);
    expect(many.bins.size).toBeLessThan(600);
  });
});
