import { describe, expect, it } from 'vitest';
import { describeHistory } from '#lib/console/history/describe-history.ts';
import { summariseHistory } from '#lib/domain/history/history.ts';
import type { ClosedPosition } from '#lib/domain/position/position.ts';
import { aPosition } from '#test/factories/a-position.ts';

const NOON_MS = Date.UTC(2026, 10, 30, 12);
const ABOUT = { fromMs: NOON_MS - 7 * 86_400_000, untilMs: NOON_MS, corruptIds: ['broken'] };

function historyOf(positions: readonly ClosedPosition[]) {
  const entries = positions.map((position) => ({ position, healedMs: [] }));
  return describeHistory({ history: summariseHistory(entries, [], ABOUT), positions });
}

const sold = aPosition({ state: 'exited', positionId: 'sold', closedAtMs: NOON_MS - 5_000 });
const lost = aPosition({ state: 'worthless', positionId: 'lost', closedAtMs: NOON_MS - 1_000 });
const live = aPosition({ state: 'exited', positionId: 'live', mode: 'live', closedAtMs: NOON_MS - 9_000 });

describe('the history, as the page shows it', () => {
  it('keeps paper and live apart, and lists what ended last first', () => {
    const { modes, corruptIds } = historyOf([live, sold, lost]);
    expect(corruptIds).toEqual(['broken']);
    expect(modes.map(({ mode, positions }) => [mode, positions.map(({ positionId }) => positionId)])).toEqual([
      ['paper', ['lost', 'sold']],
      ['live', ['live']],
    ]);
  });

  it('sums up by day, asset, window and end, with the curve of the results', () => {
    const [paper] = historyOf([sold, lost]).modes;
    expect(paper?.tables.map(({ title, rows }) => [title, rows.length])).toEqual([
      ['By day', 1],
      ['By asset', 1],
      ['By window', 1],
      ['By end', 2],
    ]);
    expect(paper?.tables[0]?.rows[0]).toMatchObject({ name: '2026-11-30', ended: 2, unknown: 0 });
    expect(paper?.charts.equity.dollars).toHaveLength(3);
    expect(paper?.tiles[0]?.name).toBe('Result');
  });

  it('says unknown where a result is not known', () => {
    const found = { sharesMicros: 36_000_000n, costMicros: null, blockNumber: 7n };
    const guarded = aPosition({ state: 'worthless', origin: 'guard', trades: [], found, closedAtMs: NOON_MS - 1 });
    const [paper] = historyOf([guarded]).modes;
    expect(paper?.tables[0]?.rows[0]).toMatchObject({ ended: 1, unknown: 1, result: 'unknown', tone: 'quiet' });
    expect(paper?.positions[0]).toMatchObject({ paid: 'unknown', result: 'unknown', tone: 'plain' });
  });

  it('lists the newest five hundred and says how many there are', () => {
    const many = Array.from({ length: 501 }, (_, n) => ({
      ...sold,
      positionId: `p${n}`,
      closedAtMs: NOON_MS - 501 + n,
    }));
    const [paper] = historyOf(many).modes;
    expect(paper?.positionCount).toBe(501);
    expect([paper?.positions[0]?.positionId, paper?.positions.at(-1)?.positionId]).toEqual(['p500', 'p1']);
  });

  it('is empty without positions', () => {
    expect(historyOf([]).modes).toEqual([]);
  });
});
