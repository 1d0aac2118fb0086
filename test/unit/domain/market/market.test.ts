import { describe, expect, it } from 'vitest';
import { saleProceedsMicros } from '#lib/domain/market/fees.ts';
import { findOutcome, isSameName } from '#lib/domain/market/market.ts';
import { formatMicros, parseMicros } from '#lib/domain/market/money.ts';
import { coarserSize, toWholeCents } from '#lib/domain/market/order-amounts.ts';
import { isContradiction, isSamePayout } from '#lib/domain/market/payout.ts';
import { isFilledBy, type TakerOrder, walkBook } from '#lib/domain/market/walk-book.ts';

describe('the name of an outcome', () => {
  const market = { outcomeNames: { UP: 'Yes', DOWN: ' No ' } };

  it('names it in upper or lower case, with or without spaces around it', () => {
    for (const name of ['Yes', 'yes', 'YES', ' yes ']) expect(findOutcome(market, name)).toBe('UP');
    for (const name of ['No', 'no', '\tNO']) expect(findOutcome(market, name)).toBe('DOWN');
    for (const name of ['Up', 'UP', 'ye', '']) expect(findOutcome(market, name)).toBeUndefined();
    expect(isSameName(' Lakers', 'lakers ')).toBe(true);
    expect(isSameName('Lakers', 'Celtics')).toBe(false);
  });
});

describe('a sale', () => {
  it('brings its cash less the fee of the taker', () => {
    const fill = { sharesMicros: 10_000_000n, priceMicros: 500_000n, feeRateMicros: 70_000n };
    expect(saleProceedsMicros(fill)).toBe(4_825_000n);
    expect(saleProceedsMicros({ ...fill, feeRateMicros: 0n })).toBe(5_000_000n);
  });

  it.each([
    [1, 1_990_000n, 570_000n, 1_000_000n],
    [1, 10_570_000n, 500_000n, 10_560_000n],
    [2, 10_570_000n, 500_000n, 10_000_000n],
    [3, 10_570_000n, 500_000n, 10_000_000n],
    // Too small for the coarser step: it stays.
    [1, 990_000n, 570_000n, 990_000n],
    [2, 990_000n, 500_000n, 990_000n],
    [2, 1_000_000n, 500_000n, 1_000_000n],
  ])('refused %s times for its amounts is tried with a coarser size: %s at %s as %s', (count, shares, limit, size) => {
    expect(coarserSize(shares, limit, count)).toBe(size);
  });
});

it.each([
  ['BUY', 573_000n, 580_000n],
  ['BUY', 580_000n, 580_000n],
  ['BUY', 50_001n, 60_000n],
  ['BUY', 50_000n, 50_000n],
  ['BUY', 49_999n, 49_999n],
  ['BUY', 990_000n, 990_000n],
  ['BUY', 990_001n, 990_001n],
  ['SELL', 573_000n, 570_000n],
  ['SELL', 41_000n, 40_000n],
  ['SELL', 10_500n, 10_000n],
  ['SELL', 9_999n, 9_999n],
  ['SELL', 999_000n, 990_000n],
] as const)('the limit of a %s at %s is %s in whole cents', (side, limit, cents) => {
  expect(toWholeCents(side, limit)).toBe(cents);
});

describe('a payout', () => {
  const half = { own: 1n, other: 1n, total: 2n };

  it('is the same in any denominator, and another where one outcome is paid differently', () => {
    expect(isSamePayout({ own: 1n, other: 0n, total: 1n }, { own: 1_000_000n, other: 0n, total: 1_000_000n })).toBe(
      true,
    );
    expect(isSamePayout(half, { own: 500_000n, other: 500_000n, total: 1_000_000n })).toBe(true);
    expect(isSamePayout(half, { own: 0n, other: 1n, total: 2n })).toBe(false);
    expect(isSamePayout(half, { own: 1n, other: 0n, total: 2n })).toBe(false);
  });

  it.each([
    [false, 'UP', 1n, 'UP'],
    [true, 'UP', 0n, 'UP'],
    [false, 'UP', 0n, 'DOWN'],
    [true, 'UP', 1n, 'DOWN'],
    [false, 'DOWN', 1n, 'DOWN'],
    [true, 'DOWN', 1n, 'UP'],
  ] as const)('contradicts a named winner: %s, for %s paid %s of 1 and %s named', (isWrong, outcome, own, winner) => {
    expect(isContradiction({ outcome }, { own, other: 1n - own, total: 1n }, winner)).toBe(isWrong);
  });

  it('in halves contradicts either winner', () => {
    expect(isContradiction({ outcome: 'UP' }, half, 'UP')).toBe(true);
    expect(isContradiction({ outcome: 'UP' }, half, 'DOWN')).toBe(true);
  });
});

describe('an order that was matched', () => {
  const order = { sharesMicros: 10_000_000n, limitPriceMicros: 500_000n };

  it.each([
    ['SELL', 'FAK', 10_000_000n, true],
    ['SELL', 'FAK', 9_999_999n, false],
    ['BUY', 'GTC', 10_000_000n, true],
    ['BUY', 'GTC', 9_999_999n, false],
    ['BUY', 'GTC', 10_000_001n, true],
    // Its cash is 5 dollars less 1 and less 2 micros: rounding leaves one.
    ['BUY', 'FAK', 9_999_998n, true],
    ['BUY', 'FOK', 9_999_996n, false],
  ] as const)('as %s %s by %s shares at its limit is filled: %s', (side, orderType, sharesMicros, isFilled) => {
    const taker: TakerOrder = { ...order, side, orderType };
    expect(isFilledBy(taker, [{ priceMicros: 500_000n, sharesMicros }])).toBe(isFilled);
  });

  it('by several levels is filled by their sum', () => {
    const slices = [400_000n, 500_000n].map((priceMicros) => ({ priceMicros, sharesMicros: 5_000_000n }));
    expect(isFilledBy({ ...order, side: 'SELL', orderType: 'FOK' }, slices)).toBe(true);
    expect(isFilledBy({ ...order, side: 'BUY', orderType: 'FOK' }, slices)).toBe(false);
    expect(isFilledBy({ ...order, side: 'BUY', orderType: 'FOK', cashMicros: 4_500_000n }, slices)).toBe(true);
  });
});

describe('an order that is matched with a book', () => {
  const order = { side: 'BUY', orderType: 'FAK', sharesMicros: 5_000_000n, limitPriceMicros: 995_000n } as const;
  const asksOf = (...sizes: readonly bigint[]) => ({
    bids: [],
    asks: sizes.map((sharesMicros, index) => ({ priceMicros: 990_000n + 5_000n * BigInt(index), sharesMicros })),
  });

  it('buys nothing at the next level with the micro that rounding leaves', () => {
    const slices = walkBook(asksOf(100_000_000n, 100_000_000n), { ...order, cashMicros: 4_900_000n });
    expect(slices).toEqual([{ priceMicros: 990_000n, sharesMicros: 4_949_494n }]);
  });

  it('has no slice of an empty level', () => {
    for (const orderType of ['FAK', 'GTC'] as const) {
      const slices = walkBook(asksOf(0n, 100_000_000n), { ...order, orderType });
      expect(slices.filter(({ sharesMicros }) => sharesMicros === 0n)).toEqual([]);
    }
  });
});

describe('an amount', () => {
  it('is quoted by its first 40 characters where it is no number', () => {
    expect(() => parseMicros('x'.repeat(60))).toThrow(`"${'x'.repeat(40)}" is not a decimal number`);
    expect(() => parseMicros('0.0000001')).toThrow('"0.0000001" has more than six decimals');
  });

  it.each([
    [0n, 2, '0.00'],
    [650_000n, 2, '0.65'],
    [-1_505_000n, 2, '-1.51'],
    [1_499_999n, 0, '1'],
    [1_500_000n, 0, '2'],
    [-1_500_000n, 0, '-2'],
    [-499_999n, 0, '0'],
  ])('of %s micros with %s decimals is written %s', (micros, decimals, text) => {
    expect(formatMicros(micros, decimals)).toBe(text);
  });
});
