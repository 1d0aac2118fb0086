import { describe, expect, test } from 'vitest';
import { CorruptRowError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { sweepOverdue } from '#lib/lifecycle/watch/sweep-overdue.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import { createTradingWorld, ENDS_AT_MS, EXIT_AT_MS, OPENED_AT_MS } from '#test/fakes/trading-world.ts';

async function aWorldAt(atMs: number) {
  const world = createTradingWorld();
  world.faults.isSweepOn = false;
  await world.open();
  await world.runUntil(OPENED_AT_MS + 30_000);
  world.faults.isDeliveryOn = false;
  await world.runUntil(atMs);
  const sent: WakeMessage[] = [];
  const queue = { send: async (message: WakeMessage) => void sent.push(message) };
  return { world, sent, deps: { clock: world.clock, store: world.store, queue } };
}

describe('the sweep', () => {
  test('leaves a position alone whose next step is not overdue', async () => {
    const { deps, sent } = await aWorldAt(EXIT_AT_MS + 4_000);
    expect(await sweepOverdue(deps)).toMatchObject({ overdueIds: [], openCount: { paper: 1, live: 0 } });
    expect(sent).toEqual([]);
  });

  test('sends the wake-up of an overdue position again', async () => {
    const { deps, sent } = await aWorldAt(EXIT_AT_MS + 5_000);
    expect((await sweepOverdue(deps)).overdueIds).toEqual(['position-000001']);
    expect(sent).toEqual([{ positionId: 'position-000001', wakeUpId: 'exit', source: 'sweep' }]);
  });

  test('reports a position that is open a minute after its market as unmanaged', async () => {
    const { deps } = await aWorldAt(ENDS_AT_MS + 60_001);
    expect(await sweepOverdue(deps)).toMatchObject({ unmanagedIds: ['position-000001'] });
  });

  test('reports it although its wake-up cannot be sent, since it cannot tell of itself', async () => {
    const { deps } = await aWorldAt(ENDS_AT_MS + 60_001);
    const queue = { send: () => Promise.reject(new UpstreamUnavailableError('The queue was not reached')) };
    const found = await sweepOverdue({ ...deps, queue });
    expect(found).toMatchObject({ unmanagedIds: ['position-000001'], failedIds: ['position-000001'], overdueIds: [] });
  });

  test.each([
    [29_999, []],
    [30_000, ['position-000001']],
  ])('pages for an exit without any step %i ms after it was due, long before the end', async (afterMs, expected) => {
    const { deps } = await aWorldAt(EXIT_AT_MS + 1_000);
    const find = async (positionId: string) => {
      const position = await deps.store.find(positionId);
      return position && { ...position, marketEndsAtMs: ENDS_AT_MS + 86_400_000 };
    };
    const clock = { ...deps.clock, nowMs: () => EXIT_AT_MS + afterMs };
    expect((await sweepOverdue({ ...deps, clock, store: { ...deps.store, find } })).unmanagedIds).toEqual(expected);
  });

  test('trusts the row and not the index', async () => {
    const { deps, sent } = await aWorldAt(EXIT_AT_MS);
    const listDue = async () => ['position-000001', 'position-gone'];
    expect((await sweepOverdue({ ...deps, store: { ...deps.store, listDue } })).overdueIds).toEqual([]);
    expect(sent).toEqual([]);
  });

  test('finds the others although one row cannot be read', async () => {
    const { deps, sent } = await aWorldAt(EXIT_AT_MS + 30_000);
    const store = {
      ...deps.store,
      listDue: async () => ['broken', 'position-000001'],
      find: async (positionId: string) => {
        if (positionId === 'broken') throw new CorruptRowError('not a position');
        return deps.store.find(positionId);
      },
    };
    expect(await sweepOverdue({ ...deps, store })).toMatchObject({
      corruptIds: ['broken'],
      overdueIds: ['position-000001'],
    });
    expect(sent).toHaveLength(1);
  });

  test('reports what it found although one position cannot be woken', async () => {
    const { deps } = await aWorldAt(EXIT_AT_MS + 30_000);
    const queue = {
      send: async () => {
        throw new UpstreamUnavailableError('the queue did not answer');
      },
    };
    expect(await sweepOverdue({ ...deps, queue })).toMatchObject({ failedIds: ['position-000001'], overdueIds: [] });
  });
});
