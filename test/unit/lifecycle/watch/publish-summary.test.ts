import { describe, expect, it } from 'vitest';
import { decodeSummaryRequest } from '#lib/contracts/summary-request.ts';
import type { DomainEvent } from '#lib/domain/news/domain-event.ts';
import type { Mode, Position } from '#lib/domain/position/position.ts';
import type { Halt } from '#lib/domain/position/risk-limits.ts';
import {
  CorruptRowError,
  InvalidInputError,
  RateLimitedError,
  StoreUnavailableError,
  UpstreamUnavailableError,
} from '#lib/errors/errors.ts';
import { publishSummary } from '#lib/lifecycle/watch/publish-summary.ts';
import type { ClosedPageRequest } from '#lib/ports/store/position-store.ts';
import { createFakeNoticeLedger } from '#test/contract/notice-ledger-fake.ts';
import { HALT } from '#test/factories/a-halt.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { anEvent } from '#test/factories/an-event.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 0, 10);
const COMMAND = { stage: 'test', day: '2026-11-22', leaseMs: 60_000 };

/** A day with three ids per page. */
function aDay(rows: readonly (Position | Error)[], liveHalt: Halt | null = null) {
  const published: DomainEvent[] = [];
  const failures: Error[] = [];
  const read = { timelines: 0, atOnce: 0, atOnceMax: 0 };
  const deps = {
    clock: { nowMs: () => NOW_MS },
    ledger: createFakeNoticeLedger({ nowMs: () => NOW_MS }),
    bus: {
      publish: async (events: readonly DomainEvent[]) => {
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
        published.push(...events);
      },
    },
    store: {
      listClosed: async (_day: string, { pageToken = '0' }: ClosedPageRequest = {}) => {
        const start = Number(pageToken);
        const positionIds = rows.slice(start, start + 3).map((_, index) => String(start + index));
        return { positionIds, ...(start + 3 < rows.length && { nextPageToken: String(start + 3) }) };
      },
      find: async (positionId: string) => {
        read.atOnce += 1;
        read.atOnceMax = Math.max(read.atOnceMax, read.atOnce);
        await Promise.resolve();
        read.atOnce -= 1;
        const row = rows[Number(positionId)];
        if (row instanceof Error) throw row;
        return row;
      },
      getAccount: async (mode: Mode) => ({
        mode,
        openCount: 0,
        exposureMicros: 0n,
        dayLossMicros: 0n,
        halt: mode === 'live' ? liveHalt : null,
      }),
      listTimeline: async () => {
        read.timelines += 1;
        return [];
      },
    },
  };
  return {
    deps,
    published,
    failures,
    read,
    publish: (overrides = {}) => publishSummary(deps, { ...COMMAND, ...overrides }),
  };
}

const sold = aPosition({ state: 'exited' });

describe('the daily summary', () => {
  it('adds up every page and reads timelines only of positions that were refused', async () => {
    const refused = aPosition({ state: 'exited', refusals: { 'unsettled-buy': 2 } });
    const day = aDay([...Array.from({ length: 7 }, () => sold), refused]);
    const result = await day.publish();
    expect(result).toMatchObject({
      outcome: 'published',
      summary: { day: '2026-11-22', modes: [{ positionCount: 8 }] },
    });
    expect(day.published).toHaveLength(1);
    expect(day.read.timelines).toBe(1);
    expect(day.read.atOnceMax).toBeLessThanOrEqual(10);
  });

  it('is published once however often it is run, and on a day without positions too', async () => {
    const day = aDay([]);
    expect(await day.publish()).toMatchObject({ outcome: 'published', summary: { modes: [] } });
    expect(await day.publish()).toEqual({ outcome: 'already-published' });
    expect(await day.publish({ day: '2026-11-21' })).toMatchObject({ outcome: 'published' });
    expect(day.published).toHaveLength(2);
  });

  it('is not published by two runs at once', async () => {
    const day = aDay([sold]);
    const [first, second] = await Promise.allSettled([day.publish(), day.publish()]);
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ status: 'rejected', reason: expect.any(RateLimitedError) });
  });

  it('can be run again at once when the bus did not accept it', async () => {
    const day = aDay([sold]);
    day.failures.push(new UpstreamUnavailableError('The bus was not reached'));
    await expect(day.publish()).rejects.toBeInstanceOf(UpstreamUnavailableError);
    expect(await day.publish()).toMatchObject({ outcome: 'published' });
  });

  it('names the modes whose openings are halted, and why', async () => {
    expect(await aDay([sold]).publish()).toMatchObject({ summary: { halts: [] } });
    expect(await aDay([sold], HALT).publish()).toMatchObject({ summary: { halts: [{ mode: 'live', halt: HALT }] } });
  });

  it('leaves nothing published where a row does not load, so that it can be run again', async () => {
    const failure = new StoreUnavailableError('throttled');
    const day = aDay([failure]);
    await expect(day.publish()).rejects.toBe(failure);
    expect(day.published).toEqual([]);
  });

  it('counts a row that is gone, or open, as one that it cannot read', async () => {
    const day = aDay([aPosition({ state: 'holding' }), sold]);
    expect(await day.publish()).toMatchObject({ summary: { unreadableCount: 1, modes: [{ positionCount: 1 }] } });
    const find = async () => undefined;
    const gone = publishSummary({ ...day.deps, store: { ...day.deps.store, find } }, { ...COMMAND, day: '2026-11-21' });
    expect(await gone).toMatchObject({ summary: { unreadableCount: 2, modes: [] } });
  });

  it('reads no more than ten positions side by side, each once', async () => {
    const day = aDay([]);
    const listClosed = async () => ({ positionIds: Array.from({ length: 20 }, (_, index) => String(index)) });
    let [atOnce, atOnceMax, count] = [0, 0, 0];
    const find = async () => {
      [atOnce, count] = [atOnce + 1, count + 1];
      atOnceMax = Math.max(atOnceMax, atOnce);
      await Promise.resolve();
      atOnce -= 1;
      return sold;
    };
    await publishSummary({ ...day.deps, store: { ...day.deps.store, listClosed, find } }, COMMAND);
    expect([atOnceMax, count]).toEqual([10, 20]);
  });

  it('tells of refusals by the timeline, from its beginning', async () => {
    const refused = aPosition({ state: 'exited', refusals: { 'unsettled-buy': 1 } });
    const day = aDay([refused]);
    const events = [
      { type: 'opened', atMs: NOW_MS } as const,
      anEvent({ type: 'sell-intended', atMs: NOW_MS }),
      anEvent({ type: 'order-refused', atMs: NOW_MS }),
      anEvent({ type: 'order-accepted', atMs: NOW_MS + 1_500 }),
    ];
    const listTimeline = async () => events.map((event, index) => ({ version: index + 1, event, evidence: {} }));
    const result = await publishSummary({ ...day.deps, store: { ...day.deps.store, listTimeline } }, COMMAND);
    expect(JSON.stringify(result)).toContain('unsettled-buy');
  });

  it('counts rows it cannot read and goes on', async () => {
    const day = aDay([new CorruptRowError('corrupt'), sold]);
    expect(await day.publish()).toMatchObject({ summary: { unreadableCount: 1, modes: [{ positionCount: 1 }] } });
  });
});

describe('a request for a summary', () => {
  it('is for the day before the rule ran, however late it is handled', () => {
    const event = { 'detail-type': 'Scheduled Event', time: '2026-11-23T00:10:00Z', detail: {} };
    expect(decodeSummaryRequest(event, NOW_MS + 86_400_000)).toEqual({ day: '2026-11-22' });
  });

  it('may name a day, which must be over', () => {
    expect(decodeSummaryRequest({ day: '2026-11-01' }, NOW_MS)).toEqual({ day: '2026-11-01' });
    expect(decodeSummaryRequest({}, NOW_MS)).toEqual({ day: '2026-11-22' });
    for (const event of [{ day: '2026-11-23' }, { day: 'yesterday' }, null, { day: '2026-11-01', more: 1 }]) {
      expect(() => decodeSummaryRequest(event, NOW_MS)).toThrow(InvalidInputError);
    }
  });
});
