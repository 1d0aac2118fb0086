import { describe, expect, it } from 'vitest';
import { confirmPayout, paidFor, paysMore, unredeemedOf } from '#lib/domain/plan/plan-payout.ts';
import { NOTHING_SETTLED, type Payout } from '#lib/domain/position/settlement-progress.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aHedgeTrade, aSellTrade } from '#test/factories/a-trade.ts';
import { HEDGE_ORDER_HASH } from '#test/factories/an-intent.ts';

const HELD = 36_000_000n;
const WON = { own: 1n, other: 0n, total: 1n };
const LOST = { own: 0n, other: 1n, total: 1n };
const VOID = { own: 1n, other: 1n, total: 2n };

const ended = (payout: typeof WON | null, overrides = {}) =>
  aPosition({ state: 'awaiting-resolution', settlement: { ...NOTHING_SETTLED, payout }, ...overrides });
/** 36 shares of each outcome. */
const hedge = { orderHash: HEDGE_ORDER_HASH, costMicrosMax: 20_000_000n };
const hedged = (payout: typeof WON | null) => ended(payout, { hedge, trades: [aBuyTrade(), aHedgeTrade()] });
const paid = (cashMicros: bigint, takenMicros?: Payout['takenMicros'], gasWei: bigint | null = null): Payout => ({
  kind: 'redemption',
  transactionHash: '0xa',
  cashMicros,
  blockNumber: 99n,
  gasWei,
  ...(takenMicros && { takenMicros }),
});

describe('shares that no redemption took', () => {
  it.each([
    ['of both outcomes', 16_000_000n, 16_000_000n, { own: 20_000_000n, other: 20_000_000n }],
    ['a hundredth of a share', HELD - 10_000n, HELD, { own: 10_000n, other: 0n }],
    ['of the other outcome alone', HELD, HELD - 10_000n, { own: 0n, other: 10_000n }],
    ['none: less than a hundredth is rounding', HELD - 9_999n, HELD - 9_999n, undefined],
    ['none: what it took is not known', 0n, 0n, undefined],
  ])('are %s', (_what, own, other, expected) => {
    expect(unredeemedOf(hedged(VOID), [paid(HELD, { own, other })])).toEqual(expected);
  });

  it.each([
    ['own ones that won', WON, { own: 1n, other: 0n }, true],
    ['own ones that lost', LOST, { own: 1n, other: 0n }, false],
    ['none of the own that won', WON, { own: 0n, other: 1n }, false],
    ['other ones that won', LOST, { own: 0n, other: 1n }, true],
    ['none of the other that won', LOST, { own: 1n, other: 0n }, false],
    ['any, before the result', null, { own: 1n, other: 1n }, false],
    ['none', WON, undefined, false],
  ])('pay or not: %s', (_what, payout, rest, expected) => {
    expect(paysMore(ended(payout), rest)).toBe(expected);
  });
});

describe('what a redemption paid for the position', () => {
  const taken = { own: 20_000_000n, other: 10_000_000n };

  it.each([
    ['its own part, where the shares explain all cash', ended(VOID), paid(15_000_000n, taken), 10_000_000n],
    ['the same, with less than a hundredth more', ended(VOID), paid(15_009_999n, taken), 10_000_000n],
    ['the same, with less than a hundredth less', ended(VOID), paid(14_990_001n, taken), 10_000_000n],
    ['all of it, with a hundredth more', ended(VOID), paid(15_010_000n, taken), 15_010_000n],
    ['all of it, with a hundredth less', ended(VOID), paid(14_990_000n, taken), 14_990_000n],
    ['all of it, beside a hedge', hedged(VOID), paid(15_000_000n, taken), 15_000_000n],
    ['all of it, where the shares are not known', ended(VOID), paid(15_000_000n), 15_000_000n],
    ['all of it, before the result is known', ended(null), paid(15_000_000n, taken), 15_000_000n],
  ])('is %s', (_what, position, payout, expected) => {
    expect(paidFor(position, payout)).toBe(expected);
  });
});

describe('the payout that is booked', () => {
  const bookedOf = (position: ReturnType<typeof ended>, cashMicros: bigint) =>
    confirmPayout(position, [paid(cashMicros)], undefined).payoutMicros;

  it.each([
    ['what arrived, if less than is due', ended(WON), 1n, 1n],
    ['what arrived, up to a hundredth of a share above', ended(WON), HELD + 10_000n, HELD + 10_000n],
    ['what is due, above that', ended(WON), HELD + 10_001n, HELD],
    [
      'what the shares that were not sold are due',
      ended(WON, { trades: [aBuyTrade(), aSellTrade({ sharesMicros: 6_000_000n })] }),
      HELD,
      30_000_000n,
    ],
    ['half of a dollar a share, rounded for both outcomes', hedged(VOID), HELD + 10_000n, HELD + 10_000n],
    ['what both outcomes are due, above that', hedged(VOID), HELD + 10_001n, HELD],
    ['what the hedge is due', hedged(LOST), 2n * HELD, HELD],
    ['nothing for the other outcome without a hedge', ended(LOST), 10_000n, 0n],
    ['nothing before the result is known', ended(null), HELD, 0n],
  ])('is %s', (_what, position, cashMicros, expected) => {
    expect(bookedOf(position, cashMicros)).toBe(expected);
  });

  it('names the last transaction, the gas that is known and what is left', () => {
    const unredeemed = { own: 1n, other: 0n };
    const payouts = [paid(1n, undefined, 3n), paid(2n), { ...paid(3n, undefined, 4n), transactionHash: '0xc' }];
    expect(confirmPayout(ended(WON), payouts, unredeemed)).toEqual({
      step: 'confirm-payout',
      payoutMicros: 6n,
      transactionHash: '0xc',
      gasWei: 7n,
      unredeemed,
    });
    expect(confirmPayout(ended(WON), [], undefined)).toEqual({
      step: 'confirm-payout',
      payoutMicros: 0n,
      transactionHash: '',
      gasWei: null,
    });
  });
});
