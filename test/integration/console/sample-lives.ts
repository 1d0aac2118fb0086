import { createPosition } from '#lib/domain/evolve/create-position.ts';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import type { Position } from '#lib/domain/position/position.ts';
import type { PositionEvent } from '#lib/domain/position/position-event.ts';
import type { TimelineEntry } from '#lib/ports/store/position-store.ts';
import { aBook } from '#test/factories/a-book.ts';
import { aPosition, somePositionTerms } from '#test/factories/a-position.ts';
import { anEvent } from '#test/factories/an-event.ts';
import { anIntent, BUY_ORDER_HASH } from '#test/factories/an-intent.ts';
import type { ConsoleSuite } from '#test/fakes/console-suite.ts';

export const REFUSED_ID = 'refused-1';

/** Open positions that end a minute and more from now, one a second, with a bid for each. */
export function addMany(suite: ConsoleSuite, count: number): void {
  const nowMs = Date.now();
  for (let n = 0; n < count; n += 1) {
    const marketEndsAtMs = nowMs + 3_600_000 + n * 1_000;
    const positionId = `many-${String(n).padStart(4, '0')}`;
    const terms = { positionId, openedAtMs: nowMs - 60_000, marketEndsAtMs, marketSlug: `market-${n}`, asset: null };
    suite.rows.set(positionId, aPosition({ state: 'holding', ...terms }));
  }
  const book = aBook({ atMs: nowMs });
  suite.books.set(book.tokenId, book);
}

/** Bought at 65 cents, and refused once at a bid of 64: it is exiting now. `text`: the venue's. */
export function addRefused(suite: ConsoleSuite, text = 'not enough balance / allowance'): Position {
  const nowMs = Date.now();
  const [openedAtMs, dueAtMs, marketEndsAtMs] = [nowMs - 150_000, nowMs - 3_000, nowMs + 117_000];
  const terms = somePositionTerms({ positionId: REFUSED_ID, requestId: text, openedAtMs, marketEndsAtMs });
  const reported = { sharesMicros: 36_000_000n, valueMicros: 23_400_000n, feesMicros: 573_300n };
  const events: readonly PositionEvent[] = [
    anEvent({ type: 'buy-intended', intent: anIntent({ side: 'BUY' }), atMs: openedAtMs + 100 }),
    anEvent({ type: 'order-accepted', orderHash: BUY_ORDER_HASH, reported, atMs: openedAtMs + 400 }),
    anEvent({ type: 'sell-intended', intent: anIntent(), postAtMs: dueAtMs, bidMicros: 640_000n, atMs: dueAtMs }),
    anEvent({ type: 'order-refused', text, atMs: dueAtMs + 40 }),
  ];
  const position = events.reduce<Position>(evolvePosition, createPosition(terms));
  const evidenceOf = ({ type, atMs }: PositionEvent) =>
    type === 'sell-intended' ? { bestBidMicros: '640000', bookAtMs: atMs - 200 } : {};
  suite.rows.set(REFUSED_ID, position);
  suite.timelines.set(REFUSED_ID, [
    { version: 1, event: { type: 'opened', atMs: openedAtMs }, evidence: {} },
    ...events.map((event, index): TimelineEntry => ({ version: index + 2, event, evidence: evidenceOf(event) })),
  ]);
  return position;
}

/** One that was sold an hour ago, with its only entry. */
export function addEnded(suite: ConsoleSuite): void {
  const [positionId, marketEndsAtMs] = ['ended-1', Date.now() - 3_500_000];
  const openedAtMs = marketEndsAtMs - 270_000;
  const closedAtMs = marketEndsAtMs - 60_000;
  suite.rows.set(positionId, aPosition({ state: 'exited', positionId, openedAtMs, marketEndsAtMs, closedAtMs }));
  suite.timelines.set(positionId, [{ version: 1, event: { type: 'opened', atMs: openedAtMs }, evidence: {} }]);
}
