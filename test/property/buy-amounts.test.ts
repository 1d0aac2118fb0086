import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderAmounts } from '#lib/adapters/polymarket/orders/build-order.ts';
import { findAccuracyRefusal, isOnTick, LIMIT_TAKER_DECIMALS } from '#lib/domain/market/venue-rules.ts';
import { DEFAULT_OPENING_POLICY, planOpening } from '#lib/domain/plan/plan-opening.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import { aBook } from '#test/factories/a-book.ts';
import { aMarket } from '#test/factories/a-market.ts';

const market = aMarket();
const nowMs = market.startsAtMs + 30_000;
const TICKS = [...LIMIT_TAKER_DECIMALS.keys()];
const openingPolicy = { ...DEFAULT_OPENING_POLICY, roundTripPercentMin: 0 };

describe('the amounts of a buy, at any tick of the venue', () => {
  it.each(TICKS)('of %s micros are even and never priced below the ask', (tickMicros) => {
    const anyAsk = fc.bigInt({ min: 1n, max: 1_000_000n / tickMicros - 1n }).map((ticks) => ticks * tickMicros);
    let plannedCount = 0;
    fc.assert(
      fc.property(anyAsk, fc.bigInt({ min: 1_000_000n, max: 100_000_000n }), (askMicros, budgetMicros) => {
        const offer = [{ priceMicros: askMicros, sharesMicros: 10n ** 15n }];
        const plan = planOpening({
          marketSlug: market.slug,
          market,
          book: aBook({ bids: offer, asks: offer, tickMicros, atMs: nowMs }),
          outcome: 'UP',
          budgetMicros,
          nowMs,
          exitPolicy: DEFAULT_EXIT_POLICY,
          openingPolicy,
          limits: DEFAULT_RISK_LIMITS,
        });
        if ('code' in plan) return;
        plannedCount += 1;
        const { makerAmount, takerAmount } = orderAmounts(plan.buy);
        const [cash, shares] = [BigInt(makerAmount), BigInt(takerAmount)];
        // The price that the venue derives from the amounts is at least the ask, and exactly the limit.
        expect(cash * 1_000_000n).toBeGreaterThanOrEqual(shares * askMicros);
        expect(cash * 1_000_000n).toBe(shares * plan.buy.limitPriceMicros);
        expect(isOnTick(plan.buy.limitPriceMicros, tickMicros)).toBe(true);
        expect([cash % 10_000n, shares % 10_000n]).toEqual([0n, 0n]);
        expect(findAccuracyRefusal(plan.buy)).toBeNull();
      }),
      { numRuns: 500 },
    );
    expect(plannedCount).toBeGreaterThan(100);
  });
});
