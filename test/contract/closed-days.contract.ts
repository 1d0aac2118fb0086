import { describe, expect, it } from 'vitest';
import type { Position } from '#lib/domain/position/position.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import type { ClosedPageRequest, PositionStore } from '#lib/ports/store/position-store.ts';
import { HALT } from '#test/factories/a-halt.ts';
import { aPosition, somePositionTerms } from '#test/factories/a-position.ts';
import { aChange, anOpening, type StoreUnderTest } from './position-store.contract.ts';

const LIMITS = DEFAULT_RISK_LIMITS;
const MIDNIGHT_MS = Date.UTC(2026, 2, 13);
const { openedAtMs: OPENED_AT_MS } = somePositionTerms();

async function openAndClose(
  store: PositionStore,
  n: number,
  closedAtMs: number,
  origin: Position['origin'] = 'request',
): Promise<void> {
  const opening = anOpening(n, { origin });
  expect(await store.create(opening, LIMITS)).toEqual({ outcome: 'created' });
  await store.save(aChange(opening, aPosition({ state: 'worthless', closedAtMs })));
}

async function listAll(
  store: PositionStore,
  day: string,
  page: Omit<ClosedPageRequest, 'pageToken'> = {},
): Promise<readonly string[]> {
  const ids: string[] = [];
  let pageToken: string | undefined;
  do {
    const { positionIds, nextPageToken } = await store.listClosed(day, { ...page, pageToken });
    expect(positionIds.length).toBeLessThanOrEqual(page.limit ?? 100);
    ids.push(...positionIds);
    pageToken = nextPageToken;
  } while (pageToken !== undefined);
  return ids;
}

/** Which positions ended on a day, and that a canary leaves no trace in accounts. */
export function describeClosedDays(name: string, makeStore: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    it('name the positions that ended on a UTC day, in the order in which they ended', async () => {
      const { store } = await makeStore();
      await openAndClose(store, 1, MIDNIGHT_MS + 2);
      await openAndClose(store, 2, MIDNIGHT_MS - 1);
      await openAndClose(store, 3, MIDNIGHT_MS + 3);
      expect(await listAll(store, '2026-03-12')).toEqual(['position-2']);
      expect(await listAll(store, '2026-03-13')).toEqual(['position-1', 'position-3']);
      expect(await listAll(store, '2026-03-14')).toEqual([]);
    });

    it('name all of a day that fills more than one page, each once, and their rows can be read together', async () => {
      const { store } = await makeStore();
      const numbers = Array.from({ length: 130 }, (_, n) => n);
      for (let start = 0; start < numbers.length; start += 20) {
        const some = numbers.slice(start, start + 20);
        await Promise.all(some.map((n) => openAndClose(store, n, MIDNIGHT_MS + n)));
      }
      const ids = await listAll(store, '2026-03-13');
      expect(ids).toHaveLength(130);
      expect(new Set(ids).size).toBe(130);
      const { positions, corruptIds } = await store.findMany([...ids, 'unknown']);
      expect(positions.map(({ positionId }) => positionId)).toEqual(ids);
      expect(corruptIds).toEqual([]);
    });

    it('are read backwards too, in pages of the asked size', async () => {
      const { store } = await makeStore();
      for (const n of [1, 2, 3, 4, 5]) await openAndClose(store, n, MIDNIGHT_MS + n);
      const newest = ['position-5', 'position-4', 'position-3', 'position-2', 'position-1'];
      expect(await listAll(store, '2026-03-13', { newestFirst: true, limit: 2 })).toEqual(newest);
      expect(await listAll(store, '2026-03-13', { limit: 3 })).toEqual(newest.toReversed());
    });

    it('read no row where none is asked for', async () => {
      const { store } = await makeStore();
      expect(await store.findMany([])).toEqual({ positions: [], corruptIds: [] });
    });

    it('do not know an open position', async () => {
      const { store } = await makeStore();
      const opening = anOpening(1);
      await store.create(opening, LIMITS);
      await store.save(aChange(opening, aPosition({ state: 'holding' })));
      expect(await listAll(store, '2026-03-12')).toEqual([]);
    });

    it('do not know canaries, whose loss and room count nowhere either', async () => {
      const { store } = await makeStore();
      await openAndClose(store, 1, MIDNIGHT_MS, 'canary');
      expect(await listAll(store, '2026-03-13')).toEqual([]);
      await store.create(anOpening(2, { origin: 'canary' }), LIMITS);
      expect(await store.getAccount('paper', MIDNIGHT_MS)).toEqual({
        mode: 'paper',
        openCount: 0,
        exposureMicros: 0n,
        dayLossMicros: 0n,
        halt: null,
      });
    });

    it('let a canary in where limits and halt let nobody in, but not into an occupied market of its wallet', async () => {
      const { store } = await makeStore();
      await store.setHalt('paper', HALT);
      const noLimits = { ...LIMITS, openCountMax: 0, dayLossMicrosMax: 0n };
      const canary = anOpening(1, { origin: 'canary', openedAtMs: OPENED_AT_MS });
      expect(await store.create(canary, noLimits)).toEqual({ outcome: 'created' });
      const second = anOpening(2, { origin: 'canary', conditionId: canary.conditionId });
      expect(await store.create(second, noLimits)).toEqual({ outcome: 'refused', code: 'market-occupied' });
      expect(await store.create(canary, noLimits)).toEqual({ outcome: 'created' });
    });
  });
}
