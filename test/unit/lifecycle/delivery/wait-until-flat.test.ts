import { describe, expect, it } from 'vitest';
import type { Position } from '#lib/domain/position/position.ts';
import {
  describe as describePosition,
  flatDeadlineMs,
  waitUntilFlat,
} from '#lib/lifecycle/delivery/wait-until-flat.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { createFakeClock } from '#test/fakes/fake-clock.ts';

const NOW_MS = 1_773_307_210_000;
const UNTIL_MS = NOW_MS + 60_000;
const named = (positionId: string, exitDueAtMs = UNTIL_MS) => ({
  ...aPosition({ state: 'holding', positionId }),
  exitDueAtMs,
});

async function wait(open: (passedMs: number) => readonly Position[], corruptIds: readonly string[] = []) {
  const clock = createFakeClock(NOW_MS);
  const said: string[] = [];
  const openNow = () => open(clock.nowMs() - NOW_MS);
  const store = {
    listDue: async () => openNow().map(({ positionId }) => positionId),
    listClosed: async () => ({ positionIds: [] }),
    findMany: async () => ({ positions: openNow(), corruptIds }),
  };
  const deps = { clock, isInterrupted: () => false, store, say: (text: string) => void said.push(text) };
  const flat = await clock.run(waitUntilFlat(deps, UNTIL_MS));
  return { flat, said, passedMs: clock.nowMs() - NOW_MS };
}

describe('waitUntilFlat', () => {
  it('believes an empty index after five seconds', async () => {
    expect(await wait(() => [])).toEqual({ flat: { outcome: 'flat' }, said: [], passedMs: 5_000 });
  });

  it('waits for a position that the index shows late', async () => {
    const { flat, said, passedMs } = await wait((ms) => (ms >= 5_000 && ms < 20_000 ? [named('late')] : []));
    expect(flat).toEqual({ outcome: 'flat' });
    expect([said.length, passedMs]).toEqual([1, 20_000]);
  });

  it('says for what it waits when that changes', async () => {
    const [a, b] = [named('a'), named('b')];
    const { said } = await wait((ms) => (ms < 10_000 ? [a, b] : ms < 20_000 ? [b] : []));
    expect(said).toEqual([
      `Waiting for ${describePosition(a)}, ${describePosition(b)}.`,
      `Waiting for ${describePosition(b)}.`,
    ]);
  });

  it.each(['buying', 'holding', 'exiting'] as const)('does not end while a position is %s', async (state) => {
    const position = { ...aPosition({ state }), exitDueAtMs: UNTIL_MS };
    expect(await wait(() => [position])).toMatchObject({
      flat: { outcome: 'open', positions: [position], corruptIds: [] },
      passedMs: 60_000,
    });
  });

  it('gives up at once for an exit that is due later, and names that alone', async () => {
    const late = named('late', UNTIL_MS + 1);
    expect(await wait(() => [named('early'), late])).toEqual({
      flat: { outcome: 'open', positions: [late], corruptIds: [] },
      ...{ said: [], passedMs: 0 },
    });
  });

  it('gives up at once for a row that cannot be read', async () => {
    const corruptIds = ['position-9'];
    for (const positions of [[], [named('early')], [named('early'), named('late', UNTIL_MS + 1)]]) {
      expect(await wait(() => positions, corruptIds)).toEqual({
        flat: { outcome: 'open', positions, corruptIds },
        ...{ said: [], passedMs: 0 },
      });
    }
  });

  it('leaves two minutes after the last exit', () => {
    expect(flatDeadlineMs(NOW_MS, 600_000)).toBe(NOW_MS + 720_000);
  });

  it('names a position with its mode, its state and its exit', () => {
    expect(describePosition(named('a', NOW_MS))).toBe('a (paper, holding, exit at 2026-03-12 09:20:10 UTC)');
  });
});
