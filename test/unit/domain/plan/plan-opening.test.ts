import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMicros } from '#lib/domain/market/money.ts';
import { totalsOfSlices, walkBook } from '#lib/domain/market/walk-book.ts';
import { DEFAULT_OPENING_POLICY, type OpeningInput, planOpening } from '#lib/domain/plan/plan-opening.ts';
import { DEFAULT_EXIT_POLICY } from '#lib/domain/position/exit-policy.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import { aMarket, UNTRADABLE_MARKET } from '#test/factories/a-market.ts';

const market = aMarket();
const START = market.startsAtMs;
/** The book is dated at the time of the opening. */
const input = ({ book = aBook(), ...overrides }: Partial<OpeningInput> = {}): OpeningInput => ({
  marketSlug: market.slug,
  market,
  book: { ...book, atMs: overrides.nowMs ?? START + 30_000 },
  outcome: 'UP',
  budgetMicros: 25_000_000n,
  nowMs: START + 30_000,
  exitPolicy: DEFAULT_EXIT_POLICY,
  openingPolicy: DEFAULT_OPENING_POLICY,
  limits: DEFAULT_RISK_LIMITS,
  ...overrides,
});
const maintenance = [{ startsAtMs: market.endsAtMs - 60_000, endsAtMs: market.endsAtMs + 60_000 }];

describe('planOpening', () => {
  test('plans a FOK buy of the requested outcome, limited to two ticks above the best ask', () => {
    expect(planOpening(input())).toMatchObject({
      exitDueAtMs: market.endsAtMs - 120_000,
      buy: {
        side: 'BUY',
        orderType: 'FOK',
        tokenId: market.tokenIds.UP,
        limitPriceMicros: 630_000n,
        // Its 23.31 dollars and a fee of 7 % are within 25; those of 38 shares are not.
        sharesMicros: 37_000_000n,
      },
    });
  });

  test('limits a buy below one cent to two ticks above the best ask', () => {
    const asks = someLevels([
      ['0.002', '900'],
      ['0.004', '5000'],
      ['0.01', '90000'],
    ]);
    const book = aBook({ asks, bids: someLevels([['0.002', '90000']]), tickMicros: 1_000n });
    const openingPolicy = { ...DEFAULT_OPENING_POLICY, roundTripPercentMin: 50 };
    expect(planOpening(input({ book, budgetMicros: 10_000_000n, openingPolicy }))).toMatchObject({
      buy: { limitPriceMicros: 4_000n, sharesMicros: 2_335_000_000n },
    });
    expect(planOpening(input({ book, budgetMicros: 50_000_000n }))).toMatchObject({ code: 'book-too-thin' });
  });

  test.each<[string, Partial<OpeningInput>]>([
    ['market-unknown', { market: undefined }],
    ['budget-above-limit', { budgetMicros: 100_000_001n }],
    ['market-unsupported', { market: { ...market, negRisk: true } }],
    ['market-version-unsupported', { market: UNTRADABLE_MARKET }],
    ['market-over', { nowMs: market.endsAtMs }],
    ['market-closed', { market: aMarket({ closed: true }) }],
    ['market-closed', { market: aMarket({ acceptingOrders: false }) }],
    ['too-late-to-exit', { nowMs: market.endsAtMs - 120_000 - 19_999 }],
    ['too-late-to-exit', { nowMs: market.endsAtMs - 100_000 }],
    ['maintenance-window', { openingPolicy: { ...DEFAULT_OPENING_POLICY, maintenance } }],
    ['book-too-thin', { book: aBook({ asks: [] }) }],
    ['book-too-thin', { book: aBook({ asks: someLevels([['0.61', '30']]) }) }],
    ['book-too-thin', { book: aBook({ bids: someLevels([['0.60', '30']]) }) }],
    ['below-minimum-size', { budgetMicros: 3_000_000n }],
    ['below-minimum-size', { budgetMicros: 900_000n, book: aBook({ asks: someLevels([['0.05', '900']]), bids: [] }) }],
  ])('refuses with %s', (code, overrides) => {
    const plan = planOpening(input(overrides));
    expect(plan).toMatchObject({ code });
    // Every refusal says what to do about it.
    if ('code' in plan) expect(plan.message).toMatch(/\. (Check|Reduce|Increase|Try|Choose|The next one opens)/);
  });

  test('refuses without a book', () => {
    expect(planOpening({ ...input(), book: undefined })).toMatchObject({ code: 'book-too-thin' });
  });

  test.each<[string, number, string]>([
    ['after the exit', 120_000 - 66_000, 'exit was at 09:23:00 UTC. The next one opens at 09:25:00, in 0:54.'],
    [
      'shortly before it',
      120_000 + 5_500,
      'exit is at 09:23:00 UTC, and an opening needs 20 s before it. The next one opens at 09:25:00, in 2:06.',
    ],
  ])('names the exit and the next window when it is too late, %s', (_when, leadMs, text) => {
    const plan = planOpening(input({ nowMs: market.endsAtMs - leadMs }));
    expect(plan).toEqual({
      code: 'too-late-to-exit',
      message: `Too late for this window: its ${text}`,
      retryAtMs: market.endsAtMs,
    });
  });

  test('asks for a shorter exit lead where it leaves no time in any window of this length', () => {
    const exitPolicy = { ...DEFAULT_EXIT_POLICY, exitLeadMs: 300_000 };
    expect(planOpening(input({ exitPolicy }))).toEqual({
      code: 'too-late-to-exit',
      message:
        'Too late for this window: its exit was at 09:20:00 UTC. Choose a shorter exit lead, or a longer window.',
    });
  });

  test('refuses an exit after the last order', () => {
    const exitPolicy = { ...DEFAULT_EXIT_POLICY, exitLeadMs: 15_000, lastOrderLeadMs: 20_000 };
    expect(planOpening(input({ exitPolicy }))).toEqual({
      code: 'too-late-to-exit',
      message:
        'An exit 0:15 before the end is too late: the last order leaves 0:20 before the end. Choose a longer exit lead.',
    });
  });

  test('names no next window for a market that is not a regular window', () => {
    const irregular = aMarket({ endsAtMs: market.endsAtMs + 1_000 });
    const plan = planOpening(input({ market: irregular, nowMs: market.endsAtMs }));
    expect(plan).toHaveProperty('message', 'Too late for this window: its exit was at 09:23:01 UTC.');
  });

  describe('in a market that is no up/down window', () => {
    const dayMs = 86_400_000;
    const nowMs = START + 30_000;
    const outcomeNames = { UP: 'Yes', DOWN: 'No' };
    const rain = aMarket({ slug: 'will-it-rain', asset: null, outcomeNames, endsAtMs: START + 30 * dayMs });
    const plan = (exitAtMs?: number) => planOpening(input({ market: rain, nowMs, exitAtMs }));

    test('exits at the time given, until the exit lead before the end', () => {
      expect(plan(START + dayMs)).toMatchObject({ exitDueAtMs: START + dayMs });
      expect(plan(rain.endsAtMs - 120_000)).toMatchObject({ exitDueAtMs: rain.endsAtMs - 120_000 });
    });

    test('needs an exit time, and says what to pass', () => {
      expect(plan()).toMatchObject({
        code: 'exit-time-required',
        message: expect.stringMatching(
          /^The market will-it-rain is not an up\/down window.* exitAt \(--exit-at\), for example 2026-03-12T10:20:30Z\.$/,
        ),
      });
    });

    test('refuses a time too close to the end, with both times and the latest one', () => {
      expect(plan(rain.endsAtMs - 119_999)).toMatchObject({
        code: 'exit-time-invalid',
        message: expect.stringMatching(
          /2026-04-11 09:18:00 UTC.* ends at 2026-04-11 09:20:00 UTC.* until 2026-04-11T09:18:00Z\.$/,
        ),
      });
      expect(plan(rain.endsAtMs + dayMs)).toMatchObject({ code: 'exit-time-invalid' });
    });

    test('refuses a time that is past or too soon', () => {
      for (const exitAtMs of [nowMs - 1, nowMs + 19_999]) {
        expect(plan(exitAtMs)).toMatchObject({
          code: 'too-late-to-exit',
          message: expect.stringMatching(/Choose a later one\.$/),
        });
      }
      expect(plan(nowMs + 20_000)).toHaveProperty('buy');
    });

    test('heeds maintenance around the exit only', () => {
      const at = (startsAtMs: number) =>
        planOpening(
          input({
            market: rain,
            nowMs,
            exitAtMs: START + dayMs,
            openingPolicy: {
              ...DEFAULT_OPENING_POLICY,
              maintenance: [{ startsAtMs, endsAtMs: startsAtMs + 60_000 }],
            },
          }),
        );
      expect(at(START + dayMs + 60_000)).toMatchObject({ code: 'maintenance-window' });
      expect(at(START + 2 * dayMs)).toHaveProperty('buy');
    });

    test('calls its outcomes by their names', () => {
      expect(planOpening(input({ market: rain, exitAtMs: START + dayMs, book: aBook({ asks: [] }) }))).toMatchObject({
        message: expect.stringContaining('no offers for Yes'),
      });
    });
  });

  test('takes an earlier exit in an up/down window too', () => {
    expect(planOpening(input({ exitAtMs: START + 100_000 }))).toMatchObject({ exitDueAtMs: START + 100_000 });
    expect(planOpening(input({ exitAtMs: market.endsAtMs - 60_000 }))).toMatchObject({ code: 'exit-time-invalid' });
  });

  test('opens until 20 s before the exit', () => {
    expect(planOpening(input({ nowMs: market.endsAtMs - 140_000 }))).toHaveProperty('buy');
  });

  test('opens if the maintenance ends before the exit', () => {
    const past = [{ startsAtMs: START, endsAtMs: market.endsAtMs - 120_000 }];
    expect(planOpening(input({ openingPolicy: { ...DEFAULT_OPENING_POLICY, maintenance: past } }))).toHaveProperty(
      'buy',
    );
  });

  test.each<[string, string, bigint, string]>([
    // Five shares at 0.63 and a fee of 7 %: 3.3705 dollars.
    [
      'five shares',
      '0.61',
      3_000_000n,
      "The amount buys 4.00 shares; the market's minimum is 5.00. Increase the amount: $3.38 are enough now.",
    ],
    // At 0.07 whole cents need sizes of whole shares: 15 of them cost 1.05, with the fee 1.1235.
    ['a dollar', '0.05', 900_000n, 'The venue accepts no buy below $1. Increase the amount: $1.13 are enough now.'],
  ])('says how many dollars are enough for %s, fee included', (_what, price, budgetMicros, message) => {
    const book = aBook({ asks: someLevels([[price, '900']]), bids: someLevels([[price, '9000']]) });
    const openingPolicy = { ...DEFAULT_OPENING_POLICY, roundTripPercentMin: 50 };
    expect(planOpening(input({ budgetMicros, book }))).toEqual({ code: 'below-minimum-size', message });
    const enough = /\$([\d.]+) are enough/.exec(message)?.[1] ?? '';
    expect(planOpening(input({ budgetMicros: parseMicros(enough), book, openingPolicy }))).toHaveProperty('buy');
    expect(planOpening(input({ budgetMicros: parseMicros(enough) - 10_000n, book, openingPolicy }))).toHaveProperty(
      'code',
    );
  });

  test('says when the limit of a position is below the dollars that are enough', () => {
    const limits = { ...DEFAULT_RISK_LIMITS, budgetMicrosMax: 2_000_000n };
    expect(planOpening(input({ budgetMicros: 2_000_000n, limits }))).toHaveProperty(
      'message',
      expect.stringContaining('$3.38 are enough now, but a position may cost at most $2.00: raise that limit as well.'),
    );
  });

  test('plans 38 shares at 0.63 for 26 dollars', () => {
    const buy = { limitPriceMicros: 630_000n, sharesMicros: 38_000_000n };
    expect(planOpening(input({ budgetMicros: 26_000_000n }))).toMatchObject({ buy });
  });

  test('never costs more than the budget, fees included, however far the asks fall before the match', () => {
    for (const feeRateMicros of [0n, 70_000n, 250_000n]) {
      const plan = planOpening(input({ market: aMarket({ feeRateMicros }) }));
      if ('code' in plan) throw new Error(plan.message);
      for (let cents = 1n; cents <= 63n; cents += 1n) {
        const asks = [{ priceMicros: cents * 10_000n, sharesMicros: 10n ** 12n }];
        const { valueMicros, feesMicros } = totalsOfSlices(walkBook({ bids: [], asks }, plan.buy), feeRateMicros);
        expect(valueMicros + feesMicros).toBeLessThanOrEqual(25_000_000n);
      }
    }
  });

  test('never costs more than the budget, fees included, in any book', () => {
    const anyLevel = fc.tuple(fc.bigInt({ min: 1n, max: 99n }), fc.bigInt({ min: 1n, max: 20_000n }));
    const anyInput = fc.record({
      budgetMicros: fc.bigInt({ min: 1_000_000n, max: 100_000_000n }),
      feeRateMicros: fc.constantFrom(0n, 70_000n, 250_000n),
      levels: fc.uniqueArray(anyLevel, { minLength: 1, maxLength: 8, selector: ([price]) => price.toString() }),
    });
    let boughtCount = 0;
    fc.assert(
      fc.property(anyInput, ({ budgetMicros, feeRateMicros, levels }) => {
        const asks = levels
          .toSorted(([a], [b]) => Number(a - b))
          .map(([price, hundredths]) => ({ priceMicros: price * 10_000n, sharesMicros: hundredths * 10_000n }));
        // A locked book: what is bought can be sold again at the best offer.
        const bids = asks.slice(0, 1).map(({ priceMicros }) => ({ priceMicros, sharesMicros: 10n ** 15n }));
        const book = aBook({ asks, bids });
        const openingPolicy = { ...DEFAULT_OPENING_POLICY, roundTripPercentMin: 0 };
        const plan = planOpening(input({ market: aMarket({ feeRateMicros }), book, budgetMicros, openingPolicy }));
        if ('code' in plan) return;
        boughtCount += 1;
        const totals = totalsOfSlices(walkBook(book, plan.buy), feeRateMicros);
        // One micro of the dollars may be left by rounding, and then as little of the shares.
        expect(totals.sharesMicros).toBeGreaterThanOrEqual(plan.buy.sharesMicros - 1n);
        expect(totals.valueMicros + totals.feesMicros).toBeLessThanOrEqual(budgetMicros);
        expect(plan.buy.sharesMicros % 10_000n).toBe(0n);
      }),
      { numRuns: 1_000 },
    );
    expect(boughtCount).toBeGreaterThan(50);
  });
});
