import { describe, expect, test } from 'vitest';
import {
  createTradingWorld,
  ENDS_AT_MS,
  EXIT_AT_MS,
  OPENED_AT_MS,
  type TradingWorld,
} from '#test/fakes/trading-world.ts';

const LONG_AFTER_MS = ENDS_AT_MS + 400_000;
const hashesOf = (world: TradingWorld) =>
  new Set(world.exchange.posted.filter(({ side }) => side === 'SELL').map(({ orderHash }) => orderHash));

describe('a sell that rests although its type never rests', () => {
  test('is cancelled after some seconds, and the shares are offered again', async () => {
    const world = createTradingWorld();
    world.exchange.script.SELL.push({ does: 'rest' });
    await world.open();
    await world.runUntil(EXIT_AT_MS + 12_000);
    expect(world.exchange.remedies).toEqual(['cancel']);
    expect(world.exchange.restingHashes()).toEqual([]);
    await world.runUntil(LONG_AFTER_MS);
    expect(hashesOf(world).size).toBe(2);
    expect(world.exchange.filledMicros('SELL')).toBe(world.exchange.filledMicros('BUY'));
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout' });
  });

  test('and is filled meanwhile keeps what it sold', async () => {
    const world = createTradingWorld();
    world.exchange.script.SELL.push({ does: 'rest' });
    await world.open();
    await world.runUntil(EXIT_AT_MS + 2_000);
    world.exchange.takeResting(100);
    await world.runUntil(LONG_AFTER_MS);
    expect(hashesOf(world).size).toBe(1);
    expect((await world.position()).state).toBe('exited');
  });
});

describe('a sell that is accepted without its fills, while look-ups and cancellations fail', () => {
  /** `percent`: what it filled by the venue's own account. */
  const play = async (percent: number) => {
    const world = createTradingWorld();
    world.exchange.script.SELL.push({ does: 'fill', percent, says: 'live' });
    await world.open();
    await world.runUntil(EXIT_AT_MS - 4_000);
    Object.assign(world.exchange.settings, { areReadsDown: true, areCancelsDown: true });
    await world.runUntil(ENDS_AT_MS);
    return world;
  };
  const answerAgain = async (world: TradingWorld) => {
    Object.assign(world.exchange.settings, { areReadsDown: false, areCancelsDown: false });
    await world.runUntil(LONG_AFTER_MS);
    return world.position();
  };

  test.each([0, 40])('and that was killed with %d %% filled is followed by another sell on time', async (percent) => {
    const world = await play(percent);
    const sells = world.exchange.posted.filter(({ side }) => side === 'SELL');
    expect(sells.length).toBeGreaterThan(1);
    expect(sells[1]!.atMs).toBeLessThan(EXIT_AT_MS + 20_000);
    // What is left is offered whole, and the venue's balance refuses more than is left.
    expect(world.exchange.filledMicros('SELL')).toBeLessThanOrEqual(world.exchange.filledMicros('BUY'));
    const position = await answerAgain(world);
    if (percent === 0) expect(position).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout' });
  });

  test('and that was filled is not sold a second time', async () => {
    const world = await play(100);
    expect(world.exchange.filledMicros('SELL')).toBe(world.exchange.filledMicros('BUY'));
    expect(await answerAgain(world)).toMatchObject({ state: 'exited', attempts: [] });
  });

  test('is known from the duplicate that its lost answer ends in', async () => {
    const world = createTradingWorld();
    world.exchange.script.SELL.push({ does: 'fill', percent: 0, says: 'nothing' });
    await world.open();
    await world.runUntil(EXIT_AT_MS - 4_000);
    Object.assign(world.exchange.settings, { areReadsDown: true, areCancelsDown: true });
    await world.runUntil(ENDS_AT_MS);
    expect(world.exchange.filledMicros('SELL')).toBe(world.exchange.filledMicros('BUY'));
  });
});

describe('a buy that rests although its type never rests', () => {
  test('is cancelled, so that nothing is bought after the opening has ended', async () => {
    const world = createTradingWorld();
    world.exchange.script.BUY.push({ does: 'rest' });
    await world.open();
    await world.runUntil(OPENED_AT_MS + 12_000);
    expect(world.exchange.remedies).toEqual(['cancel']);
    expect(world.exchange.restingHashes()).toEqual([]);
    expect(await world.position()).toMatchObject({ state: 'buying', attempts: [{ phase: 'cancelled' }] });
    await world.runUntil(LONG_AFTER_MS);
    expect(await world.position()).toMatchObject({ state: 'voided', exitReason: 'void:nothing-bought' });
  });

  test('and is filled in part meanwhile holds that part, and sells it on time', async () => {
    const world = createTradingWorld();
    world.exchange.script.BUY.push({ does: 'rest' });
    await world.open();
    await world.runUntil(OPENED_AT_MS + 2_000);
    world.exchange.takeResting(50);
    await world.runUntil(LONG_AFTER_MS);
    expect(world.exchange.filledMicros('SELL')).toBe(world.exchange.filledMicros('BUY'));
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout' });
    expect(world.exchange.posted.at(-1)).toMatchObject({ side: 'SELL', atMs: EXIT_AT_MS });
  });

  test('is looked up although it cannot be cancelled', async () => {
    const world = createTradingWorld();
    world.exchange.settings.areCancelsDown = true;
    world.exchange.script.BUY.push({ does: 'rest' });
    await world.open();
    await world.runUntil(OPENED_AT_MS + 12_000);
    world.exchange.takeResting(100);
    await world.runUntil(LONG_AFTER_MS);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout' });
  });
});

describe('a sell that the venue accepted, ended and no longer shows', () => {
  test('is not waited for until the end: posted again it is a duplicate, and later another one sells', async () => {
    const world = createTradingWorld();
    world.exchange.script.SELL.push({ does: 'forget' });
    await world.open();
    await world.runUntil(LONG_AFTER_MS);
    expect(hashesOf(world).size).toBe(2);
    expect(world.exchange.filledMicros('SELL')).toBe(world.exchange.filledMicros('BUY'));
    const position = await world.position();
    expect(position).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout' });
    const [sold] = position.trades.filter(({ side }) => side === 'SELL');
    expect(sold!.matchedAtMs).toBeLessThan(EXIT_AT_MS + 45_000);
  });
});
