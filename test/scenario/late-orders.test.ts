import { describe, expect, test } from 'vitest';
import { createScriptedWallet } from '#test/fakes/scripted-wallet.ts';
import {
  createTradingWorld,
  DEADLINE_AT_MS,
  ENDS_AT_MS,
  EXIT_AT_MS,
  type TradingWorld,
} from '#test/fakes/trading-world.ts';

const LONG_AFTER_MS = ENDS_AT_MS + 400_000;
const sellsOf = (world: TradingWorld) => world.exchange.posted.filter((order) => order.side === 'SELL');

describe('a post that arrives after its request deadline', () => {
  test('is found by its hash, and its shares are not sold again', async () => {
    const world = createTradingWorld();
    world.exchange.settings.isGateOn = false;
    // Look-ups and posts before the arrival find nothing: the venue would sell the shares twice.
    world.exchange.script.SELL.push({ does: 'arrive-late', afterMs: 2_500 }, { does: 'lose' });
    await world.open();
    await world.runUntil(LONG_AFTER_MS);
    expect(new Set(sellsOf(world).map(({ orderHash }) => orderHash)).size).toBe(1);
    expect(world.exchange.filledMicros('SELL')).toBe(world.exchange.filledMicros('BUY'));
    expect((await world.position()).state).toBe('exited');
  });

  test('after the same order was posted again and refused is waited for before another is signed', async () => {
    const world = createTradingWorld();
    world.exchange.settings.isGateOn = false;
    world.exchange.script.SELL.push({ does: 'arrive-late', afterMs: 5_000 }, { does: 'refuse', code: 'no-match' });
    await world.open();
    await world.runUntil(LONG_AFTER_MS);
    expect(new Set(sellsOf(world).map(({ orderHash }) => orderHash)).size).toBe(1);
    expect(world.exchange.filledMicros('SELL')).toBe(world.exchange.filledMicros('BUY'));
    expect((await world.position()).state).toBe('exited');
  });

  test('after the deadline write closes the position and is announced', async () => {
    const world = createTradingWorld();
    world.exchange.script.SELL.push(
      ...Array.from({ length: 40 }, () => ({ does: 'refuse', code: 'no-match' }) as const),
    );
    await world.open();
    await world.runUntil(ENDS_AT_MS - 20_000);
    world.exchange.script.SELL.length = 0;
    world.exchange.script.SELL.push({ does: 'arrive-late', afterMs: 13_000 }, { does: 'lose' }, { does: 'lose' });
    await world.runUntil(DEADLINE_AT_MS + 1_000);
    expect(await world.position()).toMatchObject({
      state: 'awaiting-resolution',
      exitReason: 'emergency:timeout_sell_failed',
    });
    await world.runUntil(LONG_AFTER_MS);
    expect(await world.position()).toMatchObject({ state: 'exited', attempts: [] });
    // Once for the late fill, once for the end.
    expect(await world.alertKinds()).toEqual(['exit-failing', 'sell-failed', 'late-fill', 'late-fill']);
  });

  test('that is a buy still belongs to its position, though it was unknown at T − 120 s', async () => {
    const world = createTradingWorld();
    world.exchange.settings.isGateOn = false;
    world.exchange.script.BUY.push({ does: 'arrive-late', afterMs: EXIT_AT_MS + 8_000 - world.clock.nowMs() });
    await world.open();
    await world.runUntil(EXIT_AT_MS + 5_000);
    expect(await world.position()).toMatchObject({ state: 'buying', attempts: [{ phase: 'unknown' }] });
    await world.runUntil(LONG_AFTER_MS);
    expect(world.exchange.posted.map(({ side }) => side)).toEqual(['BUY', 'SELL']);
    expect((await world.position()).state).toBe('exited');
  });
});

describe('a sell that was filled after it had been given up', () => {
  test('closes the position from its trades, and no share is sold twice', async () => {
    const world = createTradingWorld();
    // Lost, and refused when it is posted again: after 17 s it counts as never placed. Then it arrives.
    world.exchange.script.SELL.push(
      { does: 'arrive-late', afterMs: 24_000 },
      ...Array.from({ length: 10 }, () => ({ does: 'refuse', code: 'no-match' }) as const),
    );
    await world.open();
    await world.runUntil(EXIT_AT_MS + 23_000);
    const [lost] = sellsOf(world);
    await world.runUntil(LONG_AFTER_MS);
    const position = await world.position();
    expect(position.state).toBe('exited');
    expect(position.refusals['already-sold']).toBeGreaterThan(0);
    const sold = position.trades.filter(({ side }) => side === 'SELL');
    expect(sold.map(({ orderHash }) => orderHash)).toEqual([lost?.orderHash]);
    expect(world.exchange.filledMicros('SELL')).toBe(world.exchange.filledMicros('BUY'));
  });
});

describe('an exit without any reads', () => {
  test('with chain, markets, book and prices down sells on time all the same', async () => {
    const world = createTradingWorld({
      mode: 'live',
      walletWith: (clock) => {
        const wallet = createScriptedWallet(clock);
        wallet.settings.holdings = 'down';
        return wallet;
      },
    });
    await world.open();
    world.faults.book = 'down';
    world.faults.isGammaDown = true;
    await world.runUntil(LONG_AFTER_MS);
    expect(sellsOf(world).map(({ atMs }) => atMs)).toEqual([EXIT_AT_MS]);
    expect((await world.position()).state).toBe('exited');
  });

  test('whose refusals cannot be explained by any read goes on until it is sold', async () => {
    const world = createTradingWorld({
      mode: 'live',
      walletWith: (clock) => {
        const wallet = createScriptedWallet(clock);
        wallet.settings.holdings = 'down';
        return wallet;
      },
    });
    await world.open();
    await world.runUntil(EXIT_AT_MS - 10_000);
    world.exchange.settings.areReadsDown = true;
    world.faults.book = 'down';
    for (let tries = 0; tries < 3; tries += 1) {
      world.exchange.script.SELL.push({
        does: 'refuse',
        code: 'balance-or-allowance',
        text: 'not enough balance / allowance',
      });
    }
    await world.runUntil(EXIT_AT_MS + 30_000);
    world.exchange.settings.areReadsDown = false;
    await world.runUntil(LONG_AFTER_MS);
    expect(await world.position()).toMatchObject({ state: 'exited', refusals: { 'balance-unexplained': 3 } });
  });
});
