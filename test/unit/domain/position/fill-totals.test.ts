import { describe, expect, it } from 'vitest';
import {
  boughtSharesMicros,
  feeDriftMicros,
  goneSharesMicros,
  hedgeSharesMicros,
  holdsNothing,
  isAwaitingShares,
  isFullyObserved,
  isHedged,
  isLost,
  mergedMicros,
  soldSharesMicros,
} from '#lib/domain/position/fill-totals.ts';
import type { Trade } from '#lib/domain/position/order-attempt.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aHedgeTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { anIntent, HEDGE_ORDER_HASH } from '#test/factories/an-intent.ts';

const hedge = { orderHash: HEDGE_ORDER_HASH, costMicrosMax: 20_000_000n };
const reportOf = (side: 'BUY' | 'SELL', sharesMicros: bigint) =>
  aLiveAttempt({
    intent: anIntent({ side }),
    phase: { phase: 'matched', reported: { sharesMicros, valueMicros: 0n, feesMicros: 0n } },
  });
const mergeOf = (cashMicros: bigint) => ({ transactionHash: '0xmerge', cashMicros, gasWei: null });

/** Holds so many shares of its own outcome and of the other one. */
const held = (ownMicros: bigint, otherMicros: bigint) =>
  aPosition({
    state: 'exiting',
    hedge,
    trades: [aBuyTrade({ sharesMicros: ownMicros }), aHedgeTrade({ sharesMicros: otherMicros })],
  });

describe('the report of a matched order', () => {
  it.each<[string, bigint, readonly Trade[], boolean]>([
    ['all its shares are in trades', 36_000_000n, [aSellTrade()], true],
    ['less than 0.01 share is missing', 36_000_000n, [aSellTrade({ sharesMicros: 35_990_001n })], true],
    ['0.01 share is missing', 36_000_000n, [aSellTrade({ sharesMicros: 35_990_000n })], false],
    ['less than 0.01 share is missing and no trade is shown', 9_999n, [], false],
    ['it reports nothing', 0n, [], true],
    ['the trades are of another order', 36_000_000n, [aBuyTrade()], false],
  ])('where %s', (_, sharesMicros, trades, isFull) => {
    expect(isFullyObserved(reportOf('SELL', sharesMicros), trades)).toBe(isFull);
  });

  it('does not exist before the order matched, whatever trades are shown', () => {
    expect(isFullyObserved(aLiveAttempt(), [aSellTrade()])).toBe(false);
  });

  it('counts instead of the trades of its own order until all of them are shown', () => {
    const half = { sharesMicros: 18_000_000n, status: 'provisional' } as const;
    const bought = aPosition({
      state: 'exiting',
      attempts: [reportOf('BUY', 36_000_000n)],
      trades: [aBuyTrade(half), aSellTrade(half)],
    });
    expect([boughtSharesMicros(bought), soldSharesMicros(bought)]).toEqual([36_000_000n, 18_000_000n]);
    const both = { ...bought, attempts: [reportOf('BUY', 36_000_000n), reportOf('SELL', 20_000_000n)] };
    expect([boughtSharesMicros(both), soldSharesMicros(both)]).toEqual([36_000_000n, 20_000_000n]);
  });
});

describe('the difference between true and estimated fees', () => {
  const exitedWith = (...trades: Trade[]) => aPosition({ state: 'exited', trades });
  const bought = aBuyTrade({ feeDriftMicros: 100n });

  it('is the sum over all trades', () => {
    expect(feeDriftMicros(exitedWith(bought, aSellTrade({ feeDriftMicros: -30n })))).toBe(70n);
    expect(feeDriftMicros(exitedWith())).toBe(0n);
  });

  it('is not known while the fee of one trade is not, except that of a trade that failed', () => {
    expect(feeDriftMicros(exitedWith(aSellTrade(), bought))).toBeNull();
    expect(feeDriftMicros(exitedWith(bought, aSellTrade({ status: 'failed' })))).toBe(100n);
    expect(feeDriftMicros(exitedWith(bought, aSellTrade({ status: 'failed', feeDriftMicros: 5n })))).toBe(100n);
  });

  it('is not known while trades of a report are missing', () => {
    const exiting = aPosition({ state: 'exiting', trades: [bought], attempts: [reportOf('SELL', 36_000_000n)] });
    expect(feeDriftMicros(exiting)).toBeNull();
    expect(feeDriftMicros({ ...exiting, attempts: [reportOf('BUY', 36_000_000n)] })).toBe(100n);
    expect(feeDriftMicros({ ...exiting, attempts: [reportOf('SELL', 0n)] })).toBe(100n);
    expect(feeDriftMicros({ ...exiting, attempts: [aLiveAttempt()] })).toBe(100n);
  });
});

describe('what a position holds', () => {
  it('is less by what was sold, merged and taken by others', () => {
    const position = aPosition({
      state: 'exiting',
      trades: [aBuyTrade(), aSellTrade({ sharesMicros: 10_000_000n })],
      merges: [mergeOf(5_000_000n), mergeOf(2_000_000n)],
      left: [{ transactionHash: '0xleft', sharesMicros: 3_000_000n, cashMicros: null }],
    });
    expect(mergedMicros(position)).toBe(7_000_000n);
    expect(goneSharesMicros(position)).toBe(20_000_000n);
  });

  it('has of the other outcome what was bought and not merged', () => {
    const merged = (...cashMicros: bigint[]) => ({
      ...held(36_000_000n, 36_000_000n),
      merges: cashMicros.map(mergeOf),
    });
    expect(hedgeSharesMicros(merged())).toBe(36_000_000n);
    expect(hedgeSharesMicros(merged(20_000_000n))).toBe(16_000_000n);
    expect(hedgeSharesMicros(merged(20_000_000n, 17_000_000n))).toBe(0n);
    expect(hedgeSharesMicros(aPosition({ state: 'holding', merges: [mergeOf(20_000_000n)] }))).toBe(0n);
  });

  it('is awaited where a guarded position has less than 0.01 share', () => {
    const found = (sharesMicros: bigint) => ({ found: { sharesMicros, costMicros: null, blockNumber: 1n } });
    const guarded = { state: 'holding', origin: 'guard', trades: [] } as const;
    expect(isAwaitingShares(aPosition({ ...guarded, ...found(9_999n) }))).toBe(true);
    expect(isAwaitingShares(aPosition({ ...guarded, ...found(10_000n) }))).toBe(false);
    expect(isAwaitingShares(aPosition({ ...guarded, origin: 'request' }))).toBe(false);
  });

  it.each([
    [9_999n, 9_999n, true],
    [10_000n, 9_999n, false],
    [9_999n, 10_000n, false],
  ])('is nothing below 0.01 share of each outcome: %d and %d micros', (ownMicros, otherMicros, isNothing) => {
    expect(holdsNothing(held(ownMicros, otherMicros))).toBe(isNothing);
  });

  it.each([
    ['all in pairs', 36_000_000n, 36_000_000n, true],
    ['pairs and less than 0.01 share', 19_999n, 10_000n, true],
    ['pairs and 0.01 share', 20_000n, 10_000n, false],
    ['0.01 share of the other outcome alone', 0n, 10_000n, true],
    ['less than that', 0n, 9_999n, false],
    ['its own outcome alone', 36_000_000n, 0n, false],
  ])('is hedged or not: %s', (_, ownMicros, otherMicros, isAll) => {
    expect(isHedged(held(ownMicros, otherMicros))).toBe(isAll);
  });
});

describe('what a position holds is lost', () => {
  const won = { own: 1n, other: 0n, total: 1n };
  const lost = { own: 0n, other: 1n, total: 1n };
  const split = { own: 1n, other: 1n, total: 2n };
  const none = { own: 0n, other: 0n, total: 1n };

  it.each([
    ['its outcome pays nothing', 36_000_000n, 0n, lost, true],
    ['not if its outcome pays', 36_000_000n, 0n, won, false],
    ['not if both outcomes pay', 36_000_000n, 0n, split, false],
    ['its outcome pays nothing, and of the other it has less than 0.01 share', 36_000_000n, 9_999n, lost, true],
    ['not if 0.01 share of the other outcome pays', 36_000_000n, 10_000n, lost, false],
    ['not if its outcome pays, and of the other it has little', 36_000_000n, 9_999n, won, false],
    ['the other outcome alone is left, which does not pay', 9_999n, 36_000_000n, won, true],
    ['not if 0.01 share of its own outcome pays', 10_000n, 36_000_000n, won, false],
    ['not if the other outcome alone is left, which pays', 0n, 36_000_000n, lost, false],
    ['not if both pay, and the other outcome alone is left', 0n, 36_000_000n, split, false],
    ['neither outcome pays', 36_000_000n, 36_000_000n, none, true],
  ])('if %s', (_, ownMicros, otherMicros, payout, isAllLost) => {
    expect(isLost(held(ownMicros, otherMicros), payout)).toBe(isAllLost);
  });
});
