import { beforeAll, describe, expect, it } from 'vitest';
import { playProduct } from '#infra/proof/rivals/play-product.ts';
import { playRival } from '#infra/proof/rivals/play-rival.ts';
import {
  askOf,
  noteRefusal,
  noteSold,
  RIVAL_NAMES,
  RIVAL_RULES,
  type RivalName,
  type RivalRecord,
  type RivalRule,
} from '#infra/proof/rivals/rival-rules.ts';
import { type RivalsReport, runRivals } from '#infra/proof/rivals/run-rivals.ts';
import { drawSituation } from '#infra/proof/rivals/situation.ts';
import type { LifeFigures } from '#infra/proof/rivals/weigh-life.ts';
import { renderRivals } from '#lib/cli/render/rivals-table.ts';
import { plainPaint, TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import { formatBalanceRefusal } from '#lib/domain/refusal/balance-refusal-text.ts';
import { DEFAULT_FAULT_PLAN, type FaultPlan, NO_FAULTS } from '#lib/simulation/fault-plan.ts';

function ruleOf(name: RivalName): RivalRule {
  const rule = RIVAL_RULES.find((each) => each.name === name);
  if (rule === undefined) throw new Error(`no rule ${name}`);
  return rule;
}

const planOf = (...faults: FaultPlan['faults']): FaultPlan => ({ ...NO_FAULTS, faults });

/** Plays seeds until one of them bought something. */
async function play(name: RivalName, plan: FaultPlan, firstSeed = 1): Promise<LifeFigures> {
  for (let seed = firstSeed; seed < firstSeed + 20; seed += 1) {
    const figures = await playRival(drawSituation(seed, plan), ruleOf(name));
    if (figures !== null) return figures;
  }
  throw new Error('nothing was bought in twenty lives');
}

const strategiesOf = ({ strategies }: RivalsReport, name: string) =>
  strategies.filter(({ strategy }) => strategy === name);

describe('a world without faults', () => {
  const seeds = Array.from({ length: 30 }, (_, index) => 100 + index);

  it.each(RIVAL_NAMES)('lets %s sell everything for which there is a bid', async (name) => {
    let lives = 0;
    for (const seed of seeds) {
      const situation = drawSituation(seed, NO_FAULTS);
      const figures = await playRival(situation, ruleOf(name));
      if (figures === null) continue;
      expect(figures.firstExitLateMs).not.toBeNull();
      const { playing, outcome } = situation.setup;
      const asksAtMs = situation.exitDueAtMs + (figures.firstExitLateMs ?? 0);
      const book = playing.bookAt(playing.market.tokenIds[outcome], asksAtMs + 200);
      if ((book?.bids.length ?? 0) === 0) continue;
      lives += 1;
      expect(figures).toMatchObject({ leftMicros: 0n, unclaimedMicros: 0n, isOversold: false, isSoldTwice: false });
      expect(figures.isAskedTooMuch).toBe(false);
      // The 99 % and the rest are two orders.
      expect(figures.sellCount).toBe(name === 'sell-99-percent' ? 2 : 1);
    }
    expect(lives).toBeGreaterThan(20);
  });

  it('brings those that sell on time the same cash as T-minus, to the cent', async () => {
    for (const seed of seeds.slice(0, 10)) {
      const situation = drawSituation(seed, NO_FAULTS);
      const product = await playProduct(situation);
      const clamp = await playRival(situation, ruleOf('clamp-2-percent'));
      if (product.figures === null || clamp === null) continue;
      expect(product.figures.boughtMicros).toBe(clamp.boughtMicros);
      expect(product.figures.exitValueMicros).toBe(clamp.exitValueMicros);
      expect(Number(product.figures.receivedMicros - clamp.receivedMicros) / 1e4).toBeCloseTo(0, 0);
    }
  });
});

describe('the default faults', () => {
  let report: RivalsReport;
  beforeAll(async () => {
    report = await runRivals({ seed: 1, lifeCount: 120, plan: DEFAULT_FAULT_PLAN });
  });

  it('leave nothing of T-minus unmanaged, and none of its shares oversold', () => {
    expect(report.violations).toEqual([]);
    for (const row of strategiesOf(report, 't-minus')) {
      expect(row.lives).toBeGreaterThan(25);
      expect(row).toMatchObject({
        unmanaged: { lives: 0, ofShares: 0 },
        oversold: { lives: 0 },
        soldTwice: { lives: 0 },
      });
    }
  });

  it.each(RIVAL_NAMES)('leave shares of %s unmanaged', (name) => {
    for (const row of strategiesOf(report, name)) {
      expect(row.unmanaged.lives).toBeGreaterThan(0);
      expect(row.unmanaged.lives).toBe(row.left.lives);
    }
  });

  it('make a plain timer late, and a loop by its period', () => {
    for (const row of strategiesOf(report, 'timer')) expect(row.firstExitLatenessMs.median).toBeGreaterThan(10_000);
    for (const row of strategiesOf(report, 'replaced-worker')) {
      expect(row.firstExitLatenessMs.median).toBeGreaterThan(1_000);
      expect(row.firstExitLatenessMs.median).toBeLessThan(10_000);
    }
  });

  it('give the same table again for the same seeds', async () => {
    const options = { seed: 41, lifeCount: 15, plan: DEFAULT_FAULT_PLAN };
    const once = await runRivals(options);
    expect(await runRivals(options)).toEqual(once);
    expect(renderRivals(once, plainPaint)).toContain('Seeds 41 to 55');
  });

  it('fit into a terminal', () => {
    const lines = renderRivals(report, plainPaint).split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(TERMINAL_WIDTH);
    expect(lines.filter((line) => line.startsWith('plain timer'))).toHaveLength(5);
  });
});

describe('a plan under which no strategy gets shares', () => {
  it('has dashes where there is no life to take a share of', async () => {
    const plan = planOf({ kind: 'ghost-fill', probability: 1 });
    const report = await runRivals({ seed: 1, lifeCount: 5, plan });
    for (const { lives, left, lost, firstExitLatenessMs } of report.strategies) {
      expect({ lives, share: left.share, part: lost.ofExitValue }).toEqual({ lives: 0, share: null, part: null });
      expect(firstExitLatenessMs).toEqual({ lives: 0, median: null, p99: null });
    }
    expect(renderRivals(report, plainPaint)).not.toMatch(/NaN|Infinity|undefined|null/);
    expect(JSON.stringify(report)).not.toContain('NaN');
  });

  it('plays no exit by hand: no rival has a button', async () => {
    const plan = planOf({ kind: 'exit-by-hand', probability: 1 });
    const { strategies } = await runRivals({ seed: 1, lifeCount: 6, plan });
    const [first] = strategies;
    expect(first?.firstExitLatenessMs.median).toBe(0);
  });
});

describe('a dying process', () => {
  // The first sleep of a program that bought at once is the wait for its exit.
  const plan = planOf({ kind: 'death', at: [1], sites: ['clock.sleepUntil:after'] });

  it('ends the replaced worker for good', async () => {
    const figures = await play('replaced-worker', plan);
    expect(figures).toMatchObject({ sellCount: 0, firstExitLateMs: null });
    expect(figures.unmanagedMicros).toBe(figures.leftMicros);
    expect(figures.leftMicros).toBeGreaterThan(0n);
  });

  it('delays one that is started again', async () => {
    const figures = await play('clamp-2-percent', plan);
    expect(figures.firstExitLateMs).toBe(20_000);
  });

  it('gives the timer’s function a second run after a minute', async () => {
    const figures = await play(
      'timer',
      planOf({ kind: 'death', at: [1], sites: ['exchange.postOrder:after'], fromMs: -120_000 }),
    );
    expect(figures.sellCount).toBe(2);
  });
});

describe('timers that fail', () => {
  it('sell nothing when lost, and ask twice when they fire twice', async () => {
    const lost = await play('timer', planOf({ kind: 'timer-lost', probability: 1 }));
    expect(lost).toMatchObject({ sellCount: 0, firstExitLateMs: null });
    const twice = await play('timer', planOf({ kind: 'timer-duplicate', probability: 1 }));
    expect(twice).toMatchObject({ sellCount: 2, isAskedTooMuch: true, isSoldTwice: false });
  });
});

describe('sells that are refused until the end', () => {
  const plan = planOf({ kind: 'sale-blocked', probability: 1, fromMs: -600_000 });

  it('are given up after ten by one, and repeated by the others', async () => {
    expect((await play('give-up-after-10', plan)).sellCount).toBe(10);
    expect((await play('clamp-2-percent', plan)).sellCount).toBeGreaterThan(20);
    expect((await play('replaced-worker', plan)).sellCount).toBeGreaterThan(15);
    expect((await play('timer', plan)).sellCount).toBe(1);
  });
});

describe('what is asked for', () => {
  const recordOf = (changes: Partial<RivalRecord> = {}): RivalRecord => ({
    ...{ boughtMicros: 50_000_000n, leftMicros: 50_000_000n, tryCount: 0, refusalCount: 0, heard: null },
    ...changes,
  });
  const refused = (balanceMicros: bigint, activeOrdersMicros = 0n): RivalRecord => {
    const record = recordOf();
    const figures = { balanceMicros, activeOrdersMicros, matchedOrdersMicros: 0n, orderMicros: 50_000_000n };
    noteRefusal(record, formatBalanceRefusal(figures));
    return record;
  };

  it('is clamped to what a refusal names within 2 %, less what is reserved', () => {
    const rule = ruleOf('clamp-2-percent');
    expect(askOf(rule, recordOf())).toBe(50_000_000n);
    expect(askOf(rule, refused(49_123_456n))).toBe(49_120_000n);
    expect(askOf(rule, refused(49_000_000n))).toBe(49_000_000n);
    expect(askOf(rule, refused(48_999_999n))).toBe(50_000_000n);
    expect(askOf(rule, refused(50_000_000n, 500_000n))).toBe(49_500_000n);
    expect(askOf(rule, refused(60_000_000n))).toBe(50_000_000n);
    expect(askOf(ruleOf('timer'), refused(49_500_000n))).toBe(50_000_000n);
  });

  it('is nothing any more once the clamped size is sold', () => {
    const rule = ruleOf('clamp-2-percent');
    const record = refused(49_500_000n);
    noteSold(rule, record, 49_500_000n, 49_500_000n);
    expect(askOf(rule, record)).toBe(0n);
    const part = refused(49_500_000n);
    noteSold(rule, part, 49_500_000n, 10_000_000n);
    expect(askOf(rule, part)).toBe(40_000_000n);
  });

  it('is 99 %, and then the rest', () => {
    const rule = ruleOf('sell-99-percent');
    const record = recordOf();
    expect(askOf(rule, record)).toBe(49_500_000n);
    noteSold(rule, record, 49_500_000n, 49_500_000n);
    expect(askOf(rule, record)).toBe(500_000n);
  });
});
