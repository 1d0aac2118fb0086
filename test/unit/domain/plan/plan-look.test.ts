import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isMirrored } from '#lib/domain/market/book-flaw.ts';
import { formatMicros, parseMicros } from '#lib/domain/market/money.ts';
import {
  areTwoStates,
  decideLooks,
  findMetRule,
  isWatched,
  laterLooksAtMs,
  secondLookAtMs,
} from '#lib/domain/plan/plan-look.ts';
import { type SellBack, sellBackOf } from '#lib/domain/plan/sell-back.ts';
import { DEFAULT_EXIT_POLICY, type ExitRules } from '#lib/domain/position/exit-policy.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import { WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';

const ENDS_AT_MS = WINDOW_STARTS_AT_MS + 300_000;
const NOW_MS = WINDOW_STARTS_AT_MS + 60_000;
const SHARES = 36_000_000n;

type Levels = readonly (readonly [price: string, shares: string])[];

const holding = (rules: ExitRules, highMicros?: bigint) =>
  aPosition({
    state: 'holding',
    policy: { ...DEFAULT_EXIT_POLICY, rules },
    ...(highMicros !== undefined && { highMicros }),
  });

const sellBack = (bids: Levels, asks: Levels = [['0.62', '100']], atMs = NOW_MS): SellBack | null =>
  sellBackOf({ book: aBook({ bids: someLevels(bids), asks: someLevels(asks), atMs }), atMs: NOW_MS }, SHARES, {
    marketEndsAtMs: ENDS_AT_MS,
  });

const STOP = { stopLossMicros: 450_000n };
const PROFIT = { takeProfitMicros: 800_000n };

describe('the price that a rule sees', () => {
  test('is that of all shares, weighted by depth', () => {
    expect(
      sellBack([
        ['0.60', '18'],
        ['0.58', '100'],
      ]),
    ).toMatchObject({ priceMicros: 590_000n, isWhole: true });
  });

  test.each<[string, SellBack | null]>([
    ['the book was not read', sellBackOf({ book: null, atMs: NOW_MS }, SHARES, { marketEndsAtMs: ENDS_AT_MS })],
    ['there are no bids', sellBack([], [['0.02', '100']])],
    ['bid and ask are far apart', sellBack([['0.01', '9000']], [['0.99', '9000']])],
    ['the bid is above the ask', sellBack([['0.63', '100']])],
    ['the book is old', sellBack([['0.40', '100']], [['0.41', '9']], NOW_MS - 61_000)],
    ['the book is of the future', sellBack([['0.40', '100']], [['0.41', '9']], NOW_MS + 61_000)],
  ])('is unknown when %s, and no rule fires', (_why, seen) => {
    expect(seen).toBeNull();
    expect(findMetRule(holding({ ...STOP, ...PROFIT, trailingStopMicros: 10_000n }, 990_000n), seen)).toBeNull();
  });

  test('may be minutes old in a market that runs for days', () => {
    const book = aBook({ atMs: NOW_MS - 600_000 });
    expect(sellBackOf({ book, atMs: NOW_MS }, SHARES, { marketEndsAtMs: NOW_MS + 86_400_000 })).not.toBeNull();
  });
});

describe('a rule', () => {
  test.each<[string, ExitRules, SellBack | null, string | null]>([
    ['stop-loss, a tick above', STOP, sellBack([['0.46', '100']]), null],
    ['stop-loss, touched', STOP, sellBack([['0.45', '100']]), 'stop-loss'],
    ['stop-loss, crossed', STOP, sellBack([['0.44', '100']]), 'stop-loss'],
    ['stop-loss, gapped through', STOP, sellBack([['0.12', '100']], [['0.14', '50']]), 'stop-loss'],
    [
      'stop-loss, one share on top of a fallen book',
      STOP,
      sellBack([
        ['0.55', '1'],
        ['0.40', '900'],
      ]),
      'stop-loss',
    ],
    ['take-profit, a tick below', PROFIT, sellBack([['0.79', '100']], [['0.83', '9']]), null],
    ['take-profit, touched', PROFIT, sellBack([['0.80', '100']], [['0.83', '9']]), 'take-profit'],
    ['take-profit, gapped through', PROFIT, sellBack([['0.97', '100']], [['0.98', '9']]), 'take-profit'],
    [
      'take-profit, a stray bid for one share',
      PROFIT,
      sellBack(
        [
          ['0.95', '1'],
          ['0.60', '900'],
        ],
        [['0.96', '9']],
      ),
      null,
    ],
    ['take-profit, bids for a part', PROFIT, sellBack([['0.95', '35.99']], [['0.96', '9']]), null],
    ['stop-loss, a stray bid for one share in an empty book', STOP, sellBack([['0.40', '1']]), null],
    ['stop-loss, bids for a part and offers above', STOP, sellBack([['0.44', '30']], [['0.46', '9']]), null],
    [
      'stop-loss, bids for a part and offers at the level',
      STOP,
      sellBack([['0.44', '30']], [['0.45', '9']]),
      'stop-loss',
    ],
  ])('%s', (_what, rules, seen, expected) => {
    expect(findMetRule(holding(rules), seen)?.rule ?? null).toBe(expected);
  });

  test('trailing: fires at the high less its distance, and names that level', () => {
    const position = holding({ trailingStopMicros: 100_000n }, 700_000n);
    expect(findMetRule(position, sellBack([['0.61', '100']]))).toBeNull();
    expect(findMetRule(position, sellBack([['0.60', '100']]))).toEqual({
      rule: 'trailing-stop',
      priceMicros: 600_000n,
      levelMicros: 600_000n,
    });
  });

  test('trailing: waits for a price before it has a level', () => {
    expect(
      findMetRule(holding({ trailingStopMicros: 100_000n }), sellBack([['0.20', '100']], [['0.21', '9']])),
    ).toBeNull();
  });
});

describe('two looks', () => {
  const at = (bookAtMs: number, atMs: number) => ({ book: aBook({ atMs: bookAtMs }), atMs });

  test.each<[string, boolean, Parameters<typeof areTwoStates>]>([
    ['a second apart, of books that differ', true, [at(NOW_MS, NOW_MS), at(NOW_MS + 800, NOW_MS + 1_000)]],
    ['less than a second apart', false, [at(NOW_MS, NOW_MS), at(NOW_MS + 999, NOW_MS + 999)]],
    ['of one book that is fresh', true, [at(NOW_MS - 5_000, NOW_MS), at(NOW_MS - 5_000, NOW_MS + 1_000)]],
    ['of one book that is not', false, [at(NOW_MS - 30_000, NOW_MS), at(NOW_MS - 30_000, NOW_MS + 1_000)]],
    ['without a second book', false, [at(NOW_MS, NOW_MS), { book: null, atMs: NOW_MS + 1_000 }]],
  ])('%s: %s', (_what, expected, looks) => {
    expect(areTwoStates(...looks)).toBe(expected);
  });

  test('agree on the same rule only, and the second one tells the price', () => {
    const position = holding({ ...STOP, ...PROFIT });
    const [low, lower, high] = [
      sellBack([['0.45', '100']]),
      sellBack([['0.43', '100']]),
      sellBack([['0.85', '100']], [['0.86', '9']]),
    ];
    const met = { rule: 'stop-loss', priceMicros: 430_000n, levelMicros: 450_000n };
    expect(decideLooks(position, low, lower)).toEqual({ decision: 'fire', met });
    for (const other of [sellBack([['0.46', '100']]), high, null]) {
      expect(decideLooks(position, low, other)).toEqual({ decision: 'wait' });
    }
  });

  test('raise the high to the lower of both, by a tick at least', () => {
    const position = holding({ trailingStopMicros: 100_000n }, 600_000n);
    const bid = (price: string) => sellBack([[price, '100']], [['0.75', '9']]);
    expect(decideLooks(position, bid('0.70'), bid('0.65'))).toEqual({ decision: 'raise-high', priceMicros: 650_000n });
    expect(decideLooks(position, bid('0.70'), bid('0.60'))).toEqual({ decision: 'wait' });
    expect(decideLooks(position, bid('0.605'), bid('0.605'))).toEqual({ decision: 'wait' });
    const first = holding({ trailingStopMicros: 100_000n });
    expect(decideLooks(first, bid('0.70'), bid('0.71'))).toEqual({ decision: 'raise-high', priceMicros: 700_000n });
  });

  test.each<[string, ExitRules, Levels, Levels, number]>([
    ['stop, a narrow book', STOP, [['0.30', '100']], [['0.40', '9']], 1_000],
    ['stop, bids that were withdrawn', STOP, [['0.30', '100']], [['0.57', '9']], 8_000],
    [
      'stop, best bid for one share',
      STOP,
      [
        ['0.55', '1'],
        ['0.30', '100'],
      ],
      [['0.57', '9']],
      8_000,
    ],
    ['trailing stop', { trailingStopMicros: 100_000n }, [['0.40', '100']], [['0.57', '9']], 8_000],
    ['a new high', { trailingStopMicros: 100_000n }, [['0.80', '100']], [['0.97', '9']], 8_000],
    ['a new high without an offer', { trailingStopMicros: 100_000n }, [['0.92', '100']], [], 1_000],
    ['take-profit', PROFIT, [['0.80', '100']], [['0.97', '9']], 1_000],
  ])('%s: are as far apart as bid and offer demand', (_what, rules, bids, asks, gapMs) => {
    expect(secondLookAtMs(holding(rules, 600_000n), sellBack(bids, asks), NOW_MS)).toBe(NOW_MS + gapMs);
  });

  test('wait when the bids were withdrawn between them', () => {
    const narrow = sellBack([['0.44', '100']], [['0.46', '9']]);
    const wide = sellBack([['0.30', '100']], [['0.46', '9']]);
    expect(decideLooks(holding(STOP), narrow, wide)).toEqual({ decision: 'wait' });
    expect(decideLooks(holding(STOP), wide, wide)).toMatchObject({ decision: 'fire' });
  });

  test('of one quiet book are confirmed by the mirror of the other outcome', () => {
    const own = { bids: someLevels([['0.40', '9']]) };
    expect(isMirrored(own, { asks: someLevels([['0.60', '9']]) })).toBe(true);
    expect(isMirrored(own, { asks: someLevels([['0.41', '9']]) })).toBe(false);
    expect(isMirrored(own, { asks: [] })).toBe(false);
  });
});

describe('the looks that follow', () => {
  const long = (rules: ExitRules) => ({
    ...holding(rules),
    marketEndsAtMs: NOW_MS + 86_400_000,
    exitDueAtMs: NOW_MS + 3_600_000,
  });
  const next = (position: ReturnType<typeof holding>, seen: SellBack | null, untilMs = NOW_MS + 60_000) =>
    laterLooksAtMs(position, { sellBack: seen, nowMs: NOW_MS, untilMs });
  const eachFiveSeconds = Array.from({ length: 12 }, (_, index) => NOW_MS + 5_000 * (index + 1));

  test('come every five seconds while a level is near, or the price unknown', () => {
    expect(next(long(STOP), sellBack([['0.55', '100']]))).toEqual(eachFiveSeconds);
    expect(next(long(STOP), sellBack([['0.56', '100']]))).toEqual([]);
    expect(next(long(STOP), null)).toEqual(eachFiveSeconds);
  });

  test('come in any case in the last quarter of an hour of a market', () => {
    expect(next(holding(STOP), sellBack([['0.60', '100']]))).toEqual(eachFiveSeconds);
  });

  test('are left to the sweep when its own would come, and to the clock when the exit is prepared', () => {
    expect(next(holding(STOP), null, NOW_MS + 4_999)).toEqual([]);
    expect(next(holding(STOP), null, 0)).toEqual([]);
    expect(next({ ...holding(STOP), exitDueAtMs: NOW_MS + 14_000 }, null)).toEqual([NOW_MS + 5_000, NOW_MS + 10_000]);
    expect(next({ ...holding(STOP), exitDueAtMs: NOW_MS + 8_000 }, null)).toEqual([]);
    expect(isWatched({ ...holding(STOP), exitDueAtMs: NOW_MS + 3_000 }, NOW_MS)).toBe(false);
  });

  test('are wanted for rules that exit alone', () => {
    expect(isWatched(holding(PROFIT), NOW_MS)).toBe(true);
    expect(isWatched(holding({ holdAboveMicros: 970_000n }), NOW_MS)).toBe(false);
    expect(isWatched(aPosition({ state: 'holding' }), NOW_MS)).toBe(false);
    expect(isWatched(aPosition({ state: 'exiting', policy: { ...DEFAULT_EXIT_POLICY, rules: STOP } }), NOW_MS)).toBe(
      false,
    );
  });
});

describe('any book', () => {
  const anyCents = fc.integer({ min: 1, max: 99 });
  const anySide = fc.array(fc.tuple(anyCents, fc.integer({ min: 1, max: 10_000 })), { maxLength: 6 });
  const levelsOf = (side: readonly (readonly [number, number])[], sign: 1 | -1) =>
    someLevels(
      side.map(([cents, size]) => [formatMicros(BigInt(cents) * 10_000n), formatMicros(BigInt(size) * 10_000n)]),
    ).toSorted((a, b) => sign * Number(a.priceMicros - b.priceMicros));

  test('fires a stop only where no bid pays more than its level for all shares, a take-profit only where bids do', () => {
    fc.assert(
      fc.property(anySide, anySide, anyCents, (bidSide, askSide, cents) => {
        const [bids, asks] = [levelsOf(bidSide, -1), levelsOf(askSide, 1)];
        const seen = sellBackOf({ book: aBook({ bids, asks, atMs: NOW_MS }), atMs: NOW_MS }, SHARES, {
          marketEndsAtMs: ENDS_AT_MS,
        });
        const levelMicros = parseMicros(formatMicros(BigInt(cents) * 10_000n));
        const stop = findMetRule(holding({ stopLossMicros: levelMicros }), seen);
        const profit = findMetRule(holding({ takeProfitMicros: levelMicros }), seen);
        // What all shares bring at most: those that the bids do not take would bring what is offered.
        let [left, mostMicros] = [SHARES, 0n];
        for (const bid of bids) {
          const taken = bid.sharesMicros < left ? bid.sharesMicros : left;
          left -= taken;
          mostMicros += taken * bid.priceMicros;
        }
        const restMicros = asks[0]?.priceMicros ?? 1_000_000n;
        if (stop !== null) expect(mostMicros + left * restMicros).toBeLessThan(SHARES * (levelMicros + 1n));
        if (profit !== null) {
          expect(left).toBe(0n);
          expect(mostMicros).toBeGreaterThanOrEqual(SHARES * levelMicros);
        }
      }),
    );
  });
});
