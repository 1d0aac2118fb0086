import { describe, expect, it } from 'vitest';
import { dayLossMicros } from '#lib/domain/position/day-loss.ts';
import { realisedPnlMicros } from '#lib/domain/position/position-view.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aHedgeTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { HEDGE_ORDER_HASH } from '#test/factories/an-intent.ts';

const NO_FEES = { feesMicros: 0n };
const bought = aBuyTrade({ ...NO_FEES, sharesMicros: 40_000_000n, priceMicros: 500_000n });
const soldAt = (priceMicros: bigint, sharesMicros: bigint) => aSellTrade({ ...NO_FEES, sharesMicros, priceMicros });
const found = { sharesMicros: 10_000_000n, costMicros: null, blockNumber: 1n };

describe('the loss that the day’s limit counts', () => {
  it('is the result where that is known, and no profit', () => {
    const lost = aPosition({ state: 'exited', trades: [bought, soldAt(300_000n, 40_000_000n)] });
    expect(dayLossMicros(lost)).toBe(8_000_000n);
    expect(dayLossMicros(aPosition({ state: 'exited', trades: [bought, soldAt(600_000n, 40_000_000n)] }))).toBe(0n);
  });

  it('is that of the suite’s own shares beside others of unknown cost', () => {
    const beside = aPosition({ state: 'exited', trades: [bought, soldAt(300_000n, 50_000_000n)], found });
    expect(realisedPnlMicros(beside)).toBeNull();
    expect(dayLossMicros(beside)).toBe(8_000_000n);
    const worthless = aPosition({ state: 'worthless', trades: [bought], found });
    expect(dayLossMicros(worthless)).toBe(20_000_000n);
  });

  it('counts fees, pairs, the payout and the hedge beside others of unknown cost', () => {
    const redeemed = aPosition({
      state: 'redeemed',
      hedge: { orderHash: HEDGE_ORDER_HASH, costMicrosMax: 20_000_000n },
      trades: [
        aBuyTrade({ sharesMicros: 40_000_000n, valueMicros: 20_000_000n, feesMicros: 1_000_000n }),
        aSellTrade({ sharesMicros: 10_000_000n, valueMicros: 5_000_000n, feesMicros: 500_000n }),
        aHedgeTrade({ sharesMicros: 20_000_000n, valueMicros: 8_000_000n, feesMicros: 400_000n }),
      ],
      merges: [{ transactionHash: '0xmerge', cashMicros: 6_000_000n, gasWei: null }],
      payoutMicros: 7_000_000n,
      found,
    });
    // 40 of 50 shares brought 14 of 17.50 dollars, and cost 29.40 with the hedge.
    expect(dayLossMicros(redeemed)).toBe(15_400_000n);
    // Others took 25 of the 50: what the rest brought is its own.
    const left = [{ transactionHash: '0xleft', sharesMicros: 25_000_000n, cashMicros: null }];
    expect(dayLossMicros({ ...redeemed, left })).toBe(11_900_000n);
  });

  it('is the whole cost, with its fee, once others took all shares', () => {
    const trades = [aBuyTrade({ sharesMicros: 40_000_000n, valueMicros: 20_000_000n, feesMicros: 1_000_000n })];
    const left = [{ transactionHash: '0xleft', sharesMicros: 50_000_000n, cashMicros: null }];
    expect(dayLossMicros(aPosition({ state: 'exited', trades, found, left }))).toBe(21_000_000n);
  });

  it('is none of shares that another program bought, whose cost is not known', () => {
    expect(dayLossMicros(aPosition({ state: 'worthless', origin: 'guard', trades: [], found }))).toBe(0n);
  });

  it('counts what was missing as lost, as without shares that were taken in', () => {
    const none = { ...found, sharesMicros: 0n, costMicros: 0n };
    const trades = [bought, soldAt(500_000n, 10_000_000n)];
    const short = { state: 'exited', trades, shortfallMicros: 30_000_000n } as const;
    expect(dayLossMicros(aPosition({ ...short, found: none }))).toBe(dayLossMicros(aPosition(short)));
  });
});
