import { createPosition } from '#lib/domain/evolve/create-position.ts';
import { evolvePosition } from '#lib/domain/evolve/evolve-position.ts';
import type { Outcome } from '#lib/domain/market/market.ts';
import { type Asset, marketSlug } from '#lib/domain/market/up-down-markets.ts';
import type { Mode, Position } from '#lib/domain/position/position.ts';
import type { PositionEvent } from '#lib/domain/position/position-event.ts';
import type { TimelineEntry } from '#lib/ports/store/position-store.ts';
import { aBook } from '#test/factories/a-book.ts';
import { aPosition, somePositionTerms } from '#test/factories/a-position.ts';
import { aBuyTrade, aSellTrade } from '#test/factories/a-trade.ts';
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
  suite.books.set(position.tokenId, aBook({ atMs: nowMs }));
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

/** What a day looks like: positions that wait, buy, exit, await their result, and some that ended. */
export function addDay(suite: ConsoleSuite, mode: Mode): void {
  const nowMs = Date.now();
  const minute = 60_000;
  const terms = (n: number, asset: Asset, outcome: Outcome, endsInMs: number) => {
    const marketEndsAtMs = nowMs + endsInMs;
    const startsAtMs = marketEndsAtMs - 5 * minute;
    return {
      ...{ positionId: `day-${n}`, mode, asset, outcome, marketEndsAtMs, openedAtMs: startsAtMs + 40_000 },
      ...{ marketSlug: marketSlug(asset, '5m', startsAtMs), tokenId: `${n}`.padStart(77, '7') },
    };
  };
  const rows: readonly Position[] = [
    aPosition({ state: 'holding', ...terms(1, 'BTC', 'UP', 2.7 * minute) }),
    aPosition({ state: 'holding', ...terms(2, 'ETH', 'DOWN', 3.4 * minute) }),
    aPosition({ state: 'buying', ...terms(3, 'SOL', 'UP', 4.2 * minute) }),
    aPosition({ state: 'holding', ...terms(4, 'XRP', 'DOWN', 4.6 * minute) }),
    aPosition({ state: 'awaiting-resolution', ...terms(5, 'ETH', 'UP', -40_000) }),
    ...Array.from({ length: 12 }, (_, n) => {
      const state = n % 4 === 3 ? 'redeemed' : n % 5 === 4 ? 'worthless' : 'exited';
      const asset = (['BTC', 'ETH', 'SOL'] as const)[n % 3] ?? 'BTC';
      const sold = aSellTrade({ priceMicros: BigInt(520_000 + ((n * 37) % 9) * 32_000) });
      const ended = terms(10 + n, asset, n % 2 === 0 ? 'UP' : 'DOWN', -(n + 1) * (n < 6 ? 9 : 700) * minute);
      if (state !== 'exited') return aPosition({ state, ...ended });
      return aPosition({ state, ...ended, trades: [aBuyTrade(), sold] });
    }),
  ];
  for (const [n, row] of rows.entries()) {
    suite.rows.set(row.positionId, row);
    const best = 560_000n + BigInt(n) * 20_000n;
    const bids = [{ priceMicros: best, sharesMicros: 400_000_000n }];
    suite.books.set(row.tokenId, aBook({ tokenId: row.tokenId, bids, asks: [], atMs: nowMs }));
    suite.timelines.set(row.positionId, [
      { version: 1, event: { type: 'opened', atMs: row.openedAtMs }, evidence: {} },
    ]);
  }
}
