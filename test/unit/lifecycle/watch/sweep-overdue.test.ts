import { describe, expect, it } from 'vitest';
import type { OpenPosition, Position } from '#lib/domain/position/position.ts';
import { CorruptRowError, InvariantError, StoreUnavailableError } from '#lib/errors/errors.ts';
import { sweepOverdue } from '#lib/lifecycle/watch/sweep-overdue.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import { aPosition } from '#test/factories/a-position.ts';

const exiting = aPosition({ state: 'exiting' });
const { exitDueAtMs: DUE_AT_MS, marketEndsAtMs: ENDS_AT_MS } = exiting;
const dueAt = (atMs: number): OpenPosition => ({ ...exiting, wakeUp: { id: 'v4', atMs } });

async function sweepAt(nowMs: number, rows: readonly (Position | Error)[], countOpen = async () => NONE) {
  const asked: unknown[] = [];
  const sent: WakeMessage[] = [];
  const report = await sweepOverdue({
    clock: { nowMs: () => nowMs, sleepUntil: async () => undefined },
    queue: { send: async (message) => void sent.push(message) },
    store: {
      countOpen,
      listDue: async (...args) => {
        asked.push(args);
        return rows.map((_, index) => String(index));
      },
      find: async (id) => {
        const row = rows[Number(id)];
        if (row instanceof Error) throw row;
        return row && { ...row, positionId: id };
      },
    },
  });
  return { report, asked, sent };
}

const NONE = { paper: 0, live: 0 };
const stalledAt = async (nowMs: number, position: Position) => {
  const { unmanagedIds, stalled } = (await sweepAt(nowMs, [position])).report;
  return { isUnmanaged: unmanagedIds.length === 1, stalledCount: stalled.length };
};

it('a sweep asks for what was due five seconds ago, and for no more than it can wake in a minute', async () => {
  expect((await sweepAt(DUE_AT_MS, [])).asked).toEqual([[DUE_AT_MS - 5_000, 500]]);
});

it('every overdue position is woken once, however many there are', async () => {
  const rows = Array.from({ length: 120 }, () => dueAt(DUE_AT_MS));
  const { report, sent } = await sweepAt(DUE_AT_MS + 10_000, rows);
  const ids = rows.map((_, index) => String(index));
  expect(report).toEqual({
    ...{ openCount: NONE, overdueIds: ids, unmanagedIds: [], stalled: [], corruptIds: [], failedIds: [] },
  });
  expect(sent.map(({ positionId }) => positionId)).toEqual(ids);
});

it('one that has ended, or is not overdue, is left alone', async () => {
  const { report, sent } = await sweepAt(DUE_AT_MS, [aPosition({ state: 'exited' }), dueAt(DUE_AT_MS - 4_999)]);
  expect([report.overdueIds, report.failedIds, sent]).toEqual([[], [], []]);
});

it('one whose next step is planned is not unmanaged, although the exit was due long before', async () => {
  const { report, sent } = await sweepAt(ENDS_AT_MS + 60_001, [
    aPosition({ state: 'exited' }),
    dueAt(ENDS_AT_MS + 55_002),
  ]);
  expect([report.overdueIds, report.unmanagedIds, report.stalled, sent]).toEqual([[], [], [], []]);
});

describe('an exit is stalled', () => {
  it.each([
    [29_999, { isUnmanaged: false, stalledCount: 0 }],
    [30_000, { isUnmanaged: true, stalledCount: 1 }],
  ])('%s ms after its next step was due, although the exit was due long before', async (afterMs, expected) => {
    expect(await stalledAt(DUE_AT_MS + 60_000 + afterMs, dueAt(DUE_AT_MS + 60_000))).toEqual(expected);
  });

  it('not before the exit is due, whatever else was', async () => {
    expect(await stalledAt(DUE_AT_MS - 1, dueAt(DUE_AT_MS - 60_000))).toEqual({ isUnmanaged: false, stalledCount: 0 });
  });

  it.each([
    ['until its market ends', ENDS_AT_MS - 1, { isUnmanaged: true, stalledCount: 1 }],
    ['and not from then on, because nothing can be sold', ENDS_AT_MS, { isUnmanaged: false, stalledCount: 0 }],
    ['up to a minute after it', ENDS_AT_MS + 60_000, { isUnmanaged: false, stalledCount: 0 }],
    ['but is unmanaged later', ENDS_AT_MS + 60_001, { isUnmanaged: true, stalledCount: 0 }],
  ])('%s', async (_when, nowMs, expected) => {
    expect(await stalledAt(nowMs, dueAt(DUE_AT_MS))).toEqual(expected);
  });

  it('not while it only waits for its market to be resolved', async () => {
    const waiting = aPosition({ state: 'awaiting-resolution' });
    expect(await stalledAt(ENDS_AT_MS + 600_000, waiting)).toEqual({ isUnmanaged: false, stalledCount: 0 });
  });
});

it('counters that are corrupt do not stop a sweep, and a table that does not answer does', async () => {
  const failing = (error: Error) => sweepAt(DUE_AT_MS, [], () => Promise.reject(error));
  expect((await failing(new CorruptRowError('no counters', {}))).report.openCount).toBeNull();
  await expect(failing(new StoreUnavailableError('throttled'))).rejects.toBeInstanceOf(StoreUnavailableError);
});

it('a row that does not load is tried again by the next sweep, and a bug is thrown', async () => {
  const { report } = await sweepAt(DUE_AT_MS, [new StoreUnavailableError('throttled'), new CorruptRowError('odd', {})]);
  expect([report.failedIds, report.corruptIds]).toEqual([['0'], ['1']]);
  await expect(sweepAt(DUE_AT_MS, [new InvariantError('A bug')])).rejects.toBeInstanceOf(InvariantError);
});
