import { describe, expect, it } from 'vitest';
import { areContradicting, findBookFlaw, isMirrored, withoutFlawedLevels } from '#lib/domain/market/book-flaw.ts';

const NOW_MS = 1_773_307_200_000;
const levels = (priceMicros: bigint | null) =>
  priceMicros === null ? [] : [{ priceMicros, sharesMicros: 1_000_000n }];
const bookOf = (bidMicros: bigint | null, askMicros: bigint | null, ageMs = 0) => ({
  bids: levels(bidMicros),
  asks: levels(askMicros),
  atMs: NOW_MS - ageMs,
});

describe('a book', () => {
  it.each([
    [null, 'as old as allowed', bookOf(600_000n, 610_000n, 60_000)],
    ['stale', 'a millisecond older', bookOf(600_000n, 610_000n, 60_001)],
    [null, 'as far ahead as allowed', bookOf(600_000n, 610_000n, -60_000)],
    ['stale', 'a millisecond further ahead', bookOf(600_000n, 610_000n, -60_001)],
    [null, 'with equal bid and ask', bookOf(600_000n, 600_000n)],
    ['crossed', 'with its bid above its ask', bookOf(600_001n, 600_000n)],
    [null, 'with the widest spread allowed', bookOf(300_000n, 600_000n)],
    ['wide', 'with a spread wider by a micro', bookOf(300_000n, 600_001n)],
    [null, 'without an ask and 30 cents below a dollar', bookOf(700_000n, null)],
    ['wide', 'without an ask and further below a dollar', bookOf(699_999n, null)],
    [null, 'without a bid', bookOf(null, 990_000n)],
    ['stale', 'that is crossed and too old', bookOf(600_001n, 600_000n, 60_001)],
  ] as const)('has the flaw %s when it is %s', (flaw, _case, book) => {
    expect(findBookFlaw(book, NOW_MS)).toBe(flaw);
  });

  it('keeps its levels without a flaw, and loses both sides with one', () => {
    const sound = { ...bookOf(600_000n, 610_000n), tickMicros: 10_000n };
    expect(withoutFlawedLevels(sound, NOW_MS)).toEqual(sound);
    const crossed = { ...bookOf(620_000n, 610_000n), tickMicros: 10_000n };
    expect(withoutFlawedLevels(crossed, NOW_MS)).toEqual({ bids: [], asks: [], atMs: NOW_MS, tickMicros: 10_000n });
  });
});

describe('the books of both outcomes', () => {
  it.each([
    [false, 'bids of 1.30 dollars in sum', bookOf(650_000n, null), bookOf(650_000n, null)],
    [true, 'bids of more than 1.30 dollars in sum', bookOf(650_001n, null), bookOf(650_000n, null)],
    [false, 'asks of 0.70 dollar in sum', bookOf(null, 350_000n), bookOf(null, 350_000n)],
    [true, 'asks of less than 0.70 dollar in sum', bookOf(null, 349_999n), bookOf(null, 350_000n)],
    [true, 'bids of too much, with sound asks', bookOf(700_000n, 700_000n), bookOf(700_000n, 700_000n)],
    [false, 'a bid and an ask on one side each', bookOf(990_000n, null), bookOf(null, 10_000n)],
    [false, 'nothing', bookOf(null, null), bookOf(null, null)],
  ] as const)('contradict each other: %s, with %s', (isContradicting, _case, book, other) => {
    expect(areContradicting(book, other)).toBe(isContradicting);
    expect(areContradicting(other, book)).toBe(isContradicting);
  });

  it.each([
    [true, 600_000n, 400_000n],
    [true, 600_000n, 450_000n],
    [false, 600_000n, 450_001n],
    [true, 600_000n, 350_000n],
    [false, 600_000n, 349_999n],
    [false, null, 1_000_000n],
    [false, 1_000_000n, null],
  ])('mirror each other: %s, with a bid of %s and the other ask of %s', (isMirror, bidMicros, askMicros) => {
    expect(isMirrored(bookOf(bidMicros, null), bookOf(null, askMicros))).toBe(isMirror);
  });
});
