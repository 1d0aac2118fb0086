import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Paint, plainPaint } from '#lib/cli/terminal.ts';
import { columnsOf, paintLine, part } from '#lib/cli/watch/watch-line.ts';
import { renderWatch } from '#lib/cli/watch/watch-picture.ts';
import { type NowState, show } from '#lib/console/now/now-changes.ts';
import type { NewsItem, NowSections } from '#lib/console/now/now-message.ts';
import { toNowRow } from '#lib/console/now/now-row.ts';
import type { Look } from '#lib/domain/plan/sell-back.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { aBook } from '#test/factories/a-book.ts';
import { WINDOW_STARTS_AT_MS } from '#test/factories/a-market.ts';
import { aPosition } from '#test/factories/a-position.ts';

const NOW_MS = WINDOW_STARTS_AT_MS + 60_000;
const ESCAPES = '\u001b[2J\u001b]0;owned\u0007\u202e\nsecond line';

type Changes = Partial<NowSections> & { readonly looks?: ReadonlyMap<string, Look> };

function aState(positions: readonly Position[], { looks = new Map(), ...changes }: Changes = {}): NowState {
  const sections: NowSections = {
    about: { place: 'stage paper in eu-west-1', stage: 'paper', isLive: false, commit: 'abc123', corruptIds: [] },
    link: { state: 'ok' },
    openings: { state: 'read', halts: [], tightened: [], accounts: [] },
    checks: { state: 'read', atMs: NOW_MS, checks: [{ name: 'alarms', status: 'ok', found: 'quiet', faults: [] }] },
    prices: { note: null },
    news: [],
    ...changes,
  };
  return {
    sections: {
      about: show(sections.about),
      link: show(sections.link),
      openings: show(sections.openings),
      checks: show(sections.checks),
      prices: show(sections.prices),
      news: show(sections.news),
    },
    rows: new Map(
      positions.map((each) => [each.positionId, show(toNowRow(each, looks.get(each.tokenId) ?? null, NOW_MS))]),
    ),
  };
}

const picture = (state: NowState, width = 80, height: number | null = 22, paint: Paint = plainPaint): string[] =>
  renderWatch(state, { width, height }, NOW_MS, paint).split('\n');

const holding = (n: number, rest: Partial<Position> = {}) =>
  aPosition({
    ...{ state: 'holding', positionId: `01kar${String(n).padStart(21, '0')}`, tokenId: `token-${n}` },
    ...{ exitDueAtMs: NOW_MS + n * 1_000, ...(rest as object) },
  });
const exiting = (n: number, rest: Partial<Position> = {}) =>
  aPosition({
    ...{ state: 'exiting', positionId: `01kar${String(n).padStart(21, '0')}`, exitDueAtMs: NOW_MS - 3_000 },
    ...{
      refusals: { 'unsettled-buy': 2 },
      attemptCount: 3,
      wakeUp: { id: 'v4', atMs: NOW_MS - 9_000 },
      ...(rest as object),
    },
  });
const refusal = (positionId: string, text: string): NewsItem => ({
  ...{ id: `${positionId}#4`, atMs: NOW_MS - 1_000, positionId, mode: 'paper', what: 'BTC 5m UP' },
  ...{ tone: 'warn', text, follows: null },
});

describe('the picture of what is open', () => {
  it('has countdown, state, bid, result, last refusal and lateness of each position, the most urgent first', () => {
    const [calm, busy] = [holding(90), exiting(1)];
    const looks = new Map([[calm.tokenId, { book: aBook({ atMs: NOW_MS }), atMs: NOW_MS }]]);
    const news = [refusal(busy.positionId, 'Sell refused: not enough balance')];
    const text = picture(aState([calm, busy], { looks, news })).join('\n');
    expect(text).toMatch(/PAPER {2}\d\d:\d\d:\d\d UTC {2}stage paper in eu-west-1 \(abc123\)/);
    expect(text).toContain('Open: 2 · 1 exiting · next exit in 1:30 (BTC 5m UP)\n');
    expect(text).toMatch(/If sold now \(paper\): -\$\d\.\d\d after fees; 1 without a price\n/);
    expect(text).toMatch(/Openings: allowed\nChecks: alarms ok · 1 of 1 in order/);
    expect(text).toMatch(/BTC 5m UP +exiting +0:03 ago +\+0:09 +– +– +3\/2!\n {2}\S+ Sell refused: not enough balance/);
    expect(text).toMatch(/BTC 5m UP +holding +in 1:30 +in 2:00 +60\.0¢ +\(-\$\d\.\d\d\) +1\n/);
    expect(text.indexOf('exiting  ')).toBeLessThan(text.indexOf('holding  '));
  });

  it('tells live from paper by words, also without colours', () => {
    const live = aState([holding(1, { mode: 'live' })], {
      about: { place: 'stage live in eu-west-1', stage: 'live', isLive: true, commit: null, corruptIds: [] },
    });
    const text = picture(live).join('\n');
    expect(text).toMatch(/^LIVE, REAL MONEY/);
    expect(text).toMatch(/\nLIVE BTC 5m UP/);
    expect(text).toContain('═'.repeat(80));
    expect(picture(aState([holding(1)])).join('\n')).not.toContain('LIVE');
  });

  it('says since when the suite is away, and shows what was read last', () => {
    const link = {
      state: 'lost',
      sinceMs: NOW_MS - 65_000,
      lastReadAtMs: NOW_MS - 70_000,
      reason: 'No stack runs.',
    } as const;
    const text = picture(aState([holding(1)], { link })).join('\n');
    expect(text).toMatch(
      /AWAY since \d\d:\d\d:\d\d UTC, for 1:05: No stack runs\.\nLooking for it again\. What follows was read at/,
    );
    expect(text).toContain('BTC 5m UP');
    expect(picture(aState([], { link: { state: 'connecting' } })).join('\n')).toContain('Reading the suite…');
  });

  it('names halts, limits, faulty checks, corrupt rows and missing prices, the worst first', () => {
    const halt = 'Openings are halted (paper) since 09:00:00 UTC by alice: "maintenance".';
    const state = aState([holding(1)], {
      about: { place: 'x', stage: 'paper', isLive: false, commit: null, corruptIds: ['position-9'] },
      openings: { state: 'read', halts: [halt], tightened: [], accounts: [] },
      checks: {
        ...{ state: 'read', atMs: NOW_MS },
        checks: [
          {
            ...{ name: 'dead letters', status: 'red', found: '2 letters' },
            faults: [{ text: 'dead letters: Exits holds 2', advice: 'Run `tminus dead-letters list`.', isRed: true }],
          },
          { name: 'timer', status: 'ok', found: 'a minute ago', faults: [] },
        ],
      },
      prices: { note: 'The venue did not answer for 1 of 1 books: prices may be old.' },
    });
    const text = picture(state).join('\n');
    expect(text).toContain('Openings: HALTED');
    expect(text).toContain('Checks: dead letters red · canary ok · 1 of 2 in order');
    const problems = ['position-9', 'Exits holds 2', 'maintenance', 'prices may be old'].map((each) =>
      text.indexOf(each),
    );
    expect(problems).toEqual(problems.toSorted((a, b) => a - b));
    expect(problems).not.toContain(-1);
  });

  it.each([
    [80, 22],
    [80, 10],
    [60, 22],
    [40, 12],
    [20, 6],
    [200, 50],
  ])('fits %i columns and %i lines, and says how many positions are hidden', (width, height) => {
    const positions = [exiting(1), ...Array.from({ length: 60 }, (_, index) => holding(index + 2, { mode: 'live' }))];
    const news = [refusal(positions[0]!.positionId, 'Sell refused: '.repeat(20))];
    const halts = ['Openings are halted. '.repeat(12)];
    const lines = picture(
      aState(positions, { news, openings: { state: 'read', halts, tightened: [], accounts: [] } }),
      width,
      height,
    );
    expect(lines.length).toBeLessThanOrEqual(height);
    for (const line of lines) expect(columnsOf(line)).toBeLessThanOrEqual(width);
    const shown = lines.filter((line) => /BTC/.test(line) && !line.includes('next exit')).length;
    if (height < 50) expect(lines.at(-1)).toMatch(new RegExp(`^… ${61 - shown} more`));
    // What acts is in sight whatever has no room.
    if (width >= 40) expect(lines.some((line) => /exiting/.test(line))).toBe(true);
  });

  it('is whole where it goes to a file', () => {
    const lines = picture(aState(Array.from({ length: 60 }, (_, index) => holding(index + 1))), 80, null);
    expect(lines.filter((line) => line.startsWith('BTC'))).toHaveLength(60);
    expect(lines.join('\n')).not.toContain('…  more');
  });

  it('keeps what has just ended in sight, and shows an unknown result as unknown', () => {
    const ended = (closedAtMs: number, rest: object = {}) =>
      aPosition({ state: 'worthless', positionId: `ended-${closedAtMs}`, closedAtMs, ...rest });
    const found = { sharesMicros: 36_000_000n, costMicros: null, blockNumber: 1n };
    const guarded = ended(NOW_MS - 5_000, { origin: 'guard', trades: [], found });
    const text = picture(aState([ended(NOW_MS - 600_000), guarded])).join('\n');
    expect(text).toContain('Open: 0');
    expect(text).toMatch(/worthless .* unknown /);
    expect(text).not.toContain(`ended-${NOW_MS - 600_000}`);
    expect(picture(aState([])).at(-1)).toBe('No position is open.');
  });

  it('shows text from outside as text', () => {
    const foreign = holding(1, {
      asset: null,
      marketSlug: ESCAPES,
      outcomeName: ESCAPES,
      positionId: ESCAPES,
    } as object);
    const state = aState([foreign], {
      ...{ news: [refusal(ESCAPES, ESCAPES)], prices: { note: ESCAPES } },
      about: { place: ESCAPES, stage: 'x', isLive: false, commit: ESCAPES, corruptIds: [ESCAPES] },
      link: { state: 'lost', sinceMs: NOW_MS, lastReadAtMs: null, reason: ESCAPES },
      openings: { unread: ESCAPES },
    });
    const text = renderWatch(state, { width: 200, height: 22 }, NOW_MS, plainPaint);
    expect(text).toContain('second line');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be there.
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f\u202e]/);
    expect(text.split('\n').length).toBeLessThanOrEqual(22);
  });

  it('paints only what it has cut: colours take no columns', () => {
    const paint: Paint = (tone, text) => (tone === 'plain' ? text : `\u001b[31m${text}\u001b[39m`);
    const plain = picture(aState([exiting(1)]), 60);
    const painted = picture(aState([exiting(1)]), 60, 22, paint);
    expect(painted.map(stripVTControlCharacters)).toEqual(plain);
    expect(paintLine([part('abcdef')], 4, plainPaint)).toBe('abc…');
    expect(paintLine([part('日本語')], 4, plainPaint)).toBe('日…');
    expect(columnsOf('日本é\u0301')).toBe(5);
  });
});
