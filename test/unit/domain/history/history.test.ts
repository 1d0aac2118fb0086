import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePositionRow } from '#lib/adapters/dynamodb/positions/position-row.ts';
import { distributionOf } from '#lib/domain/history/distribution.ts';
import { type HistoryEntry, type ModeHistory, summariseHistory } from '#lib/domain/history/history.ts';
import { type ClosedPosition, isClosed, type OpenPosition, type Position } from '#lib/domain/position/position.ts';
import { resultOf, unclaimedMicrosOf } from '#lib/domain/position/position-totals.ts';
import { NOTHING_SETTLED } from '#lib/domain/position/settlement-progress.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { anyPosition } from '#test/factories/any-position.ts';
import { ROW_BEFORE_MERGES, ROW_BEFORE_SETTLEMENT, ROW_OF_FIRST_GUARD } from '#test/fixtures/older-rows.ts';

const ABOUT = { fromMs: 0, untilMs: 1, corruptIds: [] };
const entry = (position: ClosedPosition, healedMs: HistoryEntry['healedMs'] = []): HistoryEntry => ({
  position,
  healedMs,
});
const historyOf = (entries: readonly HistoryEntry[], open: readonly OpenPosition[] = []) =>
  summariseHistory(entries, open, ABOUT).modes;

/** A redeemed position that cost $23.9733 and paid so much. */
const paid = (payoutMicros: bigint, closedAtMs: number, rest: Partial<ClosedPosition> = {}) =>
  aPosition({ state: 'redeemed', payoutMicros, closedAtMs, positionId: `position-${closedAtMs}`, ...(rest as object) });
const COST_MICROS = 23_973_300n;
/** A guarded position whose shares have an unknown cost. */
const unknown = (closedAtMs = 1) =>
  aPosition({
    ...{ state: 'worthless', origin: 'guard', trades: [], closedAtMs },
    found: { sharesMicros: 36_000_000n, costMicros: null, blockNumber: 1n },
  });

describe('a history', () => {
  it('has no modes without positions, and only what is open without an end', () => {
    expect(historyOf([])).toEqual([]);
    const [paper] = historyOf([], [aPosition({ state: 'holding' })]);
    expect(paper).toMatchObject({
      mode: 'paper',
      ended: { count: 0, resultMicros: 0n },
      equity: [],
      days: [],
      drawdownMicros: 0n,
      lateness: { count: 0, medianMs: null, maxMs: null },
      open: { count: 1, costMicros: 23_400_000n, unclaimedCount: 0, unclaimedMicros: 0n },
    });
  });

  it('adds up the equity in the order of the ends, with the deepest fall below an earlier high', () => {
    const results = [5_000_000n, -8_000_000n, 1_000_000n, 4_000_000n];
    const entries = results.map((result, index) => entry(paid(COST_MICROS + result, index + 1)));
    const [paper] = historyOf(entries.toReversed());
    expect(paper?.equity.map(({ atMs, resultMicros, equityMicros }) => [atMs, resultMicros, equityMicros])).toEqual([
      [1, 5_000_000n, 5_000_000n],
      [2, -8_000_000n, -3_000_000n],
      [3, 1_000_000n, -2_000_000n],
      [4, 4_000_000n, 2_000_000n],
    ]);
    expect(paper?.drawdownMicros).toBe(-8_000_000n);
    const [falling] = historyOf([entry(paid(COST_MICROS - 3n, 1))]);
    expect(falling?.drawdownMicros).toBe(-3n);
  });

  it('orders ends of the same millisecond by their ids, and measures the deepest of two falls', () => {
    const results = [4n, -3n, 9n, -5n, 1n];
    const entries = results.map((result, index) =>
      entry(paid(COST_MICROS + result, 1, { positionId: `position-${index}` })),
    );
    for (const each of [entries, entries.toReversed()]) {
      const [paper] = historyOf(each);
      expect(paper?.equity.map(({ positionId, equityMicros }) => [positionId, equityMicros])).toEqual([
        ['position-0', 4n],
        ['position-1', 1n],
        ['position-2', 10n],
        ['position-3', 5n],
        ['position-4', 6n],
      ]);
      expect(paper?.drawdownMicros).toBe(-5n);
    }
  });

  it('has no fall while the equity rises, and adds up the gas that is known', () => {
    const entries = [
      entry(paid(COST_MICROS + 1n, 1, { gasWei: 30_000n })),
      entry(paid(COST_MICROS, 2, { gasWei: 12_000n })),
      entry(paid(COST_MICROS + 1n, 3)),
    ];
    expect(historyOf(entries)).toMatchObject([{ drawdownMicros: 0n, gasWei: 42_000n }]);
  });

  it('says what was asked for, and lists the days from the oldest and groups from the largest', () => {
    const day = Date.UTC(2026, 10, 30);
    const about = { fromMs: day, untilMs: day + 1, corruptIds: ['position-9'] };
    const eth = { asset: 'ETH', marketSlug: 'eth-updown-15m-1773307200' } as const;
    const entries = [entry(paid(0n, day)), entry(paid(0n, day - 1, eth)), entry(paid(0n, day - 2, eth))];
    const { modes, ...rest } = summariseHistory(entries, [], about);
    expect(rest).toEqual(about);
    expect(modes[0]?.days.map(({ key }) => key)).toEqual(['2026-11-29', '2026-11-30']);
    expect(modes[0]?.assets.map(({ key, count }) => [key, count])).toEqual([
      ['ETH', 2],
      ['BTC', 1],
    ]);
  });

  it('counts refusals from the most frequent, and tells open positions of both modes apart', () => {
    const refusals = { 'unsettled-buy': 1, 'no-liquidity': 5, 'rate-limited': 3 };
    const [paper, live] = historyOf(
      [entry(aPosition({ state: 'exited', refusals }))],
      [aPosition({ state: 'holding', mode: 'live' })],
    );
    expect(paper?.refusals).toEqual([
      { cause: 'no-liquidity', count: 5, positionCount: 1 },
      { cause: 'rate-limited', count: 3, positionCount: 1 },
      { cause: 'unsettled-buy', count: 1, positionCount: 1 },
    ]);
    expect([paper?.open.count, live?.open.count, live?.ended.count]).toEqual([0, 1, 0]);
  });

  it('never adds up paper and live', () => {
    const modes = historyOf([entry(paid(COST_MICROS + 1n, 1)), entry(paid(0n, 2, { mode: 'live' }))]);
    expect(modes.map(({ mode, ended }) => [mode, ended.resultMicros])).toEqual([
      ['paper', 1n],
      ['live', -COST_MICROS],
    ]);
  });

  it('says how many results are not known, and counts none of them as zero', () => {
    const [paper] = historyOf([entry(unknown()), entry(paid(COST_MICROS + 2n, 2))]);
    expect(paper?.ended).toMatchObject({ count: 2, unknownCount: 1, wonCount: 1, lostCount: 0, resultMicros: 2n });
    expect(paper?.equity).toHaveLength(1);
    expect(paper?.days).toMatchObject([{ key: '1970-01-01', count: 2, unknownCount: 1, resultMicros: 2n }]);
  });

  it('groups by UTC day, asset, window length and end', () => {
    const day = Date.UTC(2026, 10, 30);
    const rain = { asset: null, marketSlug: 'will-it-rain-in-london' };
    const quarter = { asset: 'ETH' as const, marketSlug: 'eth-updown-15m-1773307200' };
    const [paper] = historyOf([
      entry(paid(0n, day)),
      entry(paid(0n, day - 1, rain)),
      entry(paid(0n, day + 1, quarter)),
      entry(aPosition({ state: 'exited', closedAtMs: day + 2, marketSlug: 'btc-updown-5m-1773307200' })),
    ]);
    const counts = (groups: ModeHistory['days'] = []) => groups.map(({ key, count }) => [key, count]);
    expect(counts(paper?.days)).toEqual([
      ['2026-11-29', 1],
      ['2026-11-30', 3],
    ]);
    expect(counts(paper?.assets)).toEqual([
      ['BTC', 2],
      [null, 1],
      ['ETH', 1],
    ]);
    expect(counts(paper?.windows)).toEqual([
      ['5m', 2],
      [null, 1],
      ['15m', 1],
    ]);
    expect(paper?.ends).toMatchObject([
      { state: 'redeemed', exitReason: 'emergency:timeout_sell_failed', count: 3 },
      { state: 'exited', exitReason: 'emergency:timeout', count: 1 },
    ]);
  });

  it('has lateness, healing and refusals, and says where healing is not known', () => {
    const { exitDueAtMs } = aPosition({ state: 'exited' });
    const late = (lateMs: number, rest: object = {}) =>
      aPosition({ state: 'exited', firstExitAttemptAtMs: exitDueAtMs + lateMs, ...rest });
    const [paper] = historyOf([
      entry(late(40, { refusals: { 'unsettled-buy': 3, 'no-liquidity': 1 } }), [2_000, 9_000]),
      entry(late(700, { refusals: { 'unsettled-buy': 1 } }), null),
      entry(aPosition({ state: 'exited', firstExitAttemptAtMs: null })),
    ]);
    expect(paper?.lateness).toMatchObject({ count: 2, medianMs: 40, maxMs: 700 });
    expect(paper?.healing).toMatchObject({ count: 2, medianMs: 2_000, maxMs: 9_000 });
    expect(paper?.healingUnknownCount).toBe(1);
    expect(paper?.refusals).toEqual([
      { cause: 'unsettled-buy', count: 4, positionCount: 2 },
      { cause: 'no-liquidity', count: 1, positionCount: 1 },
    ]);
  });

  it('counts as unclaimed what the chain owes for both outcomes, and nothing before the result', () => {
    const payout = { own: 1n, other: 1n, total: 2n };
    const split = aPosition({ state: 'awaiting-resolution', settlement: { ...NOTHING_SETTLED, payout } });
    expect(unclaimedMicrosOf(split)).toBe(18_000_000n);
    const waiting = aPosition({ state: 'awaiting-resolution' });
    const lost = { own: 0n, other: 1n, total: 1n };
    const [paper] = historyOf(
      [],
      [split, waiting, aPosition({ state: 'awaiting-resolution', settlement: { ...NOTHING_SETTLED, payout: lost } })],
    );
    expect(paper?.open).toMatchObject({ count: 3, unclaimedCount: 1, unclaimedMicros: 18_000_000n });
  });

  it('reads the rows of older releases', () => {
    const rows = [ROW_BEFORE_MERGES, ROW_BEFORE_SETTLEMENT, ROW_OF_FIRST_GUARD].map((row) => parsePositionRow(row));
    const open = rows.flatMap((position) => (isClosed(position) ? [] : [position]));
    const [paper] = historyOf([], open);
    expect(paper?.open).toEqual({
      ...{ count: 3, costMicros: 46_800_000n, costUnknownCount: 1 },
      ...{ unclaimedCount: 1, unclaimedMicros: 36_000_000n },
    });
    const { settlement: _, wakeUp: __, ...bare } = { settlement: null, ...ROW_BEFORE_SETTLEMENT };
    const closed = parsePositionRow({ ...bare, state: 'worthless', closedAtMs: 1773307620000 });
    const [ended] = isClosed(closed) ? historyOf([entry(closed)]) : [];
    expect(ended?.ended).toMatchObject({ count: 1, lostCount: 1, resultMicros: -COST_MICROS });
  });
});

/** Whatever their fields hold: several hundred positions of all states, of both modes. */
const anyPositions = fc.array(anyPosition, { maxLength: 12 });

it('the sums of days, assets, windows and ends are the total, and the equity ends at it', () => {
  fc.assert(
    fc.property(anyPositions, (positions: readonly Position[]) => {
      const ended = positions.filter(isClosed);
      const open = positions.flatMap((position) => (isClosed(position) ? [] : [position]));
      const modes = historyOf(
        ended.map((position) => entry(position)),
        open,
      );
      for (const { mode, ended: total, days, assets, windows, ends, equity, open: still } of modes) {
        const ofMode = ended.filter((position) => position.mode === mode);
        const results = ofMode.map((position) => resultOf(position).resultMicros);
        expect(total.count).toBe(ofMode.length);
        expect(total.unknownCount).toBe(results.filter((result) => result === null).length);
        expect(total.resultMicros).toBe(results.reduce<bigint>((sum, result) => sum + (result ?? 0n), 0n));
        for (const groups of [days, assets, windows, ends]) {
          for (const name of ['count', 'wonCount', 'lostCount', 'unknownCount'] as const) {
            expect(groups.reduce((sum, group) => sum + group[name], 0)).toBe(total[name]);
          }
          for (const name of ['resultMicros', 'costMicros', 'feesMicros'] as const) {
            expect(groups.reduce((sum, group) => sum + group[name], 0n)).toBe(total[name]);
          }
        }
        expect(equity).toHaveLength(total.count - total.unknownCount);
        expect(equity.at(-1)?.equityMicros ?? 0n).toBe(total.resultMicros);
        expect(still.count).toBe(open.filter((position) => position.mode === mode).length);
      }
      expect(modes.reduce((sum, each) => sum + each.ended.count, 0)).toBe(ended.length);
    }),
    { numRuns: 60 },
  );
});

describe('a distribution', () => {
  it('counts each value in one bin, with those beyond the ends in the first and the last', () => {
    const { bins, count, medianMs, p90Ms, p99Ms, maxMs } = distributionOf([-5, 0, 99, 100, 2_500, 900_000]);
    expect([count, medianMs, p90Ms, p99Ms, maxMs]).toEqual([6, 99, 900_000, 900_000, 900_000]);
    expect(bins.filter((bin) => bin.count > 0)).toEqual([
      { fromMs: 0, count: 3 },
      { fromMs: 100, count: 1 },
      { fromMs: 2_000, count: 1 },
      { fromMs: 300_000, count: 1 },
    ]);
  });

  it.each([
    [99, 0],
    [100, 100],
    [249, 100],
    [250, 250],
    [499, 250],
    [500, 500],
    [999, 500],
    [1_000, 1_000],
    [2_000, 2_000],
    [5_000, 5_000],
    [10_000, 10_000],
    [20_000, 20_000],
    [59_999, 20_000],
    [60_000, 60_000],
    [299_999, 60_000],
    [300_000, 300_000],
  ])('has %s ms in the bin from %s on', (value, fromMs) => {
    expect(distributionOf([value]).bins.filter(({ count }) => count > 0)).toEqual([{ fromMs, count: 1 }]);
  });

  it('has quantiles that are values, and none of nothing', () => {
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(distributionOf(hundred)).toMatchObject({ medianMs: 50, p90Ms: 90, p99Ms: 99, maxMs: 100 });
    expect(distributionOf([])).toMatchObject({ count: 0, medianMs: null, p90Ms: null, p99Ms: null, maxMs: null });
  });
});
