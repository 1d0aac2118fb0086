import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AskedRules, hasRules, planRules, type RuleFacts } from '#lib/domain/plan/plan-rules.ts';

const FACTS: RuleFacts = {
  entryPriceMicros: 500_000n,
  sellBackMicros: 480_000n,
  tickMicros: 10_000n,
  minPriceMicros: 1n,
};
const price = (cents: number) => ({ priceMicros: BigInt(cents) * 10_000n });
const share = (percent: number) => ({ shareMicros: BigInt(percent) * 10_000n });

describe('the rules of a request', () => {
  test('are saved as prices: shares are of the entry price without fees', () => {
    expect(
      planRules({ stopLoss: share(20), takeProfit: share(50), trailingStop: share(10), preset: 'careful' }, FACTS),
    ).toEqual({
      stopLossMicros: 400_000n,
      takeProfitMicros: 750_000n,
      trailingStopMicros: 50_000n,
      shares: { stopLoss: 200_000n, takeProfit: 500_000n, trailingStop: 100_000n },
      preset: 'careful',
    });
    expect(planRules({ stopLoss: price(45), preset: 'none' }, FACTS)).toEqual({ stopLossMicros: 450_000n });
    expect(planRules({ preset: 'none' }, FACTS)).toBeUndefined();
  });

  test.each<[AskedRules, Partial<RuleFacts>, string, string]>([
    [
      { stopLoss: share(4) },
      {},
      'rule-already-met',
      'The stop-loss of $0.48 (4 % of the entry price $0.50) would fire at once: all shares, bought at $0.50, would sell at $0.48 now. Choose one below that.',
    ],
    [{ stopLoss: price(60) }, {}, 'rule-already-met', 'The stop-loss of $0.60 would fire at once'],
    [{ takeProfit: price(48) }, {}, 'rule-already-met', 'The take-profit of $0.48 would fire at once'],
    [{ takeProfit: share(120) }, {}, 'rule-invalid', 'can never fire: the highest price of this market is $0.99'],
    [
      { stopLoss: { priceMicros: 5_000n } },
      {},
      'rule-invalid',
      'can never fire: the lowest price of this market is $0.01',
    ],
    [{ stopLoss: price(40), takeProfit: price(40) }, {}, 'rule-invalid', 'is not below the take-profit of $0.40'],
    [{ stopLoss: price(40) }, { minPriceMicros: 410_000n }, 'rule-invalid', 'lies below the floor of $0.41'],
    [
      { trailingStop: share(1) },
      {},
      'rule-invalid',
      'The trailing stop of $0.0050 (1 % of the entry price $0.50) is nearer than a tick',
    ],
    [{ holdAboveMicros: 995_000n }, {}, 'rule-invalid', 'above the highest of this market, $0.99'],
    [
      { holdAboveMicros: 970_000n, takeProfit: price(90) },
      {},
      'rule-invalid',
      'is never seen: the take-profit of $0.90 sells before',
    ],
    [{ stopLoss: share(20) }, { entryPriceMicros: null }, 'rule-invalid', 'Give a price, such as 0.45'],
  ])('are refused by name with their figures: %o', (asked, facts, code, message) => {
    expect(planRules(asked, { ...FACTS, ...facts })).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  test('are taken as they are where the price is not known', () => {
    const facts = { ...FACTS, sellBackMicros: null, entryPriceMicros: null };
    expect(planRules({ stopLoss: price(60), trailingStop: price(5) }, facts)).toMatchObject({
      stopLossMicros: 600_000n,
    });
  });

  test('that are taken do not fire at the price of the opening', () => {
    const anyLevel = fc.oneof(fc.integer({ min: 1, max: 99 }).map(price), fc.integer({ min: 1, max: 300 }).map(share));
    const anyAsked = fc.record(
      { stopLoss: anyLevel, takeProfit: anyLevel, trailingStop: anyLevel },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        anyAsked,
        fc.integer({ min: 2, max: 98 }),
        fc.integer({ min: 0, max: 20 }),
        (asked, entry, spread) => {
          const sellBackMicros = BigInt(Math.max(entry - spread, 1)) * 10_000n;
          const rules = planRules(asked, { ...FACTS, entryPriceMicros: BigInt(entry) * 10_000n, sellBackMicros });
          if (rules === undefined || 'code' in rules) return;
          if (rules.stopLossMicros !== undefined) expect(rules.stopLossMicros).toBeLessThan(sellBackMicros);
          if (rules.takeProfitMicros !== undefined) expect(rules.takeProfitMicros).toBeGreaterThan(sellBackMicros);
          if (rules.trailingStopMicros !== undefined) expect(rules.trailingStopMicros).toBeGreaterThanOrEqual(10_000n);
        },
      ),
    );
  });
});

describe('a repeated request', () => {
  const saved = planRules({ stopLoss: share(20), takeProfit: price(80), preset: 'careful' }, FACTS);
  if (saved === undefined || 'code' in saved) throw new Error('refused');

  test.each<[boolean, AskedRules | undefined]>([
    [true, undefined],
    [true, { preset: 'careful' }],
    [true, { stopLoss: share(20) }],
    [true, { stopLoss: share(20), takeProfit: price(80), preset: 'careful' }],
    // The level is the same now, and would not be at another entry price.
    [false, { stopLoss: price(40) }],
    [false, { stopLoss: share(21) }],
    [false, { takeProfit: price(81) }],
    [false, { trailingStop: price(10) }],
    [false, { preset: 'none' }],
    [false, { preset: 'trailing' }],
  ])('is the same (%s) with %o', (expected, asked) => {
    expect(hasRules(saved, asked)).toBe(expected);
  });
});
