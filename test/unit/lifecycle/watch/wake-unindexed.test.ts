import { expect, it } from 'vitest';
import { wakeUnindexed } from '#lib/lifecycle/watch/sweep-overdue.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import { aPosition } from '#test/factories/a-position.ts';

const LAST_MINUTE_MS = Date.UTC(2026, 10, 30, 8, 59, 20);

type Given = {
  readonly nowMs?: number;
  readonly waitingIds?: readonly string[];
  readonly indexedIds?: readonly string[];
  readonly openCount?: { readonly paper: number; readonly live: number } | null;
};

/** What the search wakes, what it sends, and how often it reads the whole table. */
async function search({ nowMs = LAST_MINUTE_MS, waitingIds = [], indexedIds = [], ...rest }: Given) {
  const { openCount = { paper: waitingIds.length, live: 0 } } = rest;
  const sent: (WakeMessage & { readonly atMs: number })[] = [];
  let listCount = 0;
  const woken = await wakeUnindexed(
    {
      clock: { nowMs: () => nowMs, sleepUntil: async () => undefined },
      queue: { send: async (message, atMs) => void sent.push({ ...message, atMs }) },
      store: {
        listDue: async () => [...indexedIds],
        find: async () => undefined,
        countOpen: async () => ({ paper: 0, live: 0 }),
        list: async (state) => {
          listCount += 1;
          expect(state).toBe('awaiting-resolution');
          return waitingIds.map((positionId) => aPosition({ state: 'awaiting-resolution', positionId }));
        },
      },
    },
    openCount,
  );
  return { woken, sent, listCount };
}

it('wakes what waits for its result outside the index, through the settle queue', async () => {
  const { woken, sent } = await search({ waitingIds: ['old', 'new'], indexedIds: ['new'] });
  expect(woken).toEqual(['old']);
  expect(sent).toEqual([
    { positionId: 'old', wakeUpId: 'settle', source: 'sweep', to: 'settle', atMs: LAST_MINUTE_MS },
  ]);
});

it('searches once an hour, in its last minute', async () => {
  for (const minute of [0, 15, 58]) {
    const nowMs = Date.UTC(2026, 10, 30, 8, minute, 30);
    expect(await search({ nowMs, waitingIds: ['old'] })).toEqual({ woken: [], sent: [], listCount: 0 });
  }
});

it('does not read the table while the index holds as many as are counted', async () => {
  const { listCount } = await search({ waitingIds: ['new'], indexedIds: ['new'], openCount: { paper: 1, live: 0 } });
  expect(listCount).toBe(0);
});

it('counts live positions as well as those on paper', async () => {
  const { woken } = await search({ waitingIds: ['old'], indexedIds: ['a'], openCount: { paper: 1, live: 1 } });
  expect(woken).toEqual(['old']);
});

it('does nothing when the counters cannot be read', async () => {
  expect(await search({ waitingIds: ['old'], openCount: null })).toEqual({ woken: [], sent: [], listCount: 0 });
});
