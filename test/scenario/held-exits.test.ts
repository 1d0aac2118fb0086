import { describe, expect, test } from 'vitest';
import type { OrderBook } from '#lib/domain/market/market.ts';
import { isClosed } from '#lib/domain/position/position.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import {
  createTradingWorld,
  DEADLINE_AT_MS,
  ENDS_AT_MS,
  EXIT_AT_MS,
  type TradingWorld,
} from '#test/fakes/trading-world.ts';
import { countOf } from '#test/fixtures/test-length.ts';

const HOLD_ABOVE = 950_000n;

/** The book of each moment after the exit is due; before it, the usual one. */
function holdingWorld(bidAt: (sinceDueMs: number) => string | null): TradingWorld {
  const world = createTradingWorld({ exitPolicy: { rules: { holdAboveMicros: HOLD_ABOVE } } });
  world.faults.book = (): OrderBook | undefined => {
    const atMs = world.clock.nowMs();
    if (atMs < EXIT_AT_MS - 5_000) return aBook({ atMs });
    const bid = bidAt(atMs - EXIT_AT_MS);
    if (bid === null) return undefined;
    return aBook({ atMs, bids: someLevels([[bid, '500']]), asks: someLevels([['0.99', '500']]) });
  };
  return world;
}

const sells = (world: TradingWorld) => world.exchange.posted.filter(({ side }) => side === 'SELL');

describe('an exit that a rule holds', () => {
  test('sells nothing of a winner, and says what selling would have brought', async () => {
    const world = holdingWorld(() => '0.97');
    await world.open();
    await world.runUntil(ENDS_AT_MS);
    const position = await world.position();
    expect(sells(world)).toEqual([]);
    expect(position).toMatchObject({
      state: 'awaiting-resolution',
      exitReason: 'hold:above',
      forceClosed: false,
      forceCloseReason: null,
      exitAtMs: DEADLINE_AT_MS,
      firstExitAttemptAtMs: null,
      holdDecision: { atMs: EXIT_AT_MS, priceMicros: 970_000n },
    });
    const held = world.exchange.filledMicros('BUY');
    const value = (held * 970_000n) / 1_000_000n;
    expect(position.holdDecision?.proceedsMicros).toBeLessThan(value);
    expect(position.holdDecision?.proceedsMicros).toBeGreaterThan((value * 99n) / 100n);
    expect(await world.alertKinds()).toEqual(['held']);
    expect(world.sweeps.flatMap(({ unmanagedIds }) => unmanagedIds)).toEqual([]);
  });

  test('looks every few seconds, and sells as soon as the price is below its level', async () => {
    const world = holdingWorld((sinceDueMs) => (sinceDueMs < 30_000 ? '0.96' : '0.90'));
    await world.open();
    await world.runUntil(ENDS_AT_MS + 30_000);
    expect(await world.position()).toMatchObject({
      state: 'exited',
      exitReason: 'emergency:timeout',
      holdDecision: { atMs: EXIT_AT_MS, priceMicros: 960_000n },
    });
    const soldAfterMs = (sells(world)[0]?.atMs ?? 0) - EXIT_AT_MS;
    expect(soldAfterMs).toBeGreaterThanOrEqual(29_000);
    expect(soldAfterMs).toBeLessThanOrEqual(37_000);
    expect(await world.alertKinds()).toEqual(['forced-exit']);
  });

  test('is the usual one below the level', async () => {
    const world = holdingWorld(() => '0.94');
    await world.open();
    await world.runUntil(ENDS_AT_MS);
    expect(sells(world)[0]?.atMs).toBe(EXIT_AT_MS);
    expect((await world.position()).holdLook).toBeUndefined();
  });

  test('takes an unknown price for one look, and sells at the second', async () => {
    const world = holdingWorld(() => null);
    await world.open();
    await world.runUntil(ENDS_AT_MS);
    expect((sells(world)[0]?.atMs ?? 0) - EXIT_AT_MS).toBeLessThanOrEqual(2_000);
    const once = holdingWorld((sinceDueMs) => (sinceDueMs < 0 ? null : '0.97'));
    await once.open();
    await once.runUntil(ENDS_AT_MS);
    expect(sells(once)).toEqual([]);
    expect(await once.position()).toMatchObject({ exitReason: 'hold:above' });
  });

  test('does not sell a winner into a book whose bids are withdrawn for a moment', async () => {
    const world = holdingWorld((sinceDueMs) => (sinceDueMs < 750 ? '0.75' : '0.97'));
    await world.open();
    await world.runUntil(ENDS_AT_MS);
    expect(sells(world)).toEqual([]);
    expect(await world.position()).toMatchObject({ exitReason: 'hold:above' });
  });

  test('does not hold by a bid that takes a part of the shares', async () => {
    const world = holdingWorld(() => '0.97');
    const deep = world.faults.book;
    world.faults.book = (tokenId) => {
      const book = typeof deep === 'function' ? deep(tokenId) : undefined;
      return world.clock.nowMs() < EXIT_AT_MS - 5_000 || book === undefined
        ? book
        : {
            ...book,
            bids: someLevels([
              ['0.97', '5'],
              ['0.80', '500'],
            ]),
          };
    };
    await world.open();
    await world.runUntil(ENDS_AT_MS);
    // The bids for all shares lie far below the offers: looked at once more, a second later.
    expect(sells(world)[0]?.atMs).toBe(EXIT_AT_MS + 1_000);
  });

  test('is sold by hand while it is held', async () => {
    const world = holdingWorld(() => '0.97');
    await world.open();
    await world.runUntil(EXIT_AT_MS + 20_000);
    world.send({ source: 'by-hand' });
    await world.runUntil(ENDS_AT_MS);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'manual', forceClosed: false });
  });

  test('survives a crash before and after any effect: it ends held or sold, on time', async () => {
    const live = async (dieAt: number | null, when: 'before' | 'after', bid: string) => {
      const world = holdingWorld((sinceDueMs) => (sinceDueMs < 40_000 ? '0.97' : bid));
      await world.open();
      await world.runUntil(EXIT_AT_MS - 4_000);
      const before = world.mortality.count;
      world.mortality.dieAt = dieAt === null ? null : before + dieAt;
      world.mortality.when = when;
      await world.runUntil(ENDS_AT_MS + 90_000);
      return { world, effectCount: world.mortality.count - before };
    };
    for (const [when, bid] of [
      ['before', '0.97'],
      ['after', '0.60'],
    ] as const) {
      const { effectCount } = await live(null, when, bid);
      expect(effectCount).toBeGreaterThan(20);
      for (let dieAt = 1; dieAt <= effectCount; dieAt += countOf({ short: 3, long: 1 })) {
        const { world } = await live(dieAt, when, bid);
        const position = await world.position();
        const story = `dead ${when} effect ${dieAt}, ${bid}: ${position.state}`;
        expect(isClosed(position) || position.state === 'awaiting-resolution', story).toBe(true);
        if (bid === '0.97') expect(position, story).toMatchObject({ exitReason: 'hold:above' });
        else expect(position.state, story).toBe('exited');
        expect(world.errors, story).toEqual([]);
      }
    }
  });
});
