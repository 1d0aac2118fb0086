import { describe, expect, test } from 'vitest';
import { DEFAULT_OPENING_POLICY, type OpeningInput, planOpening } from '#lib/domain/plan/plan-opening.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import { mirrorSides } from '#lib/venue/books/book-sides.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import { aMarket } from '#test/factories/a-market.ts';

const market = aMarket();
const NOW = market.startsAtMs + 30_000;
const DAY = 86_400_000;
const honest = aBook({ atMs: NOW });
/** As reported of the venue (py-clob-client#180). */
const ghost = aBook({ bids: someLevels([['0.01', '12000']]), asks: someLevels([['0.99', '9800']]), atMs: NOW });

const open = (overrides: Partial<OpeningInput>) =>
  planOpening({
    marketSlug: market.slug,
    market,
    book: honest,
    outcome: 'UP',
    budgetMicros: 25_000_000n,
    nowMs: NOW,
    exitPolicy: DEFAULT_EXIT_POLICY,
    openingPolicy: DEFAULT_OPENING_POLICY,
    limits: DEFAULT_RISK_LIMITS,
    ...overrides,
  });
const withPolicy = (changes: Partial<typeof DEFAULT_OPENING_POLICY>) => ({
  openingPolicy: { ...DEFAULT_OPENING_POLICY, ...changes },
});

describe('what an opening could get back', () => {
  test('refuses a ghost book with the money that selling again would return', () => {
    expect(open({ book: ghost })).toEqual({
      code: 'round-trip-loss',
      message:
        'The book of btc-updown-5m-1773307200 has buyers at $0.01 and sellers at $0.99: selling the 23.00 shares again at once would return $0.21 of $22.79 (1 %), and an opening needs 80 %. Try again when the prices are closer, or choose another market.',
    });
  });

  test('opens where the round trip returns exactly the configured share, and not at one percent more', () => {
    const free = aMarket({ feeRateMicros: 0n });
    const book = aBook({ bids: someLevels([['0.40', '900']]), asks: someLevels([['0.50', '900']]), atMs: NOW });
    expect(open({ market: free, book })).toHaveProperty('buy');
    expect(open({ market: free, book, ...withPolicy({ roundTripPercentMin: 81 }) })).toMatchObject({
      code: 'round-trip-loss',
    });
  });

  test('counts the fees of both trades', () => {
    // Without fees this returns 81.8 %.
    const book = aBook({ bids: someLevels([['0.45', '900']]), asks: someLevels([['0.55', '900']]), atMs: NOW });
    expect(open({ book, market: aMarket({ feeRateMicros: 0n }) })).toHaveProperty('buy');
    expect(open({ book })).toMatchObject({ code: 'round-trip-loss' });
  });

  test('walks the bids: one good bid on top of bad ones does not count for all shares', () => {
    const bids = someLevels([
      ['0.60', '5'],
      ['0.02', '9000'],
    ]);
    expect(open({ book: aBook({ bids, atMs: NOW }) })).toMatchObject({ code: 'round-trip-loss' });
  });

  test('refuses a book too wide for a price, however low the share is configured', () => {
    expect(open({ book: ghost, ...withPolicy({ roundTripPercentMin: 0 }) })).toMatchObject({
      code: 'book-implausible',
    });
    expect(open({ ...withPolicy({ roundTripPercentMin: 0 }) })).toHaveProperty('buy');
  });

  test('refuses a book without bids, or with too few', () => {
    expect(open({ book: { ...honest, bids: [] } })).toEqual({
      code: 'book-too-thin',
      message: expect.stringContaining('no buyers'),
    });
    expect(open({ book: { ...honest, bids: someLevels([['0.60', '30']]) } })).toMatchObject({ code: 'book-too-thin' });
  });
});

describe("the book's own time", () => {
  test('refuses a book that is dated three days ago', () => {
    expect(open({ book: { ...honest, atMs: NOW - 3 * DAY } })).toEqual({
      code: 'book-stale',
      message:
        'The book of btc-updown-5m-1773307200 is dated 2026-03-09 09:20:30 UTC, 3 days ago: its prices may no longer hold. Try again in a few seconds.',
    });
  });

  test('refuses a book from the future and names the clock', () => {
    const plan = open({ book: { ...honest, atMs: NOW + 90_000 } });
    expect(plan).toMatchObject({ code: 'book-stale', message: expect.stringContaining('Check the clock.') });
  });

  test.each([-60_000, -16_103, 0, 2_000, 60_000])('opens on a book that is %s ms from our clock', (ms) => {
    expect(open({ book: { ...honest, atMs: NOW + ms } })).toHaveProperty('buy');
  });

  test.each([-60_001, 60_001])('refuses one that is %s ms from it', (ms) => {
    expect(open({ book: { ...honest, atMs: NOW + ms } })).toMatchObject({ code: 'book-stale' });
  });

  test('lets the book of a market that runs for a day rest for minutes, and not for hours', () => {
    const daily = aMarket({ endsAtMs: NOW + DAY });
    const at = (agoMs: number) => open({ market: daily, book: { ...honest, atMs: NOW - agoMs } });
    expect(at(10 * 60_000)).toHaveProperty('buy');
    expect(at(2 * 3_600_000)).toMatchObject({ code: 'book-stale' });
  });

  test('takes the age from the policy', () => {
    const book = { ...honest, atMs: NOW - 5_000 };
    expect(open({ book, ...withPolicy({ bookAgeMsMax: 3_000 }) })).toMatchObject({ code: 'book-stale' });
  });
});

describe('the two sides', () => {
  test('refuses a crossed book and opens on a locked one', () => {
    const crossed = { ...honest, bids: someLevels([['0.65', '900']]) };
    expect(open({ book: crossed })).toEqual({
      code: 'book-implausible',
      message:
        'The book of btc-updown-5m-1773307200 has buyers at $0.65 and sellers at $0.61, so a part of it is out of date. Try again in a few seconds.',
    });
    expect(open({ book: { ...honest, bids: someLevels([['0.61', '900']]) } })).toHaveProperty('buy');
  });

  test('refuses when the books of both outcomes contradict each other', () => {
    const alsoDear = aBook({ bids: someLevels([['0.85', '900']]), asks: someLevels([['0.86', '900']]), atMs: NOW });
    expect(open({ otherBook: alsoDear })).toEqual({
      code: 'book-implausible',
      message:
        'The books of both outcomes of btc-updown-5m-1773307200 contradict each other: one has buyers at $0.60 and sellers at $0.61, the other buyers at $0.85 and sellers at $0.86. Try again in a few seconds.',
    });
    const cheapBoth = aBook({ bids: someLevels([['0.20', '900']]), asks: someLevels([['0.21', '900']]), atMs: NOW });
    expect(open({ book: cheapBoth, otherBook: cheapBoth })).toMatchObject({ code: 'book-implausible' });
  });

  test('opens on the mirror image, on one that moved meanwhile, and without the other book', () => {
    const mirrored = { ...honest, ...mirrorSides(honest) };
    const movedBy = (micros: bigint) => {
      const move = (levels: typeof honest.bids) =>
        levels.map((level) => ({ ...level, priceMicros: level.priceMicros + micros }));
      return { ...mirrored, bids: move(mirrored.bids), asks: move(mirrored.asks) };
    };
    for (const otherBook of [mirrored, movedBy(250_000n), movedBy(-250_000n), { ...mirrored, bids: [] }, undefined]) {
      expect(open({ otherBook })).toHaveProperty('buy');
    }
  });
});
