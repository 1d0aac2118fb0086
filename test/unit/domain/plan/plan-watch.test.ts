import { describe, expect, it } from 'vitest';
import { planTreatment, type TreatmentInput } from '#lib/domain/plan/plan-watch.ts';
import { aMarket, DOWN_TOKEN_ID, UP_TOKEN_ID, WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';

const held = (up: bigint, down: bigint = 0n) =>
  new Map([[UP_TOKEN_ID, up] as const, [DOWN_TOKEN_ID, down] as const].filter(([, micros]) => micros > 0n));
const won = { own: 1n, other: 0n, total: 1n };
const split = { own: 1n, other: 1n, total: 2n };

function plan(changes: Partial<TreatmentInput> = {}) {
  return planTreatment({
    policy: { isGuarding: true, isRedeeming: true },
    unmanaged: held(6_000_000n),
    listed: aMarket(),
    ...{
      negRisk: false,
      result: null,
      besidePositionId: null,
      ownPositionId: null,
      nowMs: WINDOW_STARTS_AT_MS + 60_000,
    },
    ...changes,
  });
}

describe('shares of an open market, where the stage guards', () => {
  it('leave with the position that bought others of their side, whenever the market ends', () => {
    const own = { listed: aMarket({ asset: null }), ownPositionId: 'position-1' };
    expect(plan(own)).toMatchObject({ kind: 'guard', outcome: 'UP' });
    expect(plan({ ...own, result: { tokenId: UP_TOKEN_ID, payout: won } })).toEqual({ kind: 'tell', refusal: null });
  });

  it('are guarded, of whichever outcome', () => {
    expect(plan()).toEqual({ kind: 'guard', market: aMarket(), outcome: 'UP' });
    expect(plan({ unmanaged: held(0n, 10_000n) })).toMatchObject({ kind: 'guard', outcome: 'DOWN' });
  });

  it.each([
    ['the larger side beyond the pairs', held(9_000_000n, 4_000_000n), { outcome: 'UP', sharesMicrosMax: 5_000_000n }],
    ['DOWN as well as UP', held(4_000_000n, 9_000_000n), { outcome: 'DOWN', sharesMicrosMax: 5_000_000n }],
  ])('of both outcomes are guarded as far as they are no pairs: %s', (_, unmanaged, expected) => {
    expect(plan({ unmanaged })).toMatchObject({ kind: 'guard', ...expected });
  });

  it('are guarded whole where less than a hundredth of the other outcome lies beside them', () => {
    expect(plan({ unmanaged: held(9_000_000n, 9_999n) })).not.toHaveProperty('sharesMicrosMax');
  });

  it.each([
    ['the rest of the pairs is dust', { unmanaged: held(4_009_999n, 4_000_000n) }, 'pairs'],
    ['the venue does not list the market', { listed: null }, 'market-unknown'],
    ['its end of trading is not known', { listed: aMarket({ asset: null }) }, 'exit-time-required'],
    ['it is over', { nowMs: WINDOW_STARTS_AT_MS + 300_000 }, 'market-over'],
    ['it is closed', { listed: aMarket({ closed: true }) }, 'market-over'],
  ])('are told with the reason where %s', (_, changes, code) => {
    expect(plan(changes)).toMatchObject({ kind: 'tell', refusal: { code } });
  });

  it('are told without one where the stage only tells, or a position has the other outcome', () => {
    expect(plan({ policy: { isGuarding: false, isRedeeming: true } })).toEqual({ kind: 'tell', refusal: null });
    expect(plan({ besidePositionId: 'p' })).toEqual({ kind: 'tell', refusal: null });
    expect(plan({ unmanaged: new Map() })).toEqual({ kind: 'tell', refusal: null });
  });
});

describe('shares of a resolved market', () => {
  const result = { tokenId: UP_TOKEN_ID, payout: won };

  it('are redeemed where the stage says so, also of a market that the venue no longer lists', () => {
    expect(plan({ result })).toEqual({ kind: 'redeem', tokenId: UP_TOKEN_ID, payout: won });
    expect(plan({ result, listed: null })).toMatchObject({ kind: 'redeem' });
    expect(plan({ result, policy: { isGuarding: false, isRedeeming: true } })).toMatchObject({ kind: 'redeem' });
    expect(plan({ result, policy: { isGuarding: true, isRedeeming: false } })).toEqual({ kind: 'tell', refusal: null });
  });

  it('are redeemed by the token that pays the most, with the result from its side', () => {
    const lost = { own: 0n, other: 1n, total: 1n };
    expect(plan({ unmanaged: held(9_000_000n, 1_000_000n), result: { tokenId: UP_TOKEN_ID, payout: lost } })).toEqual({
      kind: 'redeem',
      tokenId: DOWN_TOKEN_ID,
      payout: won,
    });
    expect(plan({ unmanaged: held(1_000_000n, 3_000_000n), result: { tokenId: UP_TOKEN_ID, payout: split } })).toEqual({
      kind: 'redeem',
      tokenId: DOWN_TOKEN_ID,
      payout: split,
    });
  });

  it('are told by name where the market is of negative risk, and left alone where they pay nothing', () => {
    expect(plan({ result, negRisk: true })).toMatchObject({ kind: 'tell', refusal: { code: 'neg-risk' } });
    const none = { own: 0n, other: 1n, total: 1n };
    expect(plan({ result: { tokenId: UP_TOKEN_ID, payout: none } })).toEqual({ kind: 'tell', refusal: null });
  });
});
