import { describe, expect, it } from 'vitest';
import { decideHold, mayHold } from '#lib/domain/plan/plan-hold.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import { aPosition } from '#test/factories/a-position.ts';

const policy = { ...DEFAULT_EXIT_POLICY, rules: { holdAboveMicros: 600_000n } };
const holding = aPosition({ state: 'holding', policy });
const exiting = aPosition({ state: 'exiting', policy });
const DUE = holding.exitDueAtMs;
const asked = { exitRequest: { atMs: DUE - 60_000 } };
const askedLate = { exitRequest: { atMs: DUE } };

describe('a rule that holds a due exit', () => {
  it.each([
    ['at the exit by the clock', holding, DUE, true],
    ['not before the exit', holding, DUE - 1, false],
    ['not without the rule', aPosition({ state: 'holding' }), DUE, false],
    ['not where another rule fired', { ...holding, exitDueAtMs: DUE - 10_000 }, DUE, false],
    ['not while the exit sells', exiting, DUE, false],
    ['once a request of before is overtaken', { ...exiting, ...asked }, DUE, true],
    ['also of a request that sold nothing yet', { ...holding, ...asked }, DUE, true],
    ['not against a request that came after it', { ...holding, ...askedLate }, DUE, false],
  ])('may act: %s', (_what, position, postAtMs, expected) => {
    expect(mayHold(position, postAtMs)).toBe(expected);
  });
});

describe('the look at a due exit', () => {
  const SHARES = 36_000_000n;
  const lookAt = (atMs: number, bid: string, shares = '36', ask = '0.65') => ({
    atMs,
    book: aBook({ atMs, bids: someLevels([[bid, shares]]), asks: someLevels([[ask, '50']]) }),
  });
  const UNKNOWN = { priceMicros: null, proceedsMicros: null };
  const LAST = holding.marketEndsAtMs - 10_000;

  it('holds at the price of the rule or above, and tells what a sale would have brought after fees', () => {
    // 36 × 0.60 less a fee of 36 × 0.07 × 0.60 × 0.40.
    expect(decideHold(holding, lookAt(DUE, '0.60'), SHARES)).toEqual({
      priceMicros: 600_000n,
      proceedsMicros: 20_995_200n,
    });
    expect(decideHold(holding, lookAt(DUE, '0.59'), SHARES)).toBeNull();
  });

  it('looks once more where the price is not known, if there is time for an order', () => {
    const blind = { book: null, atMs: DUE };
    expect(decideHold(holding, blind, SHARES)).toEqual(UNKNOWN);
    expect(decideHold(holding, lookAt(DUE, '0.60', '35.99'), SHARES)).toEqual(UNKNOWN);
    expect(decideHold(holding, lookAt(DUE, '0.60', '36', '0.71'), SHARES)).toEqual(UNKNOWN);
    expect(decideHold(holding, { book: null, atMs: LAST - 1 }, SHARES)).toEqual(UNKNOWN);
    expect(decideHold(holding, { book: null, atMs: LAST }, SHARES)).toBeNull();
    const second = { ...holding, holdLook: { atMs: DUE - 1_000, priceMicros: null } };
    expect(decideHold(second, blind, SHARES)).toBeNull();
    const afterPrice = { ...holding, holdLook: { atMs: DUE - 1_000, priceMicros: 650_000n } };
    expect(decideHold(afterPrice, blind, SHARES)).toEqual(UNKNOWN);
  });
});
