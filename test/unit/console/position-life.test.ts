import { describe, expect, it } from 'vitest';
import { mergeSeries, shownSpan } from '#lib/console/page/position/life-series.ts';
import { describeLife, type LifePrices } from '#lib/console/position/describe-life.ts';
import { holdingLine } from '#lib/console/position/holding-line.ts';
import { createPosition } from '#lib/domain/evolve/create-position.ts';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { EVENT_TYPES, type PositionEvent } from '#lib/domain/position/position-event.ts';
import type { TimelineEntry } from '#lib/ports/store/position-store.ts';
import { aPosition, somePositionTerms } from '#test/factories/a-position.ts';
import { anEvent } from '#test/factories/an-event.ts';
import { anIntent, BUY_ORDER_HASH } from '#test/factories/an-intent.ts';

const terms = somePositionTerms();
const { openedAtMs, marketEndsAtMs } = terms;
const dueAtMs = marketEndsAtMs - 120_000;
const afterEndMs = marketEndsAtMs + 60_000;

/** Bought at 65 cents, refused once at a bid of 64, and sold at 60. */
const events: readonly PositionEvent[] = [
  anEvent({ type: 'buy-intended', intent: anIntent({ side: 'BUY' }), atMs: openedAtMs + 100 }),
  anEvent({
    type: 'order-accepted',
    orderHash: BUY_ORDER_HASH,
    reported: { sharesMicros: 36_000_000n, valueMicros: 23_400_000n, feesMicros: 573_300n },
    atMs: openedAtMs + 400,
  }),
  anEvent({ type: 'sell-intended', intent: anIntent(), postAtMs: dueAtMs, bidMicros: 640_000n, atMs: dueAtMs }),
  anEvent({ type: 'order-refused', text: 'not enough balance / allowance', atMs: dueAtMs + 40 }),
];
const timeline: readonly TimelineEntry[] = [
  { version: 1, event: { type: 'opened', atMs: openedAtMs }, evidence: {} },
  ...events.map((event, index) => ({
    version: index + 2,
    event,
    evidence: event.type === 'sell-intended' ? { bestBidMicros: '640000', bookAtMs: dueAtMs - 200 } : {},
  })),
];
const row = events.reduce<Position>(evolvePosition, createPosition(terms));
const NO_PRICES = { winner: null, token: [], underlying: [], notes: [] };

describe('the life of a position, as the page shows it', () => {
  const life = describeLife(row, timeline, NO_PRICES, dueAtMs + 1_000);

  it('marks the buy, the try and its refusal at their prices', () => {
    expect(life.chart.marks.map(({ kind, price, atMs }) => [kind, price, atMs])).toEqual([
      ['buy', 0.65, openedAtMs + 400],
      ['try', 0.64, dueAtMs],
      ['refusal', 0.64, dueAtMs + 40],
    ]);
    expect(life.chart.marks[2]?.text).toContain('not enough balance / allowance');
    expect(life.chart.bids).toEqual([{ atMs: dueAtMs, price: 0.64 }]);
  });

  it('marks a sale at the average of what this step sold', () => {
    const sold = [
      anEvent({ type: 'sell-intended', intent: anIntent({ orderHash: `0x${'5'.repeat(64)}` }), atMs: dueAtMs + 900 }),
      anEvent({
        type: 'order-accepted',
        orderHash: `0x${'5'.repeat(64)}`,
        reported: { sharesMicros: 36_000_000n, valueMicros: 21_600_000n, feesMicros: 0n },
        atMs: dueAtMs + 1_200,
      }),
    ];
    const entries = sold.map((event, index) => ({ version: 6 + index, event, evidence: {} }));
    const after = sold.reduce<Position>(evolvePosition, row);
    const { marks } = describeLife(after, [...timeline, ...entries], NO_PRICES, afterEndMs).chart;
    expect(marks.at(-1)).toMatchObject({ kind: 'fill', price: 0.6, atMs: dueAtMs + 1_200 });
  });

  it('is final once it ended, its result is known and no price is missing', () => {
    const ended = aPosition({ state: 'exited' });
    const isFinal = (position: Position, prices: Partial<LifePrices>) =>
      describeLife(position, [], { ...NO_PRICES, ...prices }, afterEndMs).isFinal;
    expect(isFinal(ended, { winner: 'UP' })).toBe(true);
    expect(isFinal(ended, { winner: null })).toBe(false);
    expect(isFinal(ended, { winner: 'UP', notes: ['The server of the candles is not available.'] })).toBe(false);
    expect(isFinal(row, { winner: 'UP' })).toBe(false);
  });

  it('tells each step with its meaning, and where it changed the state', () => {
    expect(life.timeline.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5]);
    expect(life.timeline[0]?.change).toBe('→ buying');
    expect(life.timeline[2]).toMatchObject({ change: 'buying → holding', tone: 'good' });
    expect(life.timeline[3]?.evidence).toContain('best bid 64.0¢');
    expect(life.timeline[4]?.follows).not.toBeNull();
  });

  it.each(EVENT_TYPES)('has a line for %s, also where the rules of today cannot replay it', (type) => {
    const odd = { version: 9, event: anEvent({ type }), evidence: { bestBidMicros: 'garbage' } };
    const { timeline: lines } = describeLife(row, [...timeline.slice(0, 1), odd], NO_PRICES, afterEndMs);
    expect(lines).toHaveLength(2);
    expect(lines[1]?.text).not.toBe('');
  });
});

describe('what holding would have brought', () => {
  const exited = aPosition({ state: 'exited' });
  // 36 shares at 65 cents.
  const holding = aPosition({ state: 'holding' });

  it.each<[string, Position, 'UP' | 'DOWN' | null, number, RegExp]>([
    ['before the end', holding, null, dueAtMs, /make \+\$\d+\.\d\d if they win and -\$\d+\.\d\d if they lose/],
    ['after the end without a result', holding, null, afterEndMs, /not known yet/],
    [
      'a sale that won the dispute',
      exited,
      'DOWN',
      afterEndMs,
      /The outcome lost.*\+\$\d+\.\d\d compared with holding/,
    ],
    ['a sale too early', exited, 'UP', afterEndMs, /The outcome won.*-\$\d+\.\d\d compared with holding/],
    ['nothing bought', aPosition({ state: 'voided' }), 'UP', afterEndMs, /nothing to hold/],
  ])('%s', (_what, position, winner, nowMs, text) => {
    expect(holdingLine(position, winner, nowMs).text).toMatch(text);
  });

  it('takes the result of the chain before that of the venue', () => {
    const redeemed = aPosition({ state: 'redeemed', payout: { own: 1n, other: 1n, total: 2n } });
    expect(holdingLine(redeemed, 'UP', afterEndMs).text).toContain('The market was void or split');
  });

  it('does not compare where the cost is not known', () => {
    const found = { sharesMicros: 36_000_000n, costMicros: null, blockNumber: 7n };
    const guarded = aPosition({ state: 'holding', origin: 'guard', trades: [], found });
    expect(holdingLine(guarded, 'UP', afterEndMs).text).toContain('What the shares cost is not known');
  });
});

describe('the series of a chart', () => {
  it('share one axis of time, in seconds', () => {
    const columns = mergeSeries([
      [
        { atMs: 2_000, price: 0.5 },
        { atMs: 1_000, price: 0.4 },
      ],
      [{ atMs: 1_500, price: 7 }],
      [],
    ]);
    expect(columns).toEqual([
      [1, 1.5, 2],
      [0.4, null, 0.5],
      [null, 7, null],
      [null, null, null],
    ]);
  });

  it('show the end of a short market, and not of one that goes on for weeks', () => {
    const chart = { bids: [], token: [], underlying: [], underlyingName: null, marks: [], notes: [] };
    const span = { openedAtMs: 0, exitDueAtMs: 180_000, marketEndsAtMs: 300_000, closedAtMs: 181_000 };
    expect(shownSpan(chart, span)[1] * 1_000).toBeGreaterThan(300_000);
    expect(shownSpan(chart, { ...span, marketEndsAtMs: 86_400_000 })[1] * 1_000).toBeLessThan(300_000);
  });
});
