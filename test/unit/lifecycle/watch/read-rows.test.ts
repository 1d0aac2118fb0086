import { describe, expect, it } from 'vitest';
import type { WatchedMarket } from '#lib/lifecycle/watch/group-holdings.ts';
import { readOpenRows, readRows } from '#lib/lifecycle/watch/read-rows.ts';
import { aPosition, WALLET } from '#test/factories/a-position.ts';

const NOW_MS = Date.UTC(2026, 2, 13, 12);
const DAY_MS = 86_400_000;
const own = aPosition({ state: 'holding', mode: 'live', conditionId: '0xAB', tokenId: 'up' });
const ended = aPosition({ state: 'exited', mode: 'live', positionId: 'ended', closedAtMs: NOW_MS - 1_000 });

const aMarketOf = (tokenId: string, endsAtMs: number | null = null): WatchedMarket => ({
  ...{ conditionId: '0xab', marketVersion: 'v1', negRisk: false, marketSlug: null, endsAtMs },
  ...{ isRedeemable: false, firstTokenId: null, tokenIds: [tokenId, 'down'] },
});

function aTable() {
  const days: string[] = [];
  let openReads = 0;
  const store = {
    listDue: async () => {
      openReads += 1;
      return [own.positionId, 'paper'];
    },
    listClosed: async (day: string) => {
      days.push(day);
      return { positionIds: day === '2026-03-13' ? ['ended'] : [] };
    },
    findMany: async (ids: readonly string[]) => ({
      positions: [own, ended, aPosition({ state: 'holding', positionId: 'paper' })].filter(({ positionId }) =>
        ids.includes(positionId),
      ),
      corruptIds: [],
    }),
  };
  const rowsOf = async (markets: readonly WatchedMarket[], held: Readonly<Record<string, bigint>>) => {
    const shares = { block: { number: 7n, atMs: NOW_MS }, sharesOf: new Map(Object.entries(held)) };
    const deps = { store, clock: { nowMs: () => NOW_MS } };
    const rows = await readRows(deps, { walletAddress: WALLET }, markets, { shares, openRows: [own] });
    return { rows, days: days.toSorted() };
  };
  return { store, rowsOf, openReads: () => openReads };
}

describe('the open rows of a wallet', () => {
  it('are the live ones, and end what was said of their markets alone', async () => {
    const { store } = aTable();
    const verdicts = new Map([...['0xab', '0xcd'].map((id): [string, string] => [id, 'said'])]);
    const markets = [aMarketOf('up'), { ...aMarketOf('other'), conditionId: '0xcd' }];
    expect(await readOpenRows({ store, verdicts }, { walletAddress: WALLET }, markets)).toEqual([own]);
    expect([...verdicts.keys()]).toEqual(['0xcd']);
  });

  it('are not read for an empty wallet', async () => {
    const { store, openReads } = aTable();
    expect(await readOpenRows({ store, verdicts: new Map() }, { walletAddress: WALLET }, [])).toEqual([]);
    expect(openReads()).toBe(0);
  });
});

describe('rows that have ended', () => {
  const TODAY = ['2026-03-12', '2026-03-13'];

  it('are not read without a market, nor where open positions manage all that is held', async () => {
    expect(await aTable().rowsOf([], {})).toEqual({ rows: [], days: [] });
    expect(await aTable().rowsOf([aMarketOf('up')], { up: 5_000_000n })).toEqual({ rows: [own], days: [] });
  });

  it('are read where one side of a market is not managed', async () => {
    const held = { up: 5_000_000n, down: 5_000_000n };
    expect(await aTable().rowsOf([aMarketOf('up')], held)).toEqual({ rows: [own, ended], days: TODAY });
  });

  it('are read of the days about now and about the end of each such market, as far as they have begun', async () => {
    const held = { foreign: 5_000_000n };
    const past = await aTable().rowsOf([aMarketOf('foreign', NOW_MS - 30 * DAY_MS)], held);
    expect(past.days).toEqual(['2026-02-10', '2026-02-11', '2026-02-12', ...TODAY]);
    expect((await aTable().rowsOf([aMarketOf('foreign', NOW_MS + 30 * DAY_MS)], held)).days).toEqual(TODAY);
    expect((await aTable().rowsOf([aMarketOf('foreign', NOW_MS - 365 * DAY_MS)], held)).days).toEqual([
      ...['2025-03-14', ...TODAY],
    ]);
  });
});
