import { expect, it } from 'vitest';
import { noteUnread, type UnreadSince } from '#lib/lifecycle/watch/unread-markets.ts';

const MINUTE_MS = 60_000;

it('a market that can never be read is named once, and pages long enough to be heard and no longer', () => {
  const since: UnreadSince = new Map();
  const paged: number[] = [];
  const named: string[] = [];
  for (let minute = 0; minute < 600; minute += 1) {
    const { newNames, pagedCount } = noteUnread(since, ['0xab', '0xab'], minute * MINUTE_MS);
    named.push(...newNames);
    if (pagedCount > 0) paged.push(minute);
  }
  expect(named).toEqual(['0xab']);
  // The alarm needs half an hour of them.
  expect([paged.length, paged.at(-1)]).toEqual([45, 44]);
});

it('another one pages anew, and so does the same after it was read', () => {
  const since: UnreadSince = new Map([['old', 0]]);
  const later = 90 * MINUTE_MS;
  expect(noteUnread(since, ['old'], later)).toEqual({ newNames: [], pagedCount: 0 });
  expect(noteUnread(since, ['old', 'new'], later)).toEqual({ newNames: ['new'], pagedCount: 1 });
  expect(noteUnread(since, ['new'], later)).toEqual({ newNames: [], pagedCount: 1 });
  expect(noteUnread(since, ['old', 'new'], later)).toEqual({ newNames: ['old'], pagedCount: 2 });
});
