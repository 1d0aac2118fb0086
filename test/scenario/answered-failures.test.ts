import { describe, expect, test } from 'vitest';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import { createTradingWorld, ENDS_AT_MS, EXIT_AT_MS, type TradingWorld } from '#test/fakes/trading-world.ts';

const LONG_AFTER_MS = ENDS_AT_MS + 400_000;
const sellsOf = (world: TradingWorld) => world.exchange.posted.filter((order) => order.side === 'SELL');
const NO_MATCH = { does: 'refuse', code: 'no-match' } as const;
const FAIL = { does: 'fail' } as const;

function setBid(world: TradingWorld, bid: string, ask: string): void {
  const sides = { bids: someLevels([[bid, '5000']]), asks: someLevels([[ask, '5000']]) };
  world.faults.book = () => aBook({ ...sides, atMs: world.clock.nowMs() });
}

/** A position whose exit begins with the bid at 0.60. */
async function exiting(...script: TradingWorld['exchange']['script']['SELL']): Promise<TradingWorld> {
  const world = createTradingWorld();
  world.exchange.script.SELL.push(...script);
  await world.open();
  await world.runUntil(EXIT_AT_MS - 10_000);
  setBid(world, '0.60', '0.62');
  return world;
}

describe('a sell that is answered with a 500', () => {
  test('is settled by the refusal of its second post, and the next is priced on the book of the moment at once', async () => {
    const world = await exiting(FAIL, NO_MATCH);
    await world.runUntil(EXIT_AT_MS + 100);
    setBid(world, '0.50', '0.52');
    await world.runUntil(LONG_AFTER_MS);
    const [first, again, next, ...more] = sellsOf(world);
    expect(first).toMatchObject({ limitPriceMicros: 580_000n });
    expect(again?.orderHash).toBe(first?.orderHash);
    expect(next).toMatchObject({ limitPriceMicros: 480_000n });
    expect((next?.atMs ?? 0) - (again?.atMs ?? 0)).toBeLessThan(1_000);
    expect(more).toEqual([]);
    expect(await world.position()).toMatchObject({ state: 'exited' });
  });

  test('does not lower the price of the next one by the refusal of its second post', async () => {
    const refused = [FAIL, NO_MATCH];
    const world = await exiting(...refused, ...refused, ...refused, ...refused);
    await world.runUntil(LONG_AFTER_MS);
    // Four orders were refused at a price of an older book. With counted refusals the slack would have grown.
    expect(new Set(sellsOf(world).map(({ limitPriceMicros }) => limitPriceMicros))).toEqual(new Set([580_000n]));
    expect((await world.position()).state).toBe('exited');
  });

  test('and then refused and failed in turn is priced anew until it is sold', async () => {
    const turns = Array.from({ length: 12 }, () => [NO_MATCH, FAIL]).flat();
    const world = await exiting(FAIL, FAIL, ...turns);
    await world.runUntil(EXIT_AT_MS + 100);
    setBid(world, '0.50', '0.52');
    await world.runUntil(EXIT_AT_MS + 20_000);
    setBid(world, '0.30', '0.32');
    await world.runUntil(LONG_AFTER_MS);
    const sells = sellsOf(world);
    expect(new Set(sells.map(({ orderHash }) => orderHash)).size).toBeGreaterThan(5);
    expect(sells.at(-1)?.limitPriceMicros).toBeLessThanOrEqual(280_000n);
    expect((await world.position()).state).toBe('exited');
  });

  test('and was placed is found, and nothing is sold twice', async () => {
    const world = await exiting({ does: 'fill', says: 'error' });
    await world.runUntil(LONG_AFTER_MS);
    expect(sellsOf(world)).toHaveLength(1);
    expect(world.exchange.filledMicros('SELL')).toBe(world.exchange.filledMicros('BUY'));
    expect((await world.position()).state).toBe('exited');
  });

  test('below the price of the moment is not posted again, and gives way to a new order after 20 s without a trace', async () => {
    const world = await exiting(FAIL);
    await world.runUntil(EXIT_AT_MS + 100);
    setBid(world, '0.80', '0.82');
    await world.runUntil(LONG_AFTER_MS);
    const [first, next, ...more] = sellsOf(world);
    expect(next).toMatchObject({ limitPriceMicros: 780_000n });
    expect(next?.orderHash).not.toBe(first?.orderHash);
    expect((next?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(20_000);
    expect(more).toEqual([]);
    expect((await world.position()).state).toBe('exited');
  });
});

describe('a sell of which one post has no answer', () => {
  test('keeps its 17 s, whatever later posts of it are answered', async () => {
    const world = await exiting({ does: 'lose' }, FAIL, NO_MATCH);
    await world.runUntil(EXIT_AT_MS + 16_000);
    expect(new Set(sellsOf(world).map(({ orderHash }) => orderHash)).size).toBe(1);
    await world.runUntil(LONG_AFTER_MS);
    expect((await world.position()).state).toBe('exited');
  });
});

describe('a sell whose amounts are refused', () => {
  test('is signed with coarser ones at once, and nobody is paged', async () => {
    const text = 'invalid amounts, the market sell orders maker amount supports a max accuracy of 2 decimals';
    const refuse = { does: 'refuse', code: 'order-size', text } as const;
    const world = await exiting({ does: 'fill', percent: 8 }, refuse, refuse);
    await world.runUntil(LONG_AFTER_MS);
    const sizes = sellsOf(world).map(({ sharesMicros }) => sharesMicros);
    const cash = sellsOf(world).map(
      ({ sharesMicros, limitPriceMicros }) => (sharesMicros * limitPriceMicros) / 1_000_000n,
    );
    expect((cash[2] ?? 1n) % 10_000n).toBe(0n);
    expect((sizes[3] ?? 1n) % 1_000_000n).toBe(0n);
    expect((await world.position()).state).toBe('exited');
    expect(await world.alertKinds()).toEqual(['forced-exit']);
  });
});
