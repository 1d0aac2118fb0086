import { describe, expect, it } from 'vitest';
import { createGuarded, createPosition, createSettling } from '#lib/domain/evolve/create-position.ts';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import type { Position, PositionTerms } from '#lib/domain/position/position.ts';
import type { PositionEvent } from '#lib/domain/position/position-event.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { replayTimeline } from '#lib/lifecycle/read/replay-timeline.ts';
import type { TimelineEntry } from '#lib/ports/store/position-store.ts';
import { somePositionTerms } from '#test/factories/a-position.ts';
import { anEvent } from '#test/factories/an-event.ts';
import { anIntent, BUY_ORDER_HASH } from '#test/factories/an-intent.ts';

const terms = somePositionTerms();
const { openedAtMs } = terms;
const events: readonly PositionEvent[] = [
  anEvent({ type: 'buy-intended', intent: anIntent({ side: 'BUY' }), atMs: openedAtMs + 100 }),
  anEvent({ type: 'order-accepted', orderHash: BUY_ORDER_HASH, atMs: openedAtMs + 400 }),
];

const openedWith = (evidence: TimelineEntry['evidence']): TimelineEntry => ({
  ...{ version: 1, event: { type: 'opened', atMs: openedAtMs }, evidence },
});
const entryOf = (event: PositionEvent, index: number): TimelineEntry => ({ version: index + 2, event, evidence: {} });
const timeline = [openedWith({}), ...events.map(entryOf)];

describe('a timeline that is replayed', () => {
  it('has the position before and after each entry, and ends where the row stands', () => {
    const opened = createPosition(terms);
    const [intended, bought] = events.map((_, index) =>
      events.slice(0, index + 1).reduce<Position>(evolvePosition, opened),
    );
    expect(replayTimeline(bought ?? terms, timeline)).toEqual([
      { entry: timeline[0], before: null, after: opened },
      { entry: timeline[1], before: opened, after: intended },
      { entry: timeline[2], before: intended, after: bought },
    ]);
  });

  it('goes on without a position after an entry that does not follow by the rules of today', () => {
    const odd = entryOf(anEvent({ type: 'market-resolved' }), 0);
    const steps = replayTimeline(terms, [openedWith({}), odd, entryOf(anEvent({ type: 'sell-intended' }), 1)]);
    expect(steps.map(({ before, after }) => [before?.state ?? null, after?.state ?? null])).toEqual([
      [null, 'buying'],
      ['buying', null],
      [null, null],
    ]);
  });

  it('has no positions where its beginning is missing, and none at all without entries', () => {
    expect(replayTimeline(terms, timeline.slice(1)).map(({ after }) => after)).toEqual([null, null]);
    expect(replayTimeline(terms, [])).toEqual([]);
  });

  it('begins with the terms alone, whatever the row has become, and with all of them', () => {
    const own: Partial<PositionTerms> = {
      givenExitAtMs: openedAtMs + 60_000,
      guardedSharesMicros: 5_000_000n,
      countsFromMs: openedAtMs - 1_000,
      refusedPreset: { preset: 'careful', code: 'rule-invalid', message: 'No cost is known.' },
    };
    const asked = somePositionTerms(own);
    const row = events.reduce<Position>(evolvePosition, createPosition(asked));
    expect(replayTimeline(row, timeline)[0]?.after).toStrictEqual(createPosition(asked));
    expect(replayTimeline(createPosition(terms), timeline)[0]?.after).toStrictEqual(createPosition(terms));
  });
});

describe('the beginning of a guarded position', () => {
  const guardTerms = somePositionTerms({ origin: 'guard' });
  const first = { sharesMicros: 40_000_000n, costMicros: 20_000_000n, blockNumber: 0n };
  const beginningWith = (evidence: TimelineEntry['evidence']) =>
    replayTimeline(guardTerms, [openedWith(evidence)])[0]?.after;

  it('has the shares that were found at first, not those that came later', () => {
    const created = createGuarded(guardTerms, first);
    const found = { sharesMicros: 50_000_000n, costMicros: null, blockNumber: 8n };
    const event = anEvent({ type: 'shares-found', found, atMs: openedAtMs + 1 });
    const row = evolvePosition(created, event);
    const steps = replayTimeline(row, [openedWith(describePosition(created)), entryOf(event, 0)]);
    expect(steps.map(({ after }) => after)).toEqual([created, row]);
  });

  it.each([
    ['missing', undefined],
    ['no number', 'a7'],
    ['a number with a unit', '7 shares'],
    ['negative', '-7'],
    ['not in text', 7],
  ])('expects its shares where the entry has them %s', (_what, foundMicros) => {
    expect(beginningWith({ foundMicros })).toEqual(createGuarded(guardTerms, null));
  });

  it.each([
    ['unknown', null],
    ['no number', 'a7'],
    ['a number with a unit', '7 dollars'],
    ['not in text', 7],
  ])('does not know its cost where the entry has it as %s', (_what, costMicros) => {
    const found = { ...first, costMicros: null };
    expect(beginningWith({ foundMicros: '40000000', costMicros })).toEqual(createGuarded(guardTerms, found));
  });
});

it('the beginning of shares found after their market had a result waits for settlement, and goes on with it', () => {
  const found = { sharesMicros: 40_000_000n, costMicros: null, blockNumber: 0n };
  const created = createSettling(somePositionTerms({ origin: 'watch' }), found);
  const event = anEvent({ type: 'redemption-sent' });
  const steps = replayTimeline(created, [openedWith(describePosition(created)), entryOf(event, 0)]);
  expect(steps.map(({ after }) => after)).toEqual([created, evolvePosition(created, event)]);
});
