import { describe, expect, it } from 'vitest';
import { sumResults, totalsOf, unclaimedMicrosOf } from '#lib/domain/position/position-totals.ts';
import { isRedemptionFailing, NOTHING_SETTLED } from '#lib/domain/position/settlement-progress.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aHedgeTrade } from '#test/factories/a-trade.ts';
import { HEDGE_ORDER_HASH } from '#test/factories/an-intent.ts';

const result = (resultMicros: bigint | null, costMicros: bigint | null = 10n) => ({
  ...{ resultMicros, costMicros },
  ...{ feesMicros: 3n, gasWei: 0n },
});

describe('the sums of results', () => {
  it('count a result of zero neither as won nor as lost', () => {
    expect(sumResults([result(5n), result(0n), result(-1n), result(-2n)])).toEqual({
      count: 4,
      wonCount: 1,
      lostCount: 2,
      unknownCount: 0,
      resultMicros: 2n,
      costMicros: 40n,
      feesMicros: 12n,
    });
  });

  it('leave out what is not known, with its cost and fees', () => {
    expect(sumResults([result(null), result(5n), result(7n, null)])).toEqual({
      count: 3,
      wonCount: 2,
      lostCount: 0,
      unknownCount: 1,
      resultMicros: 12n,
      costMicros: 10n,
      feesMicros: 6n,
    });
  });

  it('are apart for each mode in which a position ended', () => {
    const lost = aPosition({ state: 'worthless', mode: 'live' });
    expect(totalsOf([lost])).toEqual([
      {
        mode: 'live',
        count: 1,
        wonCount: 0,
        lostCount: 1,
        unknownCount: 0,
        pnlMicros: '-23973300',
        costMicros: '23400000',
        feesMicros: '573300',
      },
    ]);
    expect(totalsOf([])).toEqual([]);
  });
});

describe('what the chain owes', () => {
  const hedge = { orderHash: HEDGE_ORDER_HASH, costMicrosMax: 20_000_000n };
  const trades = [aBuyTrade(), aHedgeTrade({ sharesMicros: 16_000_000n })];
  const owed = (own: bigint, other: bigint, total: bigint) =>
    unclaimedMicrosOf(
      aPosition({
        ...{ state: 'awaiting-resolution', hedge, trades },
        settlement: { ...NOTHING_SETTLED, payout: { own, other, total } },
      }),
    );

  it('is what the shares of both outcomes pay', () => {
    expect(owed(1n, 0n, 1n)).toBe(36_000_000n);
    expect(owed(0n, 1n, 1n)).toBe(16_000_000n);
    expect(owed(1n, 1n, 2n)).toBe(26_000_000n);
  });

  it('is nothing before the result, and once the position is closed', () => {
    expect(unclaimedMicrosOf(aPosition({ state: 'awaiting-resolution' }))).toBe(0n);
    expect(unclaimedMicrosOf(aPosition({ state: 'redeemed' }))).toBe(0n);
  });
});

it.each([
  [2, false, false],
  [3, false, true],
  [4, false, true],
  [0, true, true],
])(
  'after %d failures, refused for good: %s, a redemption fails: %s',
  (redemptionFailureCount, isRefused, isFailing) => {
    const settlement = { ...NOTHING_SETTLED, redemptionFailureCount, isRefusedForGood: isRefused };
    expect(isRedemptionFailing(settlement)).toBe(isFailing);
  },
);
