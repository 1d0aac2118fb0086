import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BookLevel } from '#lib/domain/market/market.ts';
import { minMicros, mulDivFloor, ONE_MICROS } from '#lib/domain/market/money.ts';
import { cashMicrosOf, isForCash } from '#lib/domain/market/order.ts';
import { depleteLevels, isFilledBy, type TakerOrder, totalsOfSlices, walkBook } from '#lib/domain/market/walk-book.ts';

const TICK_MICROS = 10_000n;
const ticks = fc.bigInt({ min: 1n, max: 99n }).map((count) => count * TICK_MICROS);
const sharesMicros = fc.bigInt({ min: 1n, max: 50_000n }).map((count) => count * 10_000n);

/** Levels of different prices, in the order the side is walked. */
function levelsOf(side: TakerOrder['side']): fc.Arbitrary<readonly BookLevel[]> {
  const level = fc.record({ priceMicros: ticks, sharesMicros });
  return fc
    .uniqueArray(level, { selector: ({ priceMicros }) => priceMicros, maxLength: 15 })
    .map((levels) =>
      levels.toSorted((a, b) => Number(side === 'BUY' ? a.priceMicros - b.priceMicros : b.priceMicros - a.priceMicros)),
    );
}

const scene = fc.constantFrom<TakerOrder['side']>('BUY', 'SELL').chain((side) =>
  fc.record({
    levels: levelsOf(side),
    order: fc.record({
      side: fc.constant(side),
      orderType: fc.constantFrom<TakerOrder['orderType']>('FAK', 'FOK', 'GTC'),
      sharesMicros,
      limitPriceMicros: ticks,
    }),
  }),
);

const bookOf = (side: TakerOrder['side'], levels: readonly BookLevel[]) =>
  side === 'BUY' ? { bids: [], asks: levels } : { bids: levels, asks: [] };
const sumOf = (slices: readonly BookLevel[]): bigint => slices.reduce((sum, slice) => sum + slice.sharesMicros, 0n);
const isWithin = (order: TakerOrder, priceMicros: bigint): boolean =>
  order.side === 'BUY' ? priceMicros <= order.limitPriceMicros : priceMicros >= order.limitPriceMicros;

describe('walkBook', () => {
  it('takes all that is asked for and within the limit, and never more', () => {
    fc.assert(
      fc.property(scene, ({ levels, order }) => {
        if (isForCash(order)) return;
        const reachable = sumOf(levels.filter((level) => isWithin(order, level.priceMicros)));
        const taken = sumOf(walkBook(bookOf(order.side, levels), order));
        expect(taken).toBe(minMicros(reachable, order.sharesMicros));
      }),
    );
  });

  it('spends all dollars of a FAK or FOK buy that the book takes, never more, and takes more shares below the limit', () => {
    fc.assert(
      fc.property(scene, ({ levels, order }) => {
        if (!isForCash(order)) return;
        const book = bookOf(order.side, levels);
        const slices = walkBook(book, order);
        const reachable = totalsOfSlices(
          levels.filter((level) => isWithin(order, level.priceMicros)),
          0n,
        );
        const { valueMicros, sharesMicros: got } = totalsOfSlices(slices, 0n);
        const cashMicros = cashMicrosOf(order);
        expect(valueMicros).toBeLessThanOrEqual(cashMicros);
        expect(isFilledBy(order, slices)).toBe(cashMicros - valueMicros <= 1n);
        if (!isFilledBy(order, slices)) expect(valueMicros).toBe(reachable.valueMicros);
        // The limit itself buys the shares that the order names, but for one millionth by rounding.
        if (isFilledBy(order, slices)) expect(got).toBeGreaterThanOrEqual(order.sharesMicros - 2n);
      }),
    );
  });

  it('brings 39.245901 shares for 23.94 dollars at 0.61', () => {
    const order = { side: 'BUY', sharesMicros: 38_000_000n, limitPriceMicros: 630_000n } as const;
    const book = bookOf('BUY', [{ priceMicros: 610_000n, sharesMicros: 100_000_000n }]);
    const totals = (orderType: TakerOrder['orderType']) => totalsOfSlices(walkBook(book, { ...order, orderType }), 0n);
    for (const orderType of ['FOK', 'FAK'] as const) {
      expect(totals(orderType)).toMatchObject({ sharesMicros: 39_245_901n, valueMicros: 23_940_000n });
    }
    expect(totals('GTC')).toMatchObject({ sharesMicros: 38_000_000n, valueMicros: 23_180_000n });
  });

  it('takes no price beyond the limit, nothing empty and no more of a level than there is', () => {
    fc.assert(
      fc.property(scene, ({ levels, order }) => {
        const sizes = new Map(levels.map((level) => [level.priceMicros, level.sharesMicros]));
        for (const slice of walkBook(bookOf(order.side, levels), order)) {
          expect(isWithin(order, slice.priceMicros)).toBe(true);
          expect(slice.sharesMicros > 0n && slice.sharesMicros <= (sizes.get(slice.priceMicros) ?? 0n)).toBe(true);
        }
      }),
    );
  });

  it('takes the best prices first', () => {
    fc.assert(
      fc.property(scene, ({ levels, order }) => {
        const slices = walkBook(bookOf(order.side, levels), order);
        expect(slices.map((slice) => slice.priceMicros)).toEqual(
          levels.slice(0, slices.length).map((level) => level.priceMicros),
        );
        // Only the last level may be left with something.
        for (const [index, slice] of slices.slice(0, -1).entries()) expect(slice).toEqual(levels[index]);
      }),
    );
  });

  it('never takes less when the limit is loosened', () => {
    fc.assert(
      fc.property(scene, ticks, ({ levels, order }, otherMicros) => {
        const loosened =
          order.side === 'BUY' ? otherMicros > order.limitPriceMicros : otherMicros < order.limitPriceMicros;
        const [tight, loose] = loosened ? [order.limitPriceMicros, otherMicros] : [otherMicros, order.limitPriceMicros];
        const book = bookOf(order.side, levels);
        const taken = (limitPriceMicros: bigint) => sumOf(walkBook(book, { ...order, limitPriceMicros }));
        expect(taken(tight) <= taken(loose)).toBe(true);
      }),
    );
  });

  it('takes nothing from the own side of the book', () => {
    fc.assert(
      fc.property(scene, ({ levels, order }) => {
        const ownSide = order.side === 'BUY' ? { bids: levels, asks: [] } : { bids: [], asks: levels };
        expect(walkBook(ownSide, order)).toEqual([]);
      }),
    );
  });
});

describe('totalsOfSlices', () => {
  it('stays between the limit and the best price', () => {
    fc.assert(
      fc.property(scene, ({ levels, order }) => {
        const slices = walkBook(bookOf(order.side, levels), order);
        const total = totalsOfSlices(slices, 70_000n);
        const best = slices[0]?.priceMicros ?? order.limitPriceMicros;
        const bounds = [best, order.limitPriceMicros].map((price) =>
          mulDivFloor(total.sharesMicros, price, ONE_MICROS),
        );
        const [low, high] = bounds.toSorted((a, b) => Number(a - b)) as [bigint, bigint];
        expect(total.sharesMicros).toBe(sumOf(slices));
        expect(total.valueMicros >= low && total.valueMicros <= high).toBe(true);
      }),
    );
  });
});

describe('depleteLevels', () => {
  it('leaves of a walked book exactly what the walk did not take', () => {
    fc.assert(
      fc.property(scene, ({ levels, order }) => {
        const slices = walkBook(bookOf(order.side, levels), order);
        const left = depleteLevels(levels, slices);
        // Levels are in steps of 0.01 share; the last one taken may be left with less than a step.
        const lostMicros = sumOf(levels) - sumOf(left) - sumOf(slices);
        expect(lostMicros >= 0n && lostMicros < 10_000n).toBe(true);
        for (const level of left) expect(level.sharesMicros > 0n).toBe(true);
      }),
    );
  });

  it('never leaves less than nothing when more was taken than is there now', () => {
    fc.assert(
      fc.property(levelsOf('BUY'), levelsOf('BUY'), (levels, taken) => {
        const left = depleteLevels(levels, [...taken, ...taken]);
        for (const level of left)
          expect(levels.some(({ sharesMicros: before }) => level.sharesMicros <= before)).toBe(true);
        expect(sumOf(left) <= sumOf(levels)).toBe(true);
      }),
    );
  });
});
