import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { renderReplayPage } from '#infra/proof/replay/replay-page.ts';
import { parsePolicy, policyText, type ReplayPlan } from '#infra/proof/replay/replay-plan.ts';
import type { ReplayRow } from '#infra/proof/replay/replay-row.ts';
import { totalOf } from '#infra/proof/replay/replay-statistics.ts';
import { runLab } from '#infra/proof/replay/run-lab.ts';
import { runReplay } from '#infra/proof/replay/run-replay.ts';
import { renderReplay } from '#lib/cli/render/replay-table.ts';
import { plainPaint, TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import { parseRecording } from '#lib/venue/books/parse-recording.ts';
import type { RecordingSource } from '#lib/venue/books/playing-venue.ts';
import { aRecordingText } from '#test/factories/a-recording.ts';

const NAME = 'btc-updown-5m-1776081600.jsonl.gz';
const STARTS_AT_MS = 1_776_081_600_000;

function sourceOf(text: string): RecordingSource {
  const recording = parseRecording(NAME, text);
  return { names: [NAME], get: () => recording };
}

/** The same book of DOWN in every second. */
const STEADY = sourceOf(
  aRecordingText({
    lines: Array.from({ length: 300 }, (_, second) =>
      JSON.stringify({
        t: STARTS_AT_MS + second * 1_000,
        down: { bids: [['0.5', '200']], asks: [['0.51', '200']] },
      }),
    ),
  }),
);

const PLAN: ReplayPlan = {
  policy: { kind: 'product' },
  entryLeadMs: 250_000,
  exitLeadMs: 120_000,
  budgetMicros: 25_000_000n,
};
const singleFak = (changes: Partial<ReplayPlan> = {}): ReplayPlan => ({
  ...PLAN,
  policy: { kind: 'single-fak' },
  entryLeadMs: 120_000,
  exitLeadMs: 60_000,
  budgetMicros: 10_000_000n,
  ...changes,
});

describe('the single FAK', () => {
  it('buys dollars over best ask of both sides, walks the levels, and pays a fee for each', async () => {
    const { rows } = await runReplay(sourceOf(aRecordingText()), singleFak(), []);
    expect(rows).toEqual([
      {
        slug: 'btc-updown-5m-1776081600',
        side: 'UP',
        // 12.5 at 66 cents and 2.65 at 67; the book of UP mirrors that of DOWN.
        entryPrice: 0.661749,
        exitPrice: 0.9,
        sharesMicros: 15_150_000,
        soldMicros: 7_000_000,
        feesMicros: 196_350 + 41_010 + 44_100,
        pnlMicros: 6_300_000 - 44_100 + 8_150_000 - 10_025_500 - 237_360,
        holdPnlMicros: 15_150_000 - 10_025_500 - 237_360,
        refusals: 0,
        firstExitLatenessMs: 0,
      },
      {
        slug: 'btc-updown-5m-1776081600',
        side: 'DOWN',
        entryPrice: 0.36,
        exitPrice: 0.08,
        sharesMicros: 27_770_000,
        soldMicros: 8_000_000,
        feesMicros: 447_870 + 41_220,
        pnlMicros: 640_000 - 41_220 - 9_997_200 - 447_870,
        holdPnlMicros: -9_997_200 - 447_870,
        refusals: 0,
        firstExitLatenessMs: 0,
      },
    ]);
  });

  it('meets the book that stands a quarter of a second after the decision', async () => {
    const at = (exitLeadMs: number) => runReplay(sourceOf(aRecordingText()), singleFak({ exitLeadMs }), []);
    expect((await at(60_250)).rows[1]?.exitPrice).toBe(0.08);
    expect((await at(60_251)).rows[1]?.exitPrice).toBe(0.334501);
  });

  it('leaves out a row that bought fewer than five shares, and one without a book', async () => {
    const { rows } = await runReplay(sourceOf(aRecordingText()), singleFak({ budgetMicros: 3_000_000n }), []);
    expect(rows.map(({ side }) => side)).toEqual(['DOWN']);
    expect((await runReplay(sourceOf(aRecordingText()), singleFak({ entryLeadMs: 300_100 }), [])).rows).toEqual([]);
  });

  it('counts what is left as nothing where the winner is unknown', async () => {
    const source = sourceOf(aRecordingText({ header: { winner: null } }));
    const { rows, total, decided } = await runReplay(source, singleFak(), []);
    expect(rows[0]).toMatchObject({ side: 'UP', holdPnlMicros: -10_025_500 - 237_360 });
    expect([total.rows, decided.rows]).toEqual([2, 0]);
  });
});

describe('the product', () => {
  it('sells both sides when the exit is due', async () => {
    const { rows } = await runReplay(STEADY, PLAN, []);
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      expect(row).toMatchObject({ refusals: 0, firstExitLatenessMs: 0, exitPrice: row.side === 'UP' ? 0.49 : 0.5 });
      expect(row.sharesMicros - row.soldMicros).toBeLessThan(10_000);
      expect(row.pnlMicros).toBeLessThan(0);
    }
  });

  it('follows the rules of the policy', async () => {
    const policy = parsePolicy('hold-above=0.495');
    const [up, down] = (await runReplay(STEADY, { ...PLAN, policy }, [])).rows;
    expect(up?.soldMicros).toBeGreaterThan(0);
    expect(down).toMatchObject({ side: 'DOWN', soldMicros: 0, pnlMicros: down?.holdPnlMicros });
  });

  it('plays the same plan for each time of a sweep', async () => {
    const { total, sweep } = await runReplay(STEADY, PLAN, [60_000, 120_000, 240_000]);
    expect(sweep.map(({ exitLeadMs, total: swept }) => [exitLeadMs, swept.rows])).toEqual([
      [60_000, 2],
      [120_000, 2],
      [240_000, 2],
    ]);
    expect(sweep[1]?.total).toEqual(total);
  });
});

describe('a policy', () => {
  it('is refused by name when it is unknown, or its level is none', () => {
    expect(() => parsePolicy('hold-under=0.5')).toThrow(/"hold-under=0.5" is unknown.*hold-above=LEVEL/);
    expect(() => parsePolicy('stop-loss=')).toThrow(/"stop-loss=" is unknown/);
    expect(() => parsePolicy('stop-loss=200%')).toThrow(/stop-loss must be a price in dollars/);
    expect(() => parsePolicy('hold-above=0.9+hold-above=0.8')).toThrow(/names hold-above twice/);
    expect(() => parsePolicy('single-fak+stop-loss=20%')).toThrow(/single-fak has no rules/);
    expect(parsePolicy('stop-loss=20%+take-profit=0.9')).toEqual({
      kind: 'product',
      rules: { stopLoss: { shareMicros: 200_000n }, takeProfit: { priceMicros: 900_000n } },
    });
  });
});

describe('a rule of a policy', () => {
  it('has a usual level where none is given, which the report names', () => {
    expect(parsePolicy('product+hold-above')).toEqual(parsePolicy('hold-above=0.95'));
    expect(parsePolicy('stop-loss+take-profit')).toEqual(parsePolicy('stop-loss=20%+take-profit=0.95'));
    expect(policyText('hold-above+stop-loss=0.4')).toBe('hold-above=0.95+stop-loss=0.4');
    expect(parsePolicy('product')).toEqual({ kind: 'product' });
  });
});

describe('the table', () => {
  const rendered = async (text: string, leads: readonly number[] = []) =>
    renderReplay(await runReplay(sourceOf(text), singleFak(), leads), 60_000, plainPaint);

  it('says that there is no position instead of results of zero', async () => {
    const late = aRecordingText({
      lines: [`{"t":${STARTS_AT_MS + 299_000},"down":{"bids":[["0.5","9"]],"asks":[["0.51","9"]]}}`],
    });
    expect(await rendered(late, [30_000])).toMatch(/^No position: /);
  });

  it('names no result of holding where no winner is recorded', async () => {
    const text = await rendered(aRecordingText({ header: { winner: undefined } }), [30_000]);
    expect(text).toContain('2 positions, none with a recorded winner');
    expect(text).not.toContain('held to the end');
  });

  it('fits a terminal', async () => {
    const lines = (await rendered(aRecordingText(), [30_000])).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(TERMINAL_WIDTH);
    expect(lines).toContain('2 positions in 1 window.');
  });
});

describe('the totals', () => {
  const row = (slug: string, pnlMicros: number, holdPnlMicros: number): ReplayRow => ({
    ...{ slug, side: 'UP', entryPrice: 0.5, exitPrice: 0.5, sharesMicros: 10_000_000, soldMicros: 5_000_000 },
    ...{ feesMicros: 0, pnlMicros, holdPnlMicros, refusals: 1, firstExitLatenessMs: 100 },
  });

  it('draw whole windows, so that two sides that cancel each other leave no doubt', () => {
    const rows = ['a', 'b', 'c'].flatMap((slug) => [row(slug, 4_000_000, 0), row(slug, -2_000_000, 0)]);
    const { pnl, advantage, windows, unsoldShare, deviationRatio } = totalOf(rows);
    expect(pnl).toMatchObject({ meanMicros: 1_000_000, intervalMicros: [1_000_000, 1_000_000] });
    expect(advantage.meanMicros).toBe(1_000_000);
    expect({ windows, unsoldShare, deviationRatio }).toEqual({ windows: 3, unsoldShare: 0.5, deviationRatio: null });
  });

  it('have an interval around the mean of windows that differ', () => {
    const { pnl } = totalOf(Array.from({ length: 40 }, (_, index) => row(`w${index}`, index * 100_000, 1)));
    const [low, high] = pnl.intervalMicros;
    // The mean is 1.95 dollars, its standard error 0.185.
    expect(low).toBeGreaterThan(1_500_000);
    expect(low).toBeLessThan(1_700_000);
    expect(high).toBeGreaterThan(2_200_000);
    expect(high).toBeLessThan(2_400_000);
  });
});

describe('the report', () => {
  it('is one page that requests nothing and runs its own scripts alone', async () => {
    const report = await runReplay(STEADY, PLAN, [60_000, 120_000]);
    const page = renderReplayPage({
      ...{ report, plan: PLAN, what: '<b>& "one window"', command: 'tminus replay', decidedRows: report.rows },
      lab: await runLab(STEADY, PLAN, report),
      lastWindowEndsAtMs: STARTS_AT_MS + 300_000,
    });
    expect(page).toContain('&lt;b&gt;&amp; &quot;one window&quot;');
    expect(page).not.toMatch(/(?:src|href)=|url\(|@import/);
    const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text = '']) => text);
    expect(scripts).toHaveLength(3);
    for (const text of scripts) {
      expect(page).toContain(`'sha256-${createHash('sha256').update(text).digest('base64')}'`);
    }
    const data = JSON.parse(/id="data">(.*?)<\/script>/s.exec(page)?.[1] ?? '');
    expect(data.leads.seconds).toEqual([60, 120]);
    expect(data.results.sold.reduce((sum: number, count: number) => sum + count, 0)).toBe(2);
    expect(page).toContain('older than August 2026');
  });
});
