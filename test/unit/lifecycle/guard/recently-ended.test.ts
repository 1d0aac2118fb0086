import { expect, it } from 'vitest';
import type { Mode } from '#lib/domain/position/position.ts';
import { findCountsFromMs } from '#lib/lifecycle/guard/recently-ended.ts';
import { aPosition, WALLET } from '#test/factories/a-position.ts';

const NOW_MS = Date.UTC(2026, 2, 13, 12);

async function countsFrom(
  ends: readonly { readonly agoMs: number; readonly conditionId?: string }[],
  mode: Mode = 'live',
) {
  const positions = ends.map(({ agoMs, conditionId = '0xc1' }) =>
    aPosition({ ...{ state: 'exited', mode: 'live', conditionId }, closedAtMs: NOW_MS - agoMs }),
  );
  const store = {
    listClosed: async () => ({ positionIds: positions.map((_, index) => String(index)) }),
    findMany: async () => ({ positions, corruptIds: [] }),
  };
  const clock = { nowMs: () => NOW_MS, sleepUntil: async () => undefined };
  const fromMs = await findCountsFromMs({ clock, store }, { mode, wallet: WALLET, conditionId: '0xc1' });
  return fromMs === undefined ? undefined : fromMs - NOW_MS;
}

it('blocks count from some time after the last end of the market on', async () => {
  const last = await countsFrom([{ agoMs: 20_000 }]);
  expect(last).toBeGreaterThan(-20_000);
  expect(await countsFrom([{ agoMs: 20_000 }, { agoMs: 300_000 }])).toBe(last);
});

it('every block counts where none of the market ended in the last ten minutes, and always on paper', async () => {
  expect(await countsFrom([])).toBeUndefined();
  expect(await countsFrom([{ agoMs: 20_000, conditionId: '0xc2' }])).toBeUndefined();
  expect(await countsFrom([{ agoMs: 600_001 }])).toBeUndefined();
  expect(await countsFrom([{ agoMs: 600_000 }])).toBeDefined();
  expect(await countsFrom([{ agoMs: 20_000 }], 'paper')).toBeUndefined();
});
