import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { minSellPriceMicros, restingPriceMicros, type SellPriceInput } from '#lib/domain/plan/sell-price.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';

const TICK = 10_000n;
const book = (bid: string | null, tickMicros = TICK) =>
  aBook({ bids: bid === null ? [] : someLevels([[bid, '10']]), tickMicros });
const input = (overrides: Partial<SellPriceInput> = {}): SellPriceInput => ({
  policy: DEFAULT_EXIT_POLICY,
  book: book('0.60'),
  tickMicros: TICK,
  entryPriceMicros: 650_000n,
  leadMs: 120_000,
  noBuyerCount: 0,
  ...overrides,
});

describe('minSellPriceMicros', () => {
  test.each<[string, Partial<SellPriceInput>, bigint]>([
    ['is two ticks below the best bid at first', {}, 580_000n],
    ['is five ticks below from T − 90 s', { leadMs: 90_000 }, 550_000n],
    ['stays at two ticks until then', { leadMs: 90_001 }, 580_000n],
    ['is ten ticks below from T − 45 s', { leadMs: 45_000 }, 500_000n],
    ['is any price from T − 15 s', { leadMs: 15_000 }, 10_000n],
    ['does not move after one attempt without a buyer', { noBuyerCount: 1 }, 580_000n],
    ['moves one rung ahead after two attempts without a buyer', { noBuyerCount: 2 }, 550_000n],
    ['moves two rungs ahead after four', { noBuyerCount: 4 }, 500_000n],
    ['never reaches "any price" early', { noBuyerCount: 40 }, 500_000n],
    ['is a share of the entry price without a bid', { book: book(null) }, 520_000n],
    ['is the same without a book', { book: null }, 520_000n],
    ['falls with time without a bid', { book: book(null), leadMs: 45_000 }, 130_000n],
    ['is any price at the end without a bid', { book: null, leadMs: 10_000 }, 10_000n],
    ['is one tick when the bid is lower than the slack', { book: book('0.01') }, 10_000n],
    [
      'counts in the book’s own tick, and in whole cents, so that the venue takes every size',
      { book: book('0.995', 1_000n) },
      990_000n,
    ],
    [
      'falls back to the old tick without a book',
      { book: null, tickMicros: 1_000n, entryPriceMicros: 651_234n },
      520_000n,
    ],
    [
      'is a dollar less a tick at most',
      {
        book: null,
        entryPriceMicros: 990_000n,
        policy: { ...DEFAULT_EXIT_POLICY, priceLadder: [{ fromLeadMs: 1e9, slackTicks: 0, blindPercent: 200 }] },
      },
      990_000n,
    ],
    [
      'is never below the user’s own minimum',
      { leadMs: 1_000, policy: { ...DEFAULT_EXIT_POLICY, minPriceMicros: 305_000n } },
      310_000n,
    ],
    ['is any price without a ladder', { policy: { ...DEFAULT_EXIT_POLICY, priceLadder: [] } }, 10_000n],
  ])('%s', (_, overrides, expected) => {
    expect(minSellPriceMicros(input(overrides))).toBe(expected);
  });

  test('is always on the tick, from one tick to one dollar less a tick', () => {
    const anyInput = fc.record({
      tick: fc.constantFrom(100n, 1_000n, 10_000n, 100_000n),
      bidTicks: fc.option(fc.bigInt({ min: 1n, max: 9n })),
      entryPriceMicros: fc.bigInt({ min: 1n, max: 999_999n }),
      leadMs: fc.integer({ min: -10_000, max: 900_000 }),
      noBuyerCount: fc.nat(50),
      minPriceMicros: fc.bigInt({ min: 1n, max: 900_000n }),
      isBookRead: fc.boolean(),
    });
    fc.assert(
      fc.property(anyInput, ({ tick, bidTicks, isBookRead, minPriceMicros, ...rest }) => {
        const bids = bidTicks === null ? [] : [{ priceMicros: bidTicks * tick, sharesMicros: 1n }];
        const floor = minSellPriceMicros({
          ...rest,
          policy: { ...DEFAULT_EXIT_POLICY, minPriceMicros },
          tickMicros: tick,
          book: isBookRead ? { bids, tickMicros: tick } : null,
        });
        expect(floor % tick).toBe(0n);
        expect(floor).toBeGreaterThanOrEqual(tick);
        expect(floor).toBeLessThanOrEqual(1_000_000n - tick);
        expect(floor).toBeGreaterThanOrEqual(minPriceMicros);
      }),
    );
  });
});

describe('restingPriceMicros', () => {
  const sides = (bid: string | null, ask: string | null) =>
    aBook({
      bids: bid === null ? [] : someLevels([[bid, '10']]),
      asks: ask === null ? [] : someLevels([[ask, '10']]),
      tickMicros: TICK,
    });

  test.each<[string, ReturnType<typeof aBook> | null, bigint, bigint]>([
    ['is a tick above the best bid', sides('0.60', '0.66'), 100_000n, 610_000n],
    ['joins the best ask when that is the same', sides('0.60', '0.61'), 100_000n, 610_000n],
    ['is the best ask without a bid', sides(null, '0.66'), 100_000n, 660_000n],
    ['is the minimum price in an empty book', sides(null, null), 520_000n, 520_000n],
    ['is the minimum price without a book', null, 520_000n, 520_000n],
    ['is never below the minimum price', sides('0.03', '0.05'), 300_000n, 300_000n],
    ['is a dollar less a tick at most', sides('0.99', null), 100_000n, 990_000n],
  ])('%s', (_, given, floorMicros, expected) => {
    expect(restingPriceMicros(given, TICK, floorMicros)).toBe(expected);
  });
});
