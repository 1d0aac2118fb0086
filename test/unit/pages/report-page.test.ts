import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type HistoryEntry, summariseHistory } from '#lib/domain/history/history.ts';
import type { ClosedPosition, OpenPosition } from '#lib/domain/position/position.ts';
import { escaped, isOwnPage } from '#lib/pages/page-shell.ts';
import { chartsOf } from '#lib/pages/report-charts.ts';
import { renderReportPage } from '#lib/pages/report-page.ts';
import { historyCsv } from '#lib/words/history-csv.ts';
import { aPosition, WALLET } from '#test/factories/a-position.ts';

const DAY_MS = 86_400_000;
const MARKUP = `</script><img src=x onerror=alert(1)>"'&\u202e`;
const START_MS = Date.UTC(2026, 10, 1);

function pageOf(entries: readonly HistoryEntry[], open: readonly OpenPosition[] = [], corruptIds: string[] = []) {
  const history = summariseHistory(entries, open, { fromMs: START_MS, untilMs: START_MS + 30 * DAY_MS, corruptIds });
  const page = renderReportPage({
    history,
    positions: entries.map(({ position }) => position),
    stage: 'live',
    madeAtMs: START_MS + 30 * DAY_MS,
    commit: 'abcdef123456',
  });
  return { page, history };
}

const entry = (position: ClosedPosition): HistoryEntry => ({ position, healedMs: [2_000] });
const exited = (overrides: Partial<ClosedPosition> = {}) =>
  aPosition({ state: 'exited', closedAtMs: START_MS + DAY_MS, ...(overrides as object) });

/** The parts that are text to a browser, without styles and scripts. */
const bodyOf = (page: string): string =>
  page.slice(page.indexOf('<body>')).replace(/<script[^>]*>[\s\S]*?<\/script>/g, '');

describe('the report', () => {
  it('is one page that requests nothing and runs its own scripts and styles alone', () => {
    const { page } = pageOf([entry(exited()), entry(exited({ mode: 'live' }))]);
    const policy = /content="(default-src[^"]*)"/.exec(page)?.[1] ?? '';
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-.*; script-src 'sha256-/);
    expect(policy).not.toMatch(/unsafe|http|\*/);
    for (const tag of ['script', 'style']) {
      const texts = [...page.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))].map(([, text = '']) => text);
      expect(texts).toHaveLength(3);
      for (const text of texts) {
        expect(policy).toContain(`'sha256-${createHash('sha256').update(text).digest('base64')}'`);
      }
    }
    expect(page).not.toMatch(/(?:src|href|action|srcset|poster)=|url\(|@import|style="|\son\w+=/);
    expect(bodyOf(page)).not.toMatch(/https?:/);
    expect(isOwnPage(page)).toBe(true);
    expect(isOwnPage('<!doctype html><title>My notes</title>')).toBe(false);
  });

  it('shows text from outside as text, in every field that has any', () => {
    const foreign = {
      ...{ positionId: MARKUP, requestId: MARKUP, asset: null, marketSlug: MARKUP, outcomeName: MARKUP },
      ...{ conditionId: MARKUP, tokenId: MARKUP, venueWords: [{ text: MARKUP, count: 1 }] },
    };
    const states = ['exited', 'redeemed', 'worthless', 'voided', 'stranded'] as const;
    const entries = states.map((state) =>
      entry(aPosition({ state, ...foreign, contradiction: MARKUP, closedAtMs: START_MS } as never)),
    );
    const unnamed = entry(exited({ asset: MARKUP as never, refusals: { [MARKUP]: 3 } as never }));
    const history = summariseHistory([...entries, unnamed], [], { fromMs: 0, untilMs: 1, corruptIds: [MARKUP] });
    const page = renderReportPage({
      ...{ history, positions: entries.map(({ position }) => position) },
      ...{ stage: MARKUP, madeAtMs: 0, commit: MARKUP },
    });
    expect(page).not.toMatch(/<img|\u202e/);
    expect(page.match(/<\/script>/g)).toHaveLength(4);
    expect(bodyOf(page)).toContain('&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;');
    expect(escaped('a\u0000b\ud800')).toBe('a b\ufffd');
  });

  it('says stage, modes, period, time and commit, and tells live from paper', () => {
    const { page } = pageOf([entry(exited()), entry(exited({ mode: 'live' }))]);
    expect(page).toContain('Stage live · paper and live · ended from 2026-11-01 00:00 UTC to 2026-12-01 00:00 UTC');
    expect(page).toContain('Made 2026-12-01 00:00 UTC by T-minus, commit abcdef123456.');
    expect(page).toMatch(/<article class="paper">\s*<h2 class="mode"><span class="badge">PAPER/);
    expect(page).toMatch(/<article class="live">\s*<h2 class="mode"><span class="badge">LIVE<\/span> real money/);
  });

  it('names no wallet, transaction, order, request or trade', () => {
    const { page } = pageOf([
      entry(aPosition({ state: 'redeemed', closedAtMs: START_MS })),
      entry(exited({ left: [{ transactionHash: `0x${'cd'.repeat(32)}`, sharesMicros: 1n, cashMicros: 1n }] })),
    ]);
    for (const secret of [WALLET, 'ab'.repeat(32), 'cd'.repeat(32), 'request-1', 'trade-1', '0x']) {
      expect(page).not.toContain(secret);
    }
    expect(page).toContain('position-1');
  });

  it('shows what is not known as unknown, and says how many are missing', () => {
    const found = { sharesMicros: 36_000_000n, costMicros: null, blockNumber: 1n };
    const guarded = aPosition({ state: 'worthless', origin: 'guard', trades: [], found, closedAtMs: START_MS });
    const { page } = pageOf([entry(guarded)], [], ['position-9']);
    expect(page).toContain('1 of 1 ended position has no known result');
    expect(page).toContain('1 row cannot be read as a position and is in no sum.');
    expect(bodyOf(page)).not.toContain('$0.00</span>');
    expect(bodyOf(page).match(/>unknown</g)?.length).toBeGreaterThan(8);
  });

  it('is whole without a position, and with an open one alone', () => {
    expect(bodyOf(pageOf([]).page)).toContain('No position ended in this time, and none is open.');
    const { page } = pageOf([], [aPosition({ state: 'holding' })]);
    expect(bodyOf(page)).toContain('1, paid $23.40');
    expect(bodyOf(page)).toContain('None ended.');
  });

  it('lists the newest positions of very many, and draws a curve that keeps every high and low', () => {
    const entries = Array.from({ length: 5_000 }, (_, index) =>
      entry(
        aPosition({
          ...{ state: 'redeemed', closedAtMs: START_MS + index * 1_000, positionId: `position-${index}` },
          payoutMicros: index === 2_500 ? 999_000_000n : index % 2 === 0 ? 30_000_000n : 17_000_000n,
        }),
      ),
    );
    const { page, history } = pageOf(entries);
    expect(page).toContain('The newest 500; 4500 earlier ones are in the sums only.');
    expect(page).toContain('>position-4999<');
    expect(page).not.toContain('>position-4499<');
    const { equity } = chartsOf(history.modes[0]!);
    expect(equity.seconds.length).toBeLessThan(2_010);
    expect(equity.seconds).toEqual(equity.seconds.toSorted((a, b) => a - b));
    const all = history.modes[0]!.equity.map(({ equityMicros }) => Number(equityMicros) / 1e6);
    expect(Math.max(...equity.dollars)).toBe(Math.max(...all, 0));
    expect(Math.min(...equity.dollars)).toBe(Math.min(...all, 0));
    expect(equity.dollars.at(-1)).toBe(all.at(-1));
  });
});

describe('the CSV of a history', () => {
  it('has a line for each sum, with as many cells each, and guards against formulas', () => {
    const { history } = pageOf(
      [entry(exited()), entry(exited({ mode: 'live', asset: '=cmd()' as never }))],
      [aPosition({ state: 'holding' })],
    );
    const lines = historyCsv(history).split('\r\n');
    expect(lines[0]).toBe('mode,by,key,count,won,lost,unknown,cost,fees,result,unclaimed');
    expect(new Set(lines.map((line) => line.split(',').length))).toEqual(new Set([11]));
    expect(lines).toContain("live,asset,'=cmd(),1,0,1,0,23.400000,1.178100,-2.978100,");
    expect(lines).toContain('paper,day,2026-11-02,1,0,1,0,23.400000,1.178100,-2.978100,');
    expect(lines).toContain('paper,open,,1,,,0,23.400000,,,0.000000');
    expect(lines).toContain('paper,healing,from 2000 ms,1,,,,,,,');
  });
});
