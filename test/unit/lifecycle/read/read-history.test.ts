import { describe, expect, it } from 'vitest';
import type { Position } from '#lib/domain/position/position.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import { CorruptRowError, StoreUnavailableError } from '#lib/errors/errors.ts';
import { type HistoryProgress, readHistory } from '#lib/lifecycle/read/read-history.ts';
import { createMemoryPositionStore } from '#lib/simulation/world/memory-position-store.ts';
import { aChange, anOpening } from '#test/contract/position-store.contract.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { anEvent } from '#test/factories/an-event.ts';

const NOON_MS = Date.UTC(2026, 10, 30, 12);
const DAY_MS = 86_400_000;

async function aStore() {
  const store = createMemoryPositionStore();
  const limits = { ...DEFAULT_RISK_LIMITS, openCountMax: 9_999, exposureMicrosMax: 10n ** 15n };
  const open = async (n: number, overrides: Parameters<typeof anOpening>[1] = {}) => {
    const opening = anOpening(n, overrides);
    await store.create(opening, limits);
    return opening;
  };
  const close = async (n: number, closedAtMs: number, after: Partial<Position> = {}) =>
    store.save(aChange(await open(n), aPosition({ state: 'worthless', closedAtMs, ...(after as object) })));
  return { store, open, close };
}

describe('reading a history', () => {
  it('takes in what ended in the span, oldest first, over years, and what is open', async () => {
    const { store, open, close } = await aStore();
    await close(1, NOON_MS - 900 * DAY_MS);
    await close(2, NOON_MS - DAY_MS);
    await close(3, NOON_MS);
    await close(4, NOON_MS - 1);
    await open(5);
    await open(6, { origin: 'canary' });
    const seen: HistoryProgress[] = [];
    const deps = { store, onProgress: (progress: HistoryProgress) => void seen.push(progress) };
    const { history, positions } = await readHistory(deps, { sinceMs: NOON_MS - 900 * DAY_MS, untilMs: NOON_MS });
    expect(positions.map(({ positionId }) => positionId)).toEqual(['position-1', 'position-2', 'position-4']);
    expect(history.modes).toMatchObject([{ mode: 'paper', ended: { count: 3 }, open: { count: 1 } }]);
    expect(seen.at(-1)).toEqual({ doneDayCount: 901, dayCount: 901, positionCount: 3 });
  });

  it('tells after each ten days how far it is', async () => {
    const { store, close } = await aStore();
    await close(1, NOON_MS);
    const seen: HistoryProgress[] = [];
    const onProgress = (progress: HistoryProgress) => void seen.push(progress);
    await readHistory({ store, onProgress }, { sinceMs: NOON_MS, untilMs: NOON_MS + 24 * DAY_MS });
    expect(seen).toEqual([
      { doneDayCount: 10, dayCount: 25, positionCount: 1 },
      { doneDayCount: 20, dayCount: 25, positionCount: 1 },
      { doneDayCount: 25, dayCount: 25, positionCount: 1 },
    ]);
  });

  it('of one mode has neither ends nor open positions of the other', async () => {
    const { store, open, close } = await aStore();
    await close(1, NOON_MS);
    await open(2, { mode: 'live' });
    const { history } = await readHistory({ store }, { sinceMs: NOON_MS, untilMs: NOON_MS + 1, mode: 'paper' });
    expect(history.modes).toMatchObject([{ mode: 'paper', ended: { count: 1 }, open: { count: 0 } }]);
  });

  it('learns from the timeline how long refused sells lasted, of positions with refusals alone', async () => {
    const { store, close } = await aStore();
    for (const n of [1, 2, 3]) await close(n, NOON_MS, n === 3 ? {} : { refusals: { 'no-liquidity': 1 } });
    const asked: string[] = [];
    const events = [
      { type: 'opened', atMs: NOON_MS - 5_000 } as const,
      anEvent({ type: 'sell-intended', atMs: NOON_MS - 4_000 }),
      anEvent({ type: 'order-refused', atMs: NOON_MS - 3_000 }),
    ];
    const scripted = {
      ...store,
      listTimeline: async (positionId: string) => {
        asked.push(positionId);
        if (positionId === 'position-2') return [];
        return events.map((event, index) => ({ version: index + 1, event, evidence: {} }));
      },
    };
    const { history } = await readHistory({ store: scripted }, { sinceMs: NOON_MS, untilMs: NOON_MS + 1 });
    expect(asked.toSorted()).toEqual(['position-1', 'position-2']);
    expect(history.modes).toMatchObject([{ healing: { count: 1, maxMs: 3_000 }, healingUnknownCount: 1 }]);
  });

  it('fails where the table does not answer, so that no sum is too small', async () => {
    const { store, close } = await aStore();
    await close(1, NOON_MS, { refusals: { 'no-liquidity': 1 } });
    const down = { ...store, listTimeline: () => Promise.reject(new StoreUnavailableError('throttled')) };
    const reading = readHistory({ store: down }, { sinceMs: NOON_MS, untilMs: NOON_MS + 1 });
    await expect(reading).rejects.toBeInstanceOf(StoreUnavailableError);
  });

  it('reads every page of a day', async () => {
    const { store, close } = await aStore();
    for (let n = 1; n <= 230; n += 1) await close(n, NOON_MS + n);
    const { positions } = await readHistory({ store }, { sinceMs: NOON_MS, untilMs: NOON_MS + DAY_MS });
    expect(positions.map(({ closedAtMs }) => closedAtMs - NOON_MS)).toEqual(
      Array.from({ length: 230 }, (_, index) => index + 1),
    );
  });

  it('counts a position that ends while it is read once', async () => {
    const { store, open } = await aStore();
    const opening = await open(1);
    const ending = {
      ...store,
      listClosed: async (...args: Parameters<typeof store.listClosed>) => {
        await store.save(aChange(opening, aPosition({ state: 'worthless', closedAtMs: NOON_MS }))).catch(() => null);
        return store.listClosed(...args);
      },
    };
    const { history } = await readHistory({ store: ending }, { sinceMs: NOON_MS - 1, untilMs: NOON_MS + 1 });
    expect(history.modes).toMatchObject([{ ended: { count: 1 }, open: { count: 0 } }]);
  });

  it('keeps the money of a position whose timeline cannot be read, and names rows that cannot', async () => {
    const { store, close } = await aStore();
    await close(1, NOON_MS, { refusals: { 'no-liquidity': 2 } });
    await close(2, NOON_MS);
    const broken = {
      ...store,
      listTimeline: async () => Promise.reject(new CorruptRowError('The row cannot be read', {})),
      findMany: async (ids: readonly string[]) => {
        const read = await store.findMany(ids);
        return { ...read, corruptIds: ids.filter((id) => id === 'position-2') };
      },
    };
    const { history } = await readHistory({ store: broken }, { sinceMs: NOON_MS, untilMs: NOON_MS + 1 });
    expect(history.corruptIds).toEqual(['position-2']);
    expect(history.modes).toMatchObject([{ healingUnknownCount: 1, refusals: [{ count: 2, positionCount: 1 }] }]);
  });
});
