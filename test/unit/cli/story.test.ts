import { describe, expect, it } from 'vitest';
import { renderLiveTable } from '#lib/cli/story/live-table.ts';
import { narrateStep } from '#lib/cli/story/narrate-step.ts';
import { SCENARIOS } from '#lib/cli/story/scenarios.ts';
import { readStorySettings } from '#lib/cli/story/story-settings.ts';
import { renderSummary, summarise } from '#lib/cli/story/story-summary.ts';
import { createPositionTracker, type TrackedPosition } from '#lib/cli/story/tracked-position.ts';
import { plainPaint, TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import { createPosition } from '#lib/domain/evolve/create-position.ts';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import { POSITION_STATES, type Position } from '#lib/domain/position/position.ts';
import type { PositionEvent } from '#lib/domain/position/position-event.ts';
import { replayTimeline } from '#lib/lifecycle/read/replay-timeline.ts';
import type { TimelineEntry } from '#lib/ports/store/position-store.ts';
import { aPosition, somePositionTerms } from '#test/factories/a-position.ts';
import { anEvent } from '#test/factories/an-event.ts';
import { anIntent, BUY_ORDER_HASH, orderHashOf } from '#test/factories/an-intent.ts';

const terms = somePositionTerms();
const dueAtMs = terms.marketEndsAtMs - 120_000;
const FACTS = { marketCount: 1, discordMessageCount: 2, durationMs: 45_000 };

const refused = (attemptNumber: number, atMs: number) =>
  anEvent({ type: 'order-refused', orderHash: orderHashOf(attemptNumber), atMs });
const events: readonly PositionEvent[] = [
  anEvent({ type: 'buy-intended', intent: anIntent({ side: 'BUY' }), atMs: terms.openedAtMs + 100 }),
  anEvent({ type: 'order-accepted', orderHash: BUY_ORDER_HASH, atMs: terms.openedAtMs + 400 }),
  anEvent({ type: 'sell-intended', intent: anIntent(), postAtMs: dueAtMs, atMs: dueAtMs - 900 }),
  refused(2, dueAtMs + 40),
  anEvent({
    type: 'sell-intended',
    intent: anIntent({ attemptNumber: 3 }),
    postAtMs: dueAtMs + 1_000,
    atMs: dueAtMs + 1_000,
  }),
  refused(3, dueAtMs + 1_040),
];
const timeline: readonly TimelineEntry[] = [
  { version: 1, event: { type: 'opened', atMs: terms.openedAtMs }, evidence: {} },
  ...events.map((event, index) => ({ version: index + 2, event, evidence: {} })),
];
const row = events.reduce<Position>(evolvePosition, createPosition(terms));

const tracked = (position: Position, overrides: Partial<TrackedPosition> = {}): TrackedPosition => ({
  label: '1 BTC UP',
  isPickedUp: false,
  fromMs: 0,
  position,
  steps: [],
  ...overrides,
});
const inTheNight = tracked(row, { steps: replayTimeline(row, timeline) });

const widest = (text: string) => Math.max(...text.split('\n').map((line) => line.length));

describe('the lines of the story', () => {
  const lines = inTheNight.steps.map((step) => narrateStep(inTheNight, step, plainPaint));

  it('say when the exit is due, in time to the end', () => {
    expect(lines[3]).toMatch(/T−2:00 +1 BTC UP +2:00 left: the exit is due/);
  });

  it('tell a refusal with its text, what it means and what comes next', () => {
    expect(lines[4]).toMatch(
      /Sell refused: not enough balance \/ allowance\n +→ the bought shares had not settled yet; trying\n +again in 1 s/,
    );
  });

  it('do not repeat the words of the same refusal', () => {
    expect(lines[6]).toMatch(/ {2}Refused; trying again in 1 s through the queue$/);
  });

  it('leave out what matters only to who looks closer', () => {
    expect([lines[0], lines[1], lines[5]]).toEqual([null, null, null]);
  });

  it('fit the terminal', () => {
    expect(widest(lines.filter((line) => line !== null).join('\n'))).toBeLessThanOrEqual(TERMINAL_WIDTH);
  });
});

describe('the live table', () => {
  it('counts down, shows orders and refusals, and the last words of the venue', () => {
    const table = renderLiveTable([inTheNight], dueAtMs + 2_000, plainPaint);
    expect(table).toMatch(/1 BTC UP +exiting +2 s late +3 +2 /);
    expect(table).toContain('1 BTC UP: not enough balance / allowance');
  });

  it('says that it is settling once everything is sold, and no longer what was refused', () => {
    const accepted = [
      anEvent({ type: 'sell-intended', intent: anIntent({ attemptNumber: 4 }), atMs: dueAtMs + 2_000 }),
      anEvent({ type: 'order-accepted', orderHash: orderHashOf(4), atMs: dueAtMs + 2_300 }),
    ];
    const table = renderLiveTable(
      [{ ...inTheNight, position: accepted.reduce<Position>(evolvePosition, row) }],
      dueAtMs + 4_000,
      plainPaint,
    );
    expect(table).toMatch(/exiting +settling/);
    expect(table).not.toContain('not enough balance');
  });

  it('shows the time to the result of what was not sold, and then what it paid', () => {
    const awaiting = tracked(aPosition({ state: 'awaiting-resolution' }));
    const at = (nowMs: number) => renderLiveTable([awaiting], nowMs, plainPaint);
    expect(at(terms.marketEndsAtMs - 4_000)).toMatch(/awaiting +T−0:04/);
    expect(at(terms.marketEndsAtMs + 50_000)).toMatch(/awaiting +T\+0:50/);
    const redeemed = tracked(aPosition({ state: 'redeemed', payoutMicros: 36_000_000n }));
    expect(renderLiveTable([redeemed], 0, plainPaint)).toMatch(/redeemed +not sold .* \$36\.00 +\+\$/);
  });

  it('fits the terminal in every state', () => {
    const all = POSITION_STATES.map((state) => tracked(aPosition({ state }), { label: '20 BTC DOWN' }));
    for (const nowMs of [dueAtMs - 3_600_000, dueAtMs, dueAtMs + 600_000]) {
      const table = renderLiveTable(all, nowMs, plainPaint);
      expect(widest(table)).toBeLessThanOrEqual(TERMINAL_WIDTH);
      // One line for each position, below an empty line and the head: no cell is broken.
      expect(table.split('\n')).toHaveLength(all.length + 3);
    }
  });
});

describe('the summary', () => {
  it('counts a position that is buying, holding or exiting as unmanaged, and none that is not', () => {
    const all = POSITION_STATES.map((state) => tracked(aPosition({ state, positionId: state })));
    expect(summarise(all, FACTS).unmanagedIds).toEqual(['buying', 'holding', 'exiting']);
  });

  it('fits the terminal in every state', () => {
    const all = POSITION_STATES.map((state) =>
      tracked(aPosition({ state }), { label: '20 BTC DOWN', isPickedUp: true }),
    );
    expect(widest(renderSummary(summarise(all, FACTS), all, plainPaint))).toBeLessThanOrEqual(TERMINAL_WIDTH);
  });

  it('adds no result that is not known', () => {
    const found = { sharesMicros: 36_000_000n, costMicros: null, blockNumber: 7n };
    const guarded = aPosition({ state: 'exited', origin: 'guard', found });
    const alone = [tracked(guarded)];
    expect(summarise(alone, FACTS).unknownCount).toBe(1);
    expect(renderSummary(summarise(alone, FACTS), alone, plainPaint)).toContain('Result after fees: unknown.');
    const both = [...alone, tracked(aPosition({ state: 'redeemed', payoutMicros: 36_000_000n }))];
    expect(renderSummary(summarise(both, FACTS), both, plainPaint)).toMatch(/after fees: \+\$[\d.]+, and 1 unknown\./);
  });

  it('says when the result comes if shares could not be sold', () => {
    const unsold = [tracked(aPosition({ state: 'awaiting-resolution' }))];
    const text = renderSummary(summarise(unsold, FACTS), unsold, plainPaint);
    expect(text).toContain('not sold: 36.00 shares left');
    expect(text).toMatch(/The market ends at\s+\d\d:\d\d:\d\d UTC/);
    expect(text).toContain('No position is left buying, holding or exiting.');
  });

  it('tells how long after the exit was due each was out, and what was refused', () => {
    const sold = [tracked(aPosition({ state: 'exited', refusals: { 'unsettled-buy': 3 } }), { isPickedUp: true })];
    const summary = summarise(sold, FACTS);
    expect(summary.positions[0]).toMatchObject({ pickedUp: true, secondsAfterDue: 1 });
    const text = renderSummary(summary, sold, plainPaint);
    expect(text).toMatch(/1 BTC UP \* +exited .*\+1\.0 s/);
    expect(text).toContain('* left open by an earlier run');
    expect(text).toMatch(/sells refused: 3 × the bought shares had not settled yet; order 2 was\s+filled/);
    expect(widest(text)).toBeLessThanOrEqual(TERMINAL_WIDTH);
  });

  it('says what the result paid for shares that could not be sold', () => {
    const ends = [
      tracked(aPosition({ state: 'redeemed', payoutMicros: 36_000_000n })),
      tracked(aPosition({ state: 'worthless' }), { label: '2 ETH UP' }),
    ];
    const text = renderSummary(summarise(ends, FACTS), ends, plainPaint).replaceAll(/\s+/g, ' ');
    expect(text).toMatch(/1 BTC UP redeemed \S+ \S+ \$36\.00 \S+ \+\$\d/);
    expect(text).toMatch(/2 ETH UP worthless \S+ \S+ \$0\.00 \S+ -\$\d/);
    expect(text).toContain(
      "1 BTC UP: 36.00 shares not sold; no sell was refused. The market's result paid $36.00 for them.",
    );
    expect(text).toContain("By the market's result they are worthless.");
    expect(text).not.toContain('Awaiting');
  });

  it('adds up the results', () => {
    const sold = [tracked(aPosition({ state: 'exited' })), tracked(aPosition({ state: 'exited' }))];
    const one = BigInt(summarise(sold.slice(0, 1), FACTS).pnlMicros);
    expect(summarise(sold, FACTS).pnlMicros).toBe((one * 2n).toString());
  });
});

describe('following positions', () => {
  it('tells each step once, and none of an earlier run', async () => {
    let shown = 4;
    const store = {
      find: async () => ({ ...row, version: shown }),
      listTimeline: async () => timeline.slice(0, shown),
    };
    const tracker = createPositionTracker(store);
    tracker.follow(row, { isPickedUp: true, fromMs: dueAtMs - 900 });
    const told: string[] = [];
    const refresh = () => tracker.refresh((_tracked, step) => void told.push(step.entry.event.type));
    await refresh();
    await refresh();
    shown = 5;
    await refresh();
    expect(told).toEqual(['sell-intended', 'order-refused']);
  });
});

describe('the settings of the story', () => {
  it('let the shares settle after the exit is due', () => {
    const { env, timeToExitMs } = readStorySettings({}, SCENARIOS.night);
    expect(Number(env.PAPER_SETTLEMENT_FIXED_MS)).toBeGreaterThan(timeToExitMs);
  });

  it('leave the settlement as in production when the story opens nothing', () => {
    expect(readStorySettings({}, null).env).not.toHaveProperty('PAPER_SETTLEMENT_FIXED_MS');
  });

  it('come from the environment where it has them', () => {
    const settings = readStorySettings(
      { EXIT_LEAD_MS: '9000', STORY_TIME_TO_EXIT_MS: '5000', OTHER: 'x' },
      SCENARIOS.unsellable,
    );
    expect(settings).toMatchObject({ exitLeadMs: 9_000, timeToExitMs: 5_000 });
    expect(settings.env).not.toHaveProperty('OTHER');
  });

  it('name every bad value', () => {
    expect(() => readStorySettings({ EXIT_LEAD_MS: 'soon', TIMER_GRAIN_MS: '-1' }, null)).toThrow(
      /EXIT_LEAD_MS.*TIMER_GRAIN_MS/,
    );
  });
});
