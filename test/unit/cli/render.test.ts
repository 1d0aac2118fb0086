import { describe, expect, it } from 'vitest';
import { toEmbed } from '#lib/adapters/discord/discord-embed.ts';
import { renderDiscordMessage } from '#lib/cli/render/embed-box.ts';
import { renderPositionsTable } from '#lib/cli/render/positions-table.ts';
import { renderTimeline } from '#lib/cli/render/timeline-lines.ts';
import { plainPaint, TERMINAL_WIDTH } from '#lib/cli/terminal.ts';
import { createGuarded } from '#lib/domain/evolve/create-position.ts';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { POSITION_STATES } from '#lib/domain/position/position.ts';
import { EVENT_TYPES, type PositionEvent } from '#lib/domain/position/position-event.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { type ReplayedStep, replayTimeline } from '#lib/lifecycle/read/replay-timeline.ts';
import type { TimelineEntry } from '#lib/ports/store/position-store.ts';
import { describeEvidence } from '#lib/words/describe-evidence.ts';
import { describeStep, followsOf } from '#lib/words/describe-step.ts';
import { EXIT_REASON_WORDS } from '#lib/words/position-words.ts';
import { aPosition, somePositionTerms } from '#test/factories/a-position.ts';
import { anAlert } from '#test/factories/an-alert.ts';
import { anEvent } from '#test/factories/an-event.ts';
import { anIntent, BUY_ORDER_HASH } from '#test/factories/an-intent.ts';

const ID = '01kavv5b0n7q3k9z2m4x8w6t1r';
const terms = somePositionTerms({ positionId: ID });
const { openedAtMs, marketEndsAtMs } = terms;
const dueAtMs = marketEndsAtMs - 120_000;

/** The night of the loss up to the first refusal. */
const events: readonly PositionEvent[] = [
  anEvent({ type: 'buy-intended', intent: anIntent({ side: 'BUY' }), atMs: openedAtMs + 100 }),
  anEvent({
    type: 'order-accepted',
    orderHash: BUY_ORDER_HASH,
    reported: { sharesMicros: 36_000_000n, valueMicros: 23_400_000n, feesMicros: 573_300n },
    atMs: openedAtMs + 400,
  }),
  anEvent({ type: 'sell-intended', intent: anIntent(), postAtMs: dueAtMs, atMs: dueAtMs - 900 }),
  anEvent({ type: 'order-refused', text: 'not enough balance / allowance', atMs: dueAtMs + 40 }),
];
const timeline: readonly TimelineEntry[] = [
  { version: 1, event: { type: 'opened', atMs: openedAtMs }, evidence: {} },
  ...events.map((event, index) => ({ version: index + 2, event, evidence: {} })),
];

it('a line that cannot follow by the rules of today is shown all the same', () => {
  const odd: TimelineEntry = { version: 2, event: anEvent({ type: 'market-resolved' }), evidence: {} };
  const steps = replayTimeline(terms, [...timeline.slice(0, 1), odd]);
  expect(renderTimeline(steps, marketEndsAtMs, plainPaint)).toContain('The market is resolved on chain');
});

describe('the timeline of a guarded position', () => {
  const guardTerms = { ...terms, origin: 'guard' } as const;
  const first = { sharesMicros: 40_000_000n, costMicros: 20_000_000n, blockNumber: 7n };
  const created = createGuarded(guardTerms, first);
  const opened = {
    version: 1,
    event: { type: 'opened', atMs: openedAtMs },
    evidence: describePosition(created),
  } as const;
  const later = { sharesMicros: 50_000_000n, costMicros: null, blockNumber: 8n };
  const found = { type: 'shares-found', atMs: openedAtMs + 1, found: later } as const;

  it('begins with the shares of its wallet, and goes on to those that came later', () => {
    const row = evolvePosition(created, found);
    const steps = replayTimeline(row, [opened, { version: 2, event: found, evidence: {} }]);
    expect(steps.at(-1)?.after).toEqual(row);
    const text = renderTimeline(steps, marketEndsAtMs, plainPaint).replace(/\s+/g, ' ');
    expect(text).toContain('40.00 shares of the wallet are guarded: position, request id');
    expect(text).toContain('[→ holding]');
    expect(text).toContain('10.00 more shares found in the wallet, 50.00 in all');
  });

  it('tells what others took, and what came in between', () => {
    const taken = { transactionHash: '0xbot', sharesMicros: 25_000_000n, cashMicros: 15_000_000n };
    const left = { type: 'shares-left', atMs: openedAtMs + 1, left: [taken], found: later } as const;
    const steps = replayTimeline(evolvePosition(created, left), [opened, { version: 2, event: left, evidence: {} }]);
    const text = renderTimeline(steps, marketEndsAtMs, plainPaint).replace(/\s+/g, ' ');
    expect(text).toContain('25.00 for $15.00 (0xbot); 10.00 had come to it in between');
  });

  it('may begin with shares that are expected', () => {
    const waiting = { ...opened, evidence: describePosition(createGuarded(guardTerms, null)) };
    const text = renderTimeline(replayTimeline(guardTerms, [waiting]), marketEndsAtMs, plainPaint);
    expect(text.replace(/\s+/g, ' ')).toContain('Shares that are expected are guarded');
  });
});

describe('a step in words', () => {
  const steps = replayTimeline(terms, timeline);

  it('says of a refusal what it means and when the queue brings the next try', () => {
    const refusal = describeStep(steps[4] as ReplayedStep);
    expect(refusal.text).toBe('Sell refused: not enough balance / allowance');
    expect(followsOf(refusal)).toBe('the bought shares had not settled yet; trying again in 1 s through the queue');
  });

  it('says of a fill how much, at what price and for how much', () => {
    expect(describeStep(steps[2] as ReplayedStep).text).toBe('Bought 36.00 shares at 65.0¢ for $23.40 (fee $0.57)');
  });

  it('has words for every event, also without knowing the position', () => {
    for (const type of EVENT_TYPES) {
      const entry = { version: 2, event: anEvent({ type }), evidence: {} };
      expect(describeStep({ entry, before: null, after: null }).text).not.toBe('');
    }
  });
});

describe('show', () => {
  it('tells the wall time, the time to the end and every change of state, as wide as a terminal', () => {
    const text = renderTimeline(replayTimeline(terms, timeline), marketEndsAtMs, plainPaint);
    expect(text).toContain('[holding → exiting]');
    expect(text).toMatch(/\d\d:\d\d:\d\d\.\d{3} {2}T−2:00 +Sell refused/);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(TERMINAL_WIDTH);
  });

  it('shows what was read, and facts it does not know by their name', () => {
    const evidence = {
      bestBidMicros: '580000',
      tookMs: 262,
      approved: false,
      bookAtMs: null,
      newFact: 'x',
      remedyDone: true,
      chainSharesMicros: '36470000',
      chainApproved: true,
    };
    expect(describeEvidence(evidence, marketEndsAtMs)).toBe(
      'best bid 58.0¢ · took 262 ms · not approved · 36.47 shares on chain · approved on chain · newFact x',
    );
  });
});

describe('evidence', () => {
  it('is told in the order of reading, whatever the order in the table', () => {
    const evidence = { approved: true, tookMs: 3, bidCount: 10, restingOrderCount: 0, bestBidMicros: '580000' };
    expect(describeEvidence(evidence, marketEndsAtMs)).toBe(
      'best bid 58.0¢ · 10 bids · took 3 ms · 0 resting orders · approved',
    );
  });

  it('tells the two looks of a rule apart', () => {
    const evidence = {
      ...{
        secondPriceMicros: '440000',
        secondIsWhole: false,
        secondLookAtMs: openedAtMs + 1_000,
        secondBookFlaw: 'old',
      },
      ...{ firstPriceMicros: null, firstIsWhole: null, firstLookAtMs: openedAtMs, firstBestBidMicros: '450000' },
    };
    const texts = describeEvidence(evidence, marketEndsAtMs).replace(/\d\d:\d\d:\d\d\.\d{3}/g, 'TIME');
    expect(texts).toBe(
      'first look at TIME: no price, best bid 45.0¢ · ' +
        'second look at TIME: a part of the shares for 44.0¢ each, book ignored (old)',
    );
  });
});

describe('positions', () => {
  const views = POSITION_STATES.map((state) =>
    describePosition(
      aPosition({ state, positionId: ID, outcome: 'DOWN', mode: state === 'exiting' ? 'live' : 'paper' }),
    ),
  );
  const widthOf = (text: string) => Math.max(...text.split('\n').map((line) => line.length));

  it.each([openedAtMs, openedAtMs + 86_400_000])(
    'fits 80 columns in every state, and marks live ones (%d)',
    (nowMs) => {
      const table = renderPositionsTable(views, nowMs, plainPaint);
      expect(table.split('\n')).toHaveLength(views.length + 3);
      expect(widthOf(table)).toBeLessThanOrEqual(TERMINAL_WIDTH);
      expect(table).toContain('BTC 5m DOWN*');
      expect(table).toContain('* live');
    },
  );

  it('shows proceeds, full states and dates where there are 120 columns', () => {
    const table = renderPositionsTable(views, openedAtMs + 86_400_000, plainPaint, 120);
    expect(table.split('\n')).toHaveLength(views.length + 2);
    expect(widthOf(table)).toBeLessThanOrEqual(120);
    for (const part of ['Got', 'awaiting-resolution', 'BTC 5m DOWN LIVE']) expect(table).toContain(part);
    expect(table).toMatch(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/);
  });

  it('tells the windows of an asset apart, and names other markets, in 80 columns', () => {
    const worst = describePosition(
      aPosition({ state: 'worthless', positionId: ID, outcome: 'DOWN', mode: 'live', asset: 'HYPE' }),
    );
    const table = renderPositionsTable(
      [
        { ...worst, marketSlug: 'hype-updown-15m-1773306900' },
        { ...worst, marketSlug: 'hyperliquid-up-or-down-march-12-2026-4am-et' },
        { ...worst, asset: null, marketSlug: 'will-it-rain', outcome: 'Manchester United' },
      ],
      dueAtMs,
      plainPaint,
    );
    expect(widthOf(table)).toBeLessThanOrEqual(TERMINAL_WIDTH);
    for (const part of ['HYPE 15m DOWN*', 'HYPE 1h DOWN*', 'wil… Manches…*']) expect(table).toContain(part);
  });

  it('counts down to the exit while it is ahead and shows when it was afterwards', () => {
    const holding = describePosition(aPosition({ state: 'holding' }));
    expect(renderPositionsTable([holding], dueAtMs - 61_000, plainPaint)).toContain('in 1:01');
    expect(renderPositionsTable([holding], dueAtMs + 1, plainPaint)).toContain('now');
  });

  it('says below the table which rules wait, which fired, what was asked for and which preset was left out', () => {
    const holding = aPosition({ state: 'holding' });
    const rules = { stopLossMicros: 450_000n, trailingStopMicros: 100_000n };
    const firedRule = { rule: 'stop-loss', priceMicros: 440_000n, levelMicros: 450_000n, atMs: dueAtMs } as const;
    const ruled = { ...holding, policy: { ...holding.policy, rules } };
    const linesOf = (position: Position) =>
      renderPositionsTable([describePosition(position)], openedAtMs, plainPaint)
        .split('\n')
        .slice(3)
        .join('\n');
    expect(linesOf(holding)).toBe('');
    expect(linesOf(ruled)).toBe('position-1 stop-loss 45.0¢, trailing stop 10.0¢ below the highest');
    expect(linesOf({ ...ruled, highMicros: 710_000n })).toContain('(now 61.0¢)');
    expect(linesOf({ ...ruled, firedRule })).toBe(
      'position-1 stop-loss: all shares would sell at 44.0¢, its level is 45.0¢',
    );
    const exitRequest = { atMs: openedAtMs, untilSoldMicros: 10_000_000n, minPriceMicros: 750_000n };
    expect(linesOf({ ...ruled, exitRequest }).split('\n')).toContain(
      'position-1 asked to sell 10.00 shares at 75.0¢ or more, until the exit is due',
    );
    // Of an end only the rule that made it.
    const exited = aPosition({ state: 'exited' });
    expect(linesOf({ ...exited, policy: ruled.policy })).toBe('');
    expect(linesOf({ ...exited, policy: ruled.policy, firedRule })).toContain('its level is 45.0¢');
    const message = `The stop-loss of $0.45 would fire at once: ${'all shares would sell at less. '.repeat(3)}`;
    const refused = linesOf({ ...holding, refusedPreset: { preset: 'careful', code: 'rule-already-met', message } });
    expect(refused).toMatch(/^position-1 none, those of preset careful were refused: The stop-loss/);
    expect(refused.split('\n').length).toBeGreaterThan(1);
    expect(widthOf(refused)).toBeLessThanOrEqual(TERMINAL_WIDTH);
  });

  it('says that there are none', () => {
    expect(renderPositionsTable([], 0, plainPaint)).toBe('No positions.');
  });
});

describe('a Discord message in the terminal', () => {
  const alert = anAlert({
    position: describePosition(aPosition({ state: 'exited', refusals: { 'unsettled-buy': 3 } })),
  });
  const event = { type: 'position-alert', positionId: ID, version: 6, alert } as const;
  const box = renderDiscordMessage({ embeds: [toEmbed({ kind: 'event', event })] });

  it('is a box with the title, three fields beside each other, and no markdown', () => {
    expect(box).toContain('🟢 PAPER · BTC UP · sold (forced exit)');
    expect(box).toMatch(/Result +Shares +Paid/);
    expect(box).toContain(EXIT_REASON_WORDS['emergency:timeout']);
    expect(box).not.toMatch(/\*\*|`/);
    expect(box.split('\n').every((line) => /^[┌│└].*[┐│┘]$/.test(line))).toBe(true);
  });

  it('fits the terminal, whatever bitcoin costs', () => {
    expect(box.split('\n').every((line) => line.length <= TERMINAL_WIDTH)).toBe(true);
  });

  it('survives a message without embeds', () => {
    expect(renderDiscordMessage({ content: 'hello' })).toBe('hello');
  });
});
