import { describe, expect, test } from 'vitest';
import type { OrderBook } from '#lib/domain/market/market.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import { createTradingWorld, ENDS_AT_MS, EXIT_AT_MS, type TradingWorld } from '#test/fakes/trading-world.ts';

const LONG_AFTER_MS = ENDS_AT_MS + 400_000;
const DAY = 86_400_000;
const sellsOf = (world: TradingWorld) => world.exchange.posted.filter((order) => order.side === 'SELL');
const at = (bid: string, ask: string) => ({ bids: someLevels([[bid, '12000']]), asks: someLevels([[ask, '9800']]) });

/** Opened at 0.63, with the exit's book as given. */
async function exiting(bookAt: 'down' | ((nowMs: number) => OrderBook | undefined)): Promise<TradingWorld> {
  const world = createTradingWorld();
  await world.open();
  await world.runUntil(EXIT_AT_MS - 10_000);
  world.faults.book = bookAt === 'down' ? 'down' : () => bookAt(world.clock.nowMs());
  return world;
}

/** 80 % of the entry price, to the cent: what a sell asks for without a book. */
const BLIND_MICROS = 500_000n;

describe('a book that shows no price of today, at the exit', () => {
  test.each<[string, Parameters<typeof exiting>[0]]>([
    ['dated three days ago, at a high price', (nowMs) => aBook({ ...at('0.95', '0.96'), atMs: nowMs - 3 * DAY })],
    ['dated three days ago, at a low price', (nowMs) => aBook({ ...at('0.05', '0.06'), atMs: nowMs - 3 * DAY })],
    ['dated two minutes ahead', (nowMs) => aBook({ ...at('0.95', '0.96'), atMs: nowMs + 120_000 })],
    ['of a ghost', (nowMs) => aBook({ ...at('0.01', '0.99'), atMs: nowMs })],
    ['crossed', (nowMs) => aBook({ ...at('0.95', '0.40'), atMs: nowMs })],
    ['with an unmatched low bid alone', (nowMs) => aBook({ ...at('0.02', '0.99'), asks: [], atMs: nowMs })],
    ['empty', (nowMs) => aBook({ bids: [], asks: [], atMs: nowMs })],
    ['missing', 'down'],
  ])('does not delay the sell and does not price it: %s', async (_which, bookAt) => {
    const world = await exiting(bookAt);
    await world.runUntil(LONG_AFTER_MS);
    expect(sellsOf(world)).toMatchObject([{ atMs: EXIT_AT_MS, limitPriceMicros: BLIND_MICROS }]);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout' });
  });

  test.each<[string, (nowMs: number) => OrderBook]>([
    ['a minute old', (nowMs) => aBook({ ...at('0.60', '0.61'), atMs: nowMs - 59_000 })],
    ['locked', (nowMs) => aBook({ ...at('0.60', '0.60'), atMs: nowMs })],
    [
      'without asks, near certainty',
      (nowMs) => aBook({ ...at('0.60', '0.99'), ...at('0.99', '0.99'), asks: [], atMs: nowMs }),
    ],
  ])('still follows a book that is %s', async (_which, bookAt) => {
    const world = await exiting(bookAt);
    await world.runUntil(LONG_AFTER_MS);
    const bestMicros = bookAt(0).bids[0]?.priceMicros ?? 0n;
    expect(sellsOf(world)).toMatchObject([{ atMs: EXIT_AT_MS, limitPriceMicros: bestMicros - 20_000n }]);
  });

  test('does not keep a lost sell from being posted again', async () => {
    const world = await exiting((nowMs) => aBook({ ...at('0.95', '0.96'), atMs: nowMs - 3 * DAY }));
    world.exchange.script.SELL.push({ does: 'lose' });
    await world.runUntil(LONG_AFTER_MS);
    const [first, again] = sellsOf(world);
    expect(again?.orderHash).toBe(first?.orderHash);
    expect((await world.position()).state).toBe('exited');
  });

  test('is named in the timeline', async () => {
    const world = await exiting((nowMs) => aBook({ ...at('0.95', '0.96'), atMs: nowMs - 3 * DAY }));
    await world.runUntil(LONG_AFTER_MS);
    const { positionId } = await world.position();
    const timeline = await world.store.listTimeline(positionId);
    const intended = timeline.find(({ event }) => event.type === 'sell-intended');
    expect(intended?.evidence).toMatchObject({ bookFlaw: 'stale', bestBidMicros: '950000' });
  });

  test('refuses the opening by name', async () => {
    const world = createTradingWorld();
    world.faults.book = () => aBook({ ...at('0.01', '0.99'), atMs: world.clock.nowMs() });
    expect(await world.open()).toMatchObject({ outcome: 'refused', refusal: { code: 'round-trip-loss' } });
    world.faults.book = () => aBook({ atMs: world.clock.nowMs() - 3 * DAY });
    expect(await world.open()).toMatchObject({ outcome: 'refused', refusal: { code: 'book-stale' } });
    expect(world.exchange.posted).toEqual([]);
    expect(await world.store.list()).toEqual([]);
  });
});
