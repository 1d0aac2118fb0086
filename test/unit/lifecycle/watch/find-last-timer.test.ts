import { expect, it } from 'vitest';
import { canaryRequestId, canarySlotMs, findLastTimerMs, judgeCanary } from '#lib/lifecycle/watch/judge-canary.ts';
import { aPosition } from '#test/factories/a-position.ts';

const PERIOD_MS = 300_000;
const SLOT_MS = 4_000 * PERIOD_MS;
const NOW_MS = SLOT_MS + 120_000;

/** Canaries by how many periods ago they began, each with its first sell. */
async function lastTimer(soldAtMs: Readonly<Record<number, number | null>>) {
  const asked: string[] = [];
  const rows = new Map(
    Object.entries(soldAtMs).map(([back, atMs]) => [canaryRequestId(SLOT_MS - Number(back) * PERIOD_MS), atMs]),
  );
  const lastMs = await findLastTimerMs(
    {
      clock: { nowMs: () => NOW_MS },
      store: {
        findIdByRequest: async (id) => {
          asked.push(id);
          return rows.has(id) ? id : undefined;
        },
        find: async (id) => aPosition({ state: 'holding', firstExitAttemptAtMs: rows.get(id) ?? null }),
      },
    },
    PERIOD_MS,
  );
  return { lastMs, askedCount: asked.length };
}

it('a period begins at a multiple of its length', () => {
  expect([canarySlotMs(NOW_MS, PERIOD_MS), canarySlotMs(SLOT_MS, PERIOD_MS)]).toEqual([SLOT_MS, SLOT_MS]);
});

it('the last timer is the first sell of the newest canary that has one', async () => {
  expect(await lastTimer({ 0: null, 2: 7_000, 3: 6_000 })).toEqual({ lastMs: 7_000, askedCount: 3 });
  expect(await lastTimer({ 0: 9_000 })).toEqual({ lastMs: 9_000, askedCount: 1 });
});

it('twelve periods are searched for it, and no more', async () => {
  expect(await lastTimer({ 11: 5_000 })).toEqual({ lastMs: 5_000, askedCount: 12 });
  expect(await lastTimer({ 12: 5_000 })).toEqual({ lastMs: null, askedCount: 12 });
});

it('a canary that is not sold is late until now, and its notice is not looked for', async () => {
  const canary = aPosition({ state: 'exiting', origin: 'canary', exitDueAtMs: NOW_MS - 2_000 });
  const store = { findIdByRequest: async () => 'id', find: async () => canary };
  const ledger = { isSent: async () => true };
  expect(await judgeCanary({ clock: { nowMs: () => NOW_MS }, store, ledger }, 'canary-1')).toMatchObject({
    ...{ isSold: false, isAnnounced: false, latenessMs: 2_000 },
  });
});
