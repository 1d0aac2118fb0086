import { expect, it } from 'vitest';
import type { ToldMarket } from '#lib/domain/news/foreign-holding.ts';
import { StoreUnavailableError } from '#lib/errors/errors.ts';
import { noteUnread, type UnreadSince } from '#lib/lifecycle/watch/unread-markets.ts';
import { WALLET } from '#test/factories/a-position.ts';

const MINUTE_MS = 60_000;
const WEEK_MINUTES = 7 * 24 * 60;

/** One table, and the processes that come and go with it. */
function aWatch() {
  const rows = new Map<string, ToldMarket>();
  const faults = { isTableDown: false };
  let since: UnreadSince = new Map();
  const failIfDown = () => {
    if (faults.isTableDown) throw new StoreUnavailableError('The table does not answer');
  };
  const told = {
    find: async (_: string, key: string) => {
      failIfDown();
      return rows.get(key) ?? null;
    },
    save: async (_: string, key: string, row: ToldMarket) => {
      failIfDown();
      rows.set(key, row);
    },
  };
  return {
    faults,
    restart: () => {
      since = new Map();
    },
    note: (names: readonly string[], minute: number) =>
      noteUnread({ since, told, walletAddress: WALLET }, names, minute * MINUTE_MS),
  };
}

it('a market that can never be read is named once, and pages long enough to be heard and no longer', async () => {
  const watch = aWatch();
  const paged: number[] = [];
  const named: string[] = [];
  for (let minute = 0; minute < 600; minute += 1) {
    // A process lives for a few hours at most.
    if (minute % 100 === 20) watch.restart();
    const { newNames, pagedCount } = await watch.note(['0xab', '0xab'], minute);
    named.push(...newNames);
    if (pagedCount > 0) paged.push(minute);
  }
  expect(named).toEqual(['0xab']);
  // The alarm needs half an hour of them.
  expect([paged.length, paged.at(-1)]).toEqual([45, 44]);
});

it('pages again after a week, by the process that told of it and by another one', async () => {
  const [watch, other] = [aWatch(), aWatch()];
  for (const each of [watch, other]) await each.note(['0xab'], 0);
  other.restart();
  for (const each of [watch, other]) {
    expect(await each.note(['0xab'], WEEK_MINUTES - 1)).toEqual({ newNames: [], pagedCount: 0 });
    expect(await each.note(['0xab'], WEEK_MINUTES)).toEqual({ newNames: ['0xab'], pagedCount: 1 });
  }
});

it('another one pages anew, and so does the same after it was read', async () => {
  const watch = aWatch();
  await watch.note(['old'], 0);
  expect(await watch.note(['old'], 90)).toEqual({ newNames: [], pagedCount: 0 });
  expect(await watch.note(['old', 'new'], 90)).toEqual({ newNames: ['new'], pagedCount: 1 });
  expect(await watch.note(['new'], 90)).toEqual({ newNames: [], pagedCount: 1 });
  watch.restart();
  expect(await watch.note(['old', 'new'], 90)).toEqual({ newNames: ['old'], pagedCount: 2 });
});

it('is said once too often rather than never while the table does not answer', async () => {
  const watch = aWatch();
  watch.faults.isTableDown = true;
  expect(await watch.note(['0xab'], 0)).toEqual({ newNames: ['0xab'], pagedCount: 1 });
  expect(await watch.note([], 1)).toEqual({ newNames: [], pagedCount: 0 });
});
