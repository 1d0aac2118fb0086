import { describe, expect, it } from 'vitest';
import { positionsCsv, totalsCsv } from '#lib/cli/render/positions-csv.ts';
import { renderTotals, totalsLine } from '#lib/cli/render/totals-table.ts';
import { plainPaint, TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import { toPositionAnswer } from '#lib/contracts/open-answer.ts';
import type { Origin, Position } from '#lib/domain/position/position.ts';
import { totalsOf } from '#lib/domain/position/position-totals.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import { InvalidInputError, PositionNotFoundError } from '#lib/errors/errors.ts';
import { listClosed, listOpen, readClosed, readOpen, sumDay } from '#lib/lifecycle/read/list-positions.ts';
import { requestExit } from '#lib/lifecycle/sell/request-exit.ts';
import type { WakeMessage } from '#lib/ports/exit-queue.ts';
import { createMemoryPositionStore } from '#lib/simulation/world/memory-position-store.ts';
import { aChange, anOpening } from '#test/contract/position-store.contract.ts';
import { aPosition } from '#test/factories/a-position.ts';

const NOON_MS = Date.UTC(2026, 2, 13, 12);
const DAY_MS = 86_400_000;

async function aStore() {
  const store = createMemoryPositionStore();
  const open = async (n: number, overrides: Parameters<typeof anOpening>[1] = {}) => {
    const opening = anOpening(n, overrides);
    expect(await store.create(opening, DEFAULT_RISK_LIMITS)).toEqual({ outcome: 'created' });
    return opening;
  };
  const close = async (n: number, closedAtMs: number, after: Partial<Position> = {}) =>
    store.save(aChange(await open(n), aPosition({ state: 'worthless', closedAtMs, ...after } as never)));
  return { store, open, close };
}

const idsOf = ({ positions }: { readonly positions: readonly Position[] }) =>
  positions.map(({ positionId }) => positionId);

describe('a list of open positions', () => {
  it('has them newest first, by pages that shift with nothing that ends meanwhile', async () => {
    const { store, open, close } = await aStore();
    for (const n of [1, 2, 3]) await open(n);
    await close(4, NOON_MS);
    const first = await listOpen({ store }, { limit: 2 });
    expect(idsOf(first)).toEqual(['position-3', 'position-2']);
    await store.save(aChange(anOpening(3), aPosition({ state: 'worthless', closedAtMs: NOON_MS })));
    const second = await listOpen({ store }, { limit: 2, pageToken: first.nextPageToken });
    expect([idsOf(second), second.nextPageToken]).toEqual([['position-1'], undefined]);
  });

  it('leaves out what the index still shows after its end', async () => {
    const { store, open, close } = await aStore();
    await open(1);
    await close(2, NOON_MS);
    const lagging = { ...store, listDue: async () => ['position-1', 'position-2'] };
    expect(idsOf(await listOpen({ store: lagging }, { limit: 5 }))).toEqual(['position-1']);
  });

  it('sorts what the index gives in another order, and names the next page only where there is one', async () => {
    const { store, open } = await aStore();
    for (const n of [2, 3, 1, 4]) await open(n);
    const first = await listOpen({ store }, { limit: 3 });
    expect([idsOf(first), first.nextPageToken]).toEqual([['position-4', 'position-3', 'position-2'], 'position-2']);
    const all = await listOpen({ store }, { limit: 4 });
    expect(idsOf(all)).toEqual(['position-4', 'position-3', 'position-2', 'position-1']);
    expect(all).not.toHaveProperty('nextPageToken');
  });

  it('takes in those of a state, or of a wallet in any case of its letters', async () => {
    const { store, open } = await aStore();
    const wallet = `0x${'aB'.repeat(20)}`;
    await open(1);
    await open(2, { wallet });
    await store.save(aChange(await open(3), aPosition({ state: 'holding' })));
    expect(idsOf(await readOpen({ store }, { state: 'holding' }))).toEqual(['position-3']);
    expect(idsOf(await readOpen({ store }, { wallet: wallet.toLowerCase() }))).toEqual(['position-2']);
    expect(idsOf(await readOpen({ store }, { wallet }))).toEqual(['position-2']);
  });

  it('leaves out canaries and other modes', async () => {
    const { store, open } = await aStore();
    await open(1, { origin: 'canary' });
    await open(2, { mode: 'live' });
    await open(3);
    expect(idsOf(await readOpen({ store }, {}))).toEqual(['position-3', 'position-2']);
    expect(idsOf(await readOpen({ store }, { mode: 'live' }))).toEqual(['position-2']);
    expect(idsOf(await readOpen({ store }, { withCanaries: true }))).toHaveLength(3);
  });
});

it('all open positions are read, however many: guards have no limit, and what is asked of all is asked of each', async () => {
  const { store, open } = await aStore();
  const unlimited = { ...DEFAULT_RISK_LIMITS, openCountMax: 9_999, exposureMicrosMax: 10n ** 15n };
  for (let n = 1; n <= 1_010; n += 1) await store.create(anOpening(n), unlimited);
  await open(0, { mode: 'live' });
  expect((await readOpen({ store }, {})).positions).toHaveLength(1_011);
  expect(idsOf(await readOpen({ store }, { mode: 'live' }))).toEqual(['position-0']);
});

describe('a list of positions that ended', () => {
  const span = (sinceMs: number) => ({ sinceMs, nowMs: NOON_MS + DAY_MS });

  it('that begins within a day reads no more of it than the pages since', async () => {
    const { store, close } = await aStore();
    for (let n = 1; n <= 250; n += 1) await close(n, NOON_MS + n);
    const limits: number[] = [];
    const counting = {
      ...store,
      listClosed: async (...[day, page]: Parameters<typeof store.listClosed>) => {
        limits.push(page?.limit ?? 0);
        return store.listClosed(day, page);
      },
    };
    const { positions } = await readClosed({ store: counting }, { sinceMs: NOON_MS + 249, nowMs: NOON_MS + 300 });
    expect([positions.length, limits]).toEqual([2, [100]]);
  });

  it('goes back from today to its start, which may lie within a day', async () => {
    const { store, close } = await aStore();
    await close(1, NOON_MS - 2 * DAY_MS);
    await close(2, NOON_MS - 1);
    await close(3, NOON_MS);
    await close(4, NOON_MS + DAY_MS);
    expect(idsOf(await readClosed({ store }, span(NOON_MS)))).toEqual(['position-4', 'position-3']);
    expect(idsOf(await readClosed({ store }, span(NOON_MS - 3 * DAY_MS)))).toHaveLength(4);
    expect(idsOf(await readClosed({ store }, span(NOON_MS + 2 * DAY_MS)))).toEqual([]);
  });

  it.each([1, 2, 3])('is whole in pages of %s', async (limit) => {
    const { store, close } = await aStore();
    for (const n of [1, 2, 3, 4, 5]) await close(n, NOON_MS - (5 - n) * (DAY_MS / 2));
    const ids: string[] = [];
    let pageToken: string | undefined;
    do {
      const page = await listClosed({ store }, { ...span(NOON_MS - 5 * DAY_MS), limit, pageToken });
      expect(page.positions.length).toBeLessThanOrEqual(limit);
      ids.push(...idsOf(page));
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
    expect(ids).toEqual(['position-5', 'position-4', 'position-3', 'position-2', 'position-1']);
  });

  it('has each that ended in the first millisecond of the span, however small its pages are', async () => {
    const { store, close } = await aStore();
    for (const n of [1, 2]) await close(n, NOON_MS);
    const first = await listClosed({ store }, { ...span(NOON_MS), nowMs: NOON_MS, limit: 1 });
    expect([idsOf(first), first.nextPageToken]).toEqual([['position-2'], '2026-03-13.position-2']);
  });

  it('begins a day at its newest, also where the page before ended with the day after it', async () => {
    const { store } = await aStore();
    const asked: unknown[] = [];
    const counting = {
      ...store,
      listClosed: async (...[day, page]: Parameters<typeof store.listClosed>) => {
        asked.push([day, page?.pageToken]);
        return store.listClosed(day, page);
      },
    };
    await listClosed({ store: counting }, { ...span(NOON_MS), limit: 1, pageToken: '2026-03-14.' });
    expect(asked).toEqual([
      ['2026-03-14', undefined],
      ['2026-03-13', undefined],
    ]);
  });

  it('reaches back 366 days, today among them, and no further', async () => {
    const { store } = await aStore();
    const since = (dayCount: number) => ({ sinceMs: NOON_MS - dayCount * DAY_MS, nowMs: NOON_MS });
    expect(idsOf(await readClosed({ store }, since(365)))).toEqual([]);
    await expect(readClosed({ store }, since(366))).rejects.toBeInstanceOf(InvalidInputError);
  });

  it.each(['', 'x2026-03-13.a', '2026-03-13', '2026-03-13.a\nb'])('refuses the token %j', async (pageToken) => {
    const { store } = await aStore();
    const page = listClosed({ store }, { ...span(NOON_MS), limit: 1, pageToken });
    await expect(page).rejects.toBeInstanceOf(InvalidInputError);
  });

  it('refuses a beginning years ago and a token of something else', async () => {
    const { store } = await aStore();
    await expect(readClosed({ store }, span(0))).rejects.toBeInstanceOf(InvalidInputError);
    const foreign = listClosed({ store }, { ...span(NOON_MS), limit: 1, pageToken: 'position-1' });
    await expect(foreign).rejects.toBeInstanceOf(InvalidInputError);
  });
});

describe('the totals', () => {
  it('of a day have its pages, each asked for by the token of the one before', async () => {
    const { store, close } = await aStore();
    for (let n = 1; n <= 101; n += 1) await close(n, NOON_MS);
    const { totals } = await sumDay({ store }, '2026-03-13');
    expect(totals).toMatchObject([{ count: 101 }]);
  });

  it('count what was won and lost on a day, for each mode', async () => {
    const { store, close } = await aStore();
    await close(1, NOON_MS);
    await close(2, NOON_MS + 1);
    const { day, totals } = await sumDay({ store }, '2026-03-13');
    const [loss] = totalsOf([aPosition({ state: 'worthless' })]);
    expect(totals).toMatchObject([{ mode: 'paper', count: 2, wonCount: 0, lostCount: 2, unknownCount: 0 }]);
    expect(BigInt(totals[0]?.pnlMicros ?? 0)).toBe(2n * BigInt(loss?.pnlMicros ?? 0));
    expect(renderTotals([], NOON_MS, plainPaint)).toBe('No position ended since 2026-03-13 12:00 UTC.');
    const rows = totals.map((each) => ({ day, ...each }));
    const table = renderTotals(rows, NOON_MS, plainPaint);
    expect(Math.max(...table.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(TERMINAL_WIDTH);
    expect(totalsCsv(rows)).toMatch(/^day,mode,ended,won,lost.*\r\n2026-03-13,paper,2,0,2,0,/);
    expect(totals.map((each) => totalsLine(each, NOON_MS))[0]).toMatch(
      /2 paper, 0 won, 2 lost\. Result after fees: -\$/,
    );
  });
});

describe('the positions as CSV', () => {
  it('have a header, quote what needs it, and hold no formula', () => {
    const answer = toPositionAnswer(aPosition({ state: 'worthless' }));
    const [head = '', row = ''] = positionsCsv([{ ...answer, side: '=HYPERLINK("x"),1' }]).split('\r\n');
    expect(head).toMatch(/^positionId,mode,asset,side,marketSlug,state,/);
    expect(row).toContain(`"'=HYPERLINK(""x""),1"`);
    // Only a number may begin with a minus.
    expect(row).toMatch(/,-\d+\.\d{6},/);
    expect(positionsCsv([])).toBe(head);
  });
});

describe('an exit on request', () => {
  async function anExit(state: 'buying' | 'holding' | 'worthless', origin: Origin = 'request') {
    const { store, open, close } = await aStore();
    if (state === 'worthless') await close(1, NOON_MS);
    else {
      const opening = await open(1, { origin });
      if (state === 'holding') await store.save(aChange(opening, aPosition({ state })));
    }
    const sent: WakeMessage[] = [];
    const deps = {
      store,
      clock: { nowMs: () => NOON_MS },
      queue: { send: async (message: WakeMessage) => void sent.push(message) },
    };
    return {
      sent,
      store,
      ask: (requestId?: string) => requestExit(deps, { positionId: 'position-1', ...(requestId && { requestId }) }),
    };
  }

  it.each(['buying', 'holding'] as const)(
    'of a position that is %s tells the queue, again with each repetition',
    async (state) => {
      const { sent, ask } = await anExit(state);
      expect((await ask('exit-1')).outcome).toBe('requested');
      expect((await ask('exit-1')).outcome).toBe('requested');
      expect(sent).toEqual(Array(2).fill({ positionId: 'position-1', wakeUpId: 'exit', source: 'by-hand' }));
    },
  );

  it('of a closed position is refused, unless the same request asked for it before', async () => {
    const { sent, store, ask } = await anExit('worthless');
    expect(await ask('exit-1')).toMatchObject({ outcome: 'refused', code: 'already-closed' });
    await store.claimCall('exit-0', 'exit position-1', NOON_MS);
    expect(await ask('exit-0')).toMatchObject({ outcome: 'already-requested' });
    expect(sent).toEqual([]);
  });

  it('of a canary is refused, because it would hide that no timer fires', async () => {
    const { sent, ask } = await anExit('holding', 'canary');
    await expect(ask()).rejects.toBeInstanceOf(PositionNotFoundError);
    expect(sent).toEqual([]);
  });

  it('does not take the request id of another call, nor a position that does not exist', async () => {
    const { sent, store, ask } = await anExit('holding');
    await store.claimCall('other', 'exit position-2', NOON_MS);
    expect(await ask('other')).toMatchObject({ outcome: 'refused', code: 'request-id-reused' });
    expect(sent).toEqual([]);
    const empty = createMemoryPositionStore();
    const deps = { store: empty, clock: { nowMs: () => 0 }, queue: { send: async () => undefined } };
    await expect(requestExit(deps, { positionId: 'none' })).rejects.toBeInstanceOf(PositionNotFoundError);
  });
});
