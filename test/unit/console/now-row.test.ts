import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newsOf } from '#lib/console/now/now-news.ts';
import { toNowRow } from '#lib/console/now/now-row.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import { WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { anEvent } from '#test/factories/an-event.ts';
import { anyPosition } from '#test/factories/any-position.ts';

const NOW_MS = WINDOW_STARTS_AT_MS + 120_000;
const lookAt = (book: Parameters<typeof aBook>[0]) => ({ book: aBook({ atMs: NOW_MS, ...book }), atMs: NOW_MS });

describe('a position on the page Now', () => {
  it('shows what selling all shares into the bids would leave, after fees', () => {
    const row = toNowRow(aPosition({ state: 'holding' }), lookAt({}), NOW_MS);
    // 36 shares: bought for 23.40 and a fee of 0.5733; sold at 60 cents for 21.60 and a fee of 0.6048.
    expect(row).toMatchObject({ bid: '60.0¢', entry: '65.0¢', result: '-$2.98', resultTone: 'bad', isRealised: false });
    expect(row).toMatchObject({
      what: 'BTC 5m UP',
      stateText: 'bought',
      paid: '$23.40',
      shares: '36.00',
      isThin: false,
    });
  });

  it('counts shares that the bids do not take as nothing, and says so', () => {
    const row = toNowRow(aPosition({ state: 'holding' }), lookAt({ bids: someLevels([['0.60', '10']]) }), NOW_MS);
    expect(row).toMatchObject({ isThin: true, bid: '60.0¢' });
    expect(Number(row.resultMicros)).toBeLessThan(-17_000_000);
  });

  it.each([
    ['without a book', null],
    ['where the venue has none', { book: null, atMs: NOW_MS }],
    ['with a book of another day', { book: aBook({ atMs: NOW_MS - 86_400_000 }), atMs: NOW_MS }],
    ['without bids', lookAt({ bids: [] })],
  ])('shows no price %s', (_what, look) => {
    const row = toNowRow(aPosition({ state: 'holding' }), look, NOW_MS);
    expect(row).toMatchObject({ bid: null, result: null, resultMicros: null, isRealised: false });
  });

  it('shows the realised result of what was sold, how late the exit was, and why', () => {
    const late = aPosition({ state: 'exited' });
    const row = toNowRow({ ...late, firstExitAttemptAtMs: late.exitDueAtMs + 300 }, lookAt({}), NOW_MS);
    expect(row).toMatchObject({ isOpen: false, isRealised: true, bid: null, exitLateMs: 300, nextStepAtMs: null });
    expect(row.exitReason).toBe('forced exit, its exit time had come');
    expect(row.result).toMatch(/^-\$\d+\.\d\d$/);
  });

  it('names refusals in words, with their count', () => {
    const refusals = { 'unsettled-buy': 2, 'no-liquidity': 1 } as const;
    const row = toNowRow(aPosition({ state: 'exiting', attemptCount: 4, refusals }), null, NOW_MS);
    expect(row).toMatchObject({ attemptCount: 4, refusalCount: 3, stateText: 'exiting', stateTone: 'warn' });
    expect(row.setbacks).toEqual(['2 × the bought shares had not settled yet', '1 × no match at our price']);
  });

  it('shows every position there can be', () => {
    fc.assert(
      fc.property(anyPosition, (position) => {
        const row = toNowRow(position, lookAt({}), NOW_MS);
        expect(JSON.parse(JSON.stringify(row))).toEqual(row);
        expect(row.isOpen).toBe(row.nextStepAtMs !== null);
      }),
      { numRuns: 200 },
    );
  });

  it('keeps foreign text as it is: the page shows it as text', () => {
    const text = '<img src=x onerror=alert(1)>';
    const row = toNowRow(
      aPosition({ state: 'holding', asset: null, outcomeName: text, marketSlug: text }),
      null,
      NOW_MS,
    );
    expect(row.what).toContain(text);
  });
});

describe('news of a position', () => {
  const position = aPosition({ state: 'exiting' });
  const entry = (version: number, event: Parameters<typeof newsOf>[1][number]['event']) => ({
    version,
    event,
    evidence: {},
  });
  const timeline = [
    entry(1, { type: 'opened', atMs: NOW_MS }),
    entry(4, anEvent({ type: 'sell-intended', atMs: NOW_MS + 1 })),
    entry(5, anEvent({ type: 'order-refused', atMs: NOW_MS + 2, text: '<b>not enough balance</b>' })),
    entry(6, anEvent({ type: 'sell-put-off', atMs: NOW_MS + 3 })),
  ];

  it('tells attempts and refusals, and leaves out details', () => {
    const news = newsOf(position, timeline, { version: -1, sinceMs: 0 });
    expect(news.map(({ id }) => id)).toEqual(['position-1#4', 'position-1#5']);
    expect(news[1]).toMatchObject({ tone: 'warn', what: 'BTC 5m UP', mode: 'paper' });
    expect(news[1]?.text).toContain('<b>not enough balance</b>');
  });

  it('tells what came after a version and a time', () => {
    expect(newsOf(position, timeline, { version: 4, sinceMs: 0 }).map(({ id }) => id)).toEqual(['position-1#5']);
    expect(newsOf(position, timeline, { version: -1, sinceMs: NOW_MS + 3 })).toEqual([]);
  });
});
