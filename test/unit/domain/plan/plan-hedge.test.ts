import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { takerFeeMicros } from '#lib/domain/market/fees.ts';
import type { BookLevel, OrderBook } from '#lib/domain/market/market.ts';
import { cashMicrosOf } from '#lib/domain/market/order.ts';
import { findAccuracyRefusal, findBuyMinimumRefusal } from '#lib/domain/market/venue-rules.ts';
import { totalsOfSlices, walkBook } from '#lib/domain/market/walk-book.ts';
import { isHedgeDue, planHedge } from '#lib/domain/plan/plan-hedge.ts';
import { planNextStep } from '#lib/domain/plan/plan-next-step.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import type { ExitingPosition } from '#lib/domain/position/position.ts';
import { REFUSAL_CAUSES } from '#lib/domain/refusal/refusal.ts';
import { DOWN_TOKEN_ID } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { aBuyTrade, aHedgeTrade } from '#test/factories/a-trade.ts';
import { aLiveAttempt } from '#test/factories/an-attempt.ts';
import { HEDGE_ORDER_HASH } from '#test/factories/an-intent.ts';

const MAY_MERGE = { ...DEFAULT_EXIT_POLICY, mayMerge: true };

/** 36 shares at 0.65 whose sells were refused three times. */
function blocked(overrides: Partial<ExitingPosition> = {}): ExitingPosition {
  const refusals = { 'stale-balance': 3 };
  return aPosition({ state: 'exiting', attemptCount: 4, policy: MAY_MERGE, refusals, fruitlessCount: 3, ...overrides });
}

const { marketEndsAtMs } = blocked();
const LATE_MS = marketEndsAtMs - 50_000;

const level = (priceMicros: bigint, shares: number): BookLevel => ({
  priceMicros,
  sharesMicros: BigInt(Math.round(shares * 100)) * 10_000n,
});

function bookOf(asks: readonly BookLevel[], overrides: Partial<OrderBook> = {}): OrderBook {
  return { tokenId: DOWN_TOKEN_ID, bids: [], asks, tickMicros: 10_000n, atMs: LATE_MS, ...overrides };
}

const input = { heldMicros: undefined, floorMicros: 500_000n, cashMicros: null, atMs: LATE_MS };

describe('the hedge is due', () => {
  it('when the position may merge, sells were blocked three times, and a minute is left', () => {
    expect(isHedgeDue(blocked(), LATE_MS)).toBe(true);
    expect(planNextStep(blocked({ wakeUp: { id: 'v4', atMs: LATE_MS } }), LATE_MS)).toMatchObject({
      step: 'hedge',
      sell: { sharesMicros: 36_000_000n, orderType: 'FAK' },
    });
  });

  it.each([
    ['the stage does not allow it', { policy: DEFAULT_EXIT_POLICY }],
    ['sells were refused twice only', { refusals: { 'stale-balance': 2 } }],
    ['a sell was filled since', { fruitlessCount: 1 }],
    ['the other outcome was bought, or tried, before', { hedge: { orderHash: HEDGE_ORDER_HASH, costMicrosMax: 1n } }],
    ['what a sell filled is not known', { attempts: [aLiveAttempt({ phase: { phase: 'ended', sinceMs: LATE_MS } })] }],
  ] as const)('not when %s', (_, overrides) => {
    expect(isHedgeDue(blocked(overrides), LATE_MS)).toBe(false);
  });

  it('not while more than a minute is left, nor too late for an order', () => {
    expect(isHedgeDue(blocked(), marketEndsAtMs - 61_000)).toBe(false);
    const atMs = marketEndsAtMs - 7_000;
    expect(planNextStep(blocked({ wakeUp: { id: 'v4', atMs } }), atMs).step).toBe('wait-for-deadline');
  });

  it('by the exit time that a request gave, in a market that goes on', () => {
    const givenExitAtMs = LATE_MS - 3_600_000;
    expect(isHedgeDue(blocked({ givenExitAtMs }), givenExitAtMs)).toBe(false);
    expect(isHedgeDue(blocked({ givenExitAtMs }), givenExitAtMs + 60_000)).toBe(true);
  });

  it('only for causes that do not keep cash from buying', () => {
    const due = REFUSAL_CAUSES.filter((cause) => isHedgeDue(blocked({ refusals: { [cause]: 9 } }), LATE_MS));
    expect(due).toEqual([
      'unsettled-buy',
      'stale-balance',
      'stuck-matched-counter',
      'missing-approval',
      'wrong-wallet',
      'balance-unexplained',
    ]);
  });
});

describe('the hedge', () => {
  it('buys as many shares of the other outcome as are held, at the price of its asks', () => {
    const plan = planHedge(blocked(), { ...input, book: bookOf([level(400_000n, 20), level(420_000n, 40)]) });
    if (typeof plan === 'string') throw new Error(plan);
    const { order, costMicrosMax } = plan;
    expect(order).toMatchObject({ side: 'BUY', orderType: 'FAK', tokenId: DOWN_TOKEN_ID });
    // 20 at 0.40 and 16 at 0.42.
    expect(cashMicrosOf(order)).toBe(14_720_000n);
    expect(costMicrosMax).toBe(15_750_400n);
  });

  it.each([
    ['shares-unseen', bookOf([level(400_000n, 40)]), { heldMicros: 0n }],
    ['shares-unseen', bookOf([level(400_000n, 40)]), { heldMicros: null }],
    ['no-book', null, {}],
    ['no-asks', bookOf([]), {}],
    ['no-asks', bookOf([level(400_000n, 40)], { atMs: LATE_MS - 3_600_000 }), {}],
    ['below-floor', bookOf([level(500_000n, 40)]), {}],
    ['too-small', bookOf([level(400_000n, 2)]), {}],
    ['cash-short', bookOf([level(400_000n, 40)]), { cashMicros: 14_000_000n }],
  ] as const)('is not made: %s', (obstacle, book, overrides) => {
    expect(planHedge(blocked(), { ...input, book, ...overrides })).toBe(obstacle);
  });

  it('covers a part where the book has no more', () => {
    const plan = planHedge(blocked(), { ...input, book: bookOf([level(400_000n, 10), level(900_000n, 40)]) });
    expect(typeof plan === 'string' ? plan : cashMicrosOf(plan.order)).toBe(4_000_000n);
  });

  it('covers only the shares that the chain shows', () => {
    const plan = planHedge(blocked(), { ...input, heldMicros: 12_000_000n, book: bookOf([level(400_000n, 40)]) });
    expect(typeof plan === 'string' ? plan : cashMicrosOf(plan.order)).toBe(4_800_000n);
  });

  it('leaves out what has a partner', () => {
    const hedge = { orderHash: HEDGE_ORDER_HASH, costMicrosMax: 1n };
    const trades = [aBuyTrade(), aHedgeTrade({ sharesMicros: 30_000_000n })];
    const plan = planHedge(blocked({ hedge, trades }), { ...input, book: bookOf([level(400_000n, 40)]) });
    expect(typeof plan === 'string' ? plan : cashMicrosOf(plan.order)).toBe(2_400_000n);
  });

  test('is accepted by the venue, covers the shares to a few cents, and nets the floor, for any book', () => {
    const asks = fc.array(
      fc.record({ cents: fc.integer({ min: 1, max: 98 }), shares: fc.integer({ min: 1, max: 90 }) }),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    const shares = fc.integer({ min: 500, max: 20_000 });
    const property = fc.property(asks, shares, fc.integer({ min: 1, max: 97 }), (drawn, hundredths, floorCents) => {
      const trades = [aBuyTrade({ sharesMicros: BigInt(hundredths) * 10_000n })];
      const floorMicros = BigInt(floorCents) * 10_000n;
      const sorted = [...new Map(drawn.map((ask) => [ask.cents, ask])).values()].sort((a, b) => a.cents - b.cents);
      const book = bookOf(sorted.map((ask) => level(BigInt(ask.cents) * 10_000n, ask.shares)));
      const plan = planHedge(blocked({ trades }), { ...input, floorMicros, book });
      if (typeof plan === 'string') return;
      const { order, costMicrosMax } = plan;
      expect(findAccuracyRefusal(order)).toBeNull();
      expect(findBuyMinimumRefusal(order)).toBeNull();
      const fee = { sharesMicros: 1_000_000n, priceMicros: order.limitPriceMicros, feeRateMicros: 70_000n };
      expect(1_000_000n - order.limitPriceMicros - takerFeeMicros(fee)).toBeGreaterThanOrEqual(floorMicros);
      const fills = totalsOfSlices(walkBook(book, order), 70_000n);
      expect(fills.valueMicros + fills.feesMicros).toBeLessThanOrEqual(costMicrosMax);
    });
    fc.assert(property);
  });
});
