import { expect, it } from 'vitest';
import { CorruptRowError, StoreUnavailableError } from '#lib/errors/errors.ts';
import { listTightened } from '#lib/lifecycle/read/list-tightened.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';

const LIVE = { atMs: 1, by: 'alice', reason: null, limits: { openCountMax: 2 } };
const storeWith = (findTightened: PositionStore['findTightened']) => ({ findTightened });
const store = storeWith(async (mode) => (mode === 'live' ? LIVE : undefined));

it('modes with a row are listed, of all modes or of those asked for', async () => {
  expect(await listTightened(store)).toEqual([{ mode: 'live', tightened: LIVE }]);
  expect(await listTightened(store, ['paper'])).toEqual([]);
});

it('a row that cannot be read is listed without its limits, because nothing is opened then', async () => {
  const corrupt = storeWith(() => Promise.reject(new CorruptRowError('The row cannot be read', {})));
  expect(await listTightened(corrupt, ['paper'])).toEqual([{ mode: 'paper', tightened: null }]);
});

it('a table that does not answer is no empty list', async () => {
  const down = storeWith(() => Promise.reject(new StoreUnavailableError('throttled')));
  await expect(listTightened(down)).rejects.toBeInstanceOf(StoreUnavailableError);
});
