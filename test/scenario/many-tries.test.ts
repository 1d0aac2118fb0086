import { describe, expect, test } from 'vitest';
import {
  createTradingWorld,
  ENDS_AT_MS,
  EXIT_AT_MS,
  OPENED_AT_MS,
  type TradingWorld,
} from '#test/fakes/trading-world.ts';

const LONG_AFTER_MS = ENDS_AT_MS + 400_000;
/** An exit has sixty tries; twelve show the same in less time. */
const exitPolicy = { attemptCountMax: 13 };
const sellsOf = (world: TradingWorld) => world.exchange.posted.filter(({ side }) => side === 'SELL');
const refuseAll = (world: TradingWorld) => {
  for (let tries = 0; tries < 99; tries += 1) world.exchange.script.SELL.push({ does: 'refuse', code: 'no-match' });
};

describe('the tries of an exit', () => {
  test('that was requested manually and finds no buyer leave half of the tries for the due time, when it sells', async () => {
    const world = createTradingWorld({ exitPolicy });
    await world.open();
    refuseAll(world);
    world.send({ source: 'by-hand', wakeUpId: 'by-hand' }, OPENED_AT_MS + 10_000);
    await world.runUntil(EXIT_AT_MS - 3_000);
    expect(sellsOf(world).length).toBeGreaterThanOrEqual(5);
    expect(sellsOf(world).length).toBeLessThanOrEqual(7);
    await world.runUntil(ENDS_AT_MS - 60_000);
    world.exchange.script.SELL.length = 0;
    await world.runUntil(LONG_AFTER_MS);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'manual' });
  });

  test('that each sell a little last until any bid is taken', async () => {
    const world = createTradingWorld({ exitPolicy });
    for (let tries = 0; tries < 99; tries += 1) world.exchange.script.SELL.push({ does: 'fill', percent: 5 });
    await world.open();
    await world.runUntil(ENDS_AT_MS - 20_000);
    expect(sellsOf(world).length).toBeLessThan(12);
    world.exchange.script.SELL.length = 0;
    await world.runUntil(LONG_AFTER_MS);
    expect(sellsOf(world).at(-1)?.atMs).toBeGreaterThanOrEqual(ENDS_AT_MS - 20_000);
    expect(world.exchange.filledMicros('BUY') - world.exchange.filledMicros('SELL')).toBeLessThan(10_000n);
    expect(await world.position()).toMatchObject({ state: 'exited' });
  });

  test('never stop before the last chance', async () => {
    const world = createTradingWorld({ exitPolicy });
    refuseAll(world);
    await world.open();
    await world.runUntil(LONG_AFTER_MS);
    expect(sellsOf(world).length).toBeLessThanOrEqual(12);
    expect(sellsOf(world).at(-1)?.atMs).toBeGreaterThanOrEqual(ENDS_AT_MS - 10_500);
  });
});
