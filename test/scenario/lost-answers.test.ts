import { describe, expect, test } from 'vitest';
import { createTradingWorld, DEADLINE_AT_MS, ENDS_AT_MS, EXIT_AT_MS, OPENED_AT_MS } from '#test/fakes/trading-world.ts';

const LONG_AFTER_MS = ENDS_AT_MS + 400_000;

describe('a sell whose answer is lost', () => {
  test('that never arrived is looked up and then posted again unchanged', async () => {
    const world = createTradingWorld();
    world.exchange.script.SELL.push({ does: 'lose' });
    await world.open();
    await world.runUntil(LONG_AFTER_MS);
    const sells = world.exchange.posted.filter((order) => order.side === 'SELL');
    expect(sells).toHaveLength(2);
    expect(new Set(sells.map((order) => order.orderHash)).size).toBe(1);
    expect(await world.position()).toMatchObject({ state: 'exited', attemptCount: 2 });
  });

  test('that had filled is found, and nothing is posted again', async () => {
    const world = createTradingWorld();
    world.exchange.script.SELL.push({ does: 'fill', says: 'nothing' });
    await world.open();
    await world.runUntil(LONG_AFTER_MS);
    expect(world.exchange.posted.filter((order) => order.side === 'SELL')).toHaveLength(1);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout' });
  });

  test('never leads to a second order while look-ups fail', async () => {
    const world = createTradingWorld();
    for (let tries = 0; tries < 60; tries += 1) world.exchange.script.SELL.push({ does: 'throw' });
    await world.open();
    await world.runUntil(EXIT_AT_MS - 1_000);
    world.exchange.settings.areReadsDown = true;
    await world.runUntil(ENDS_AT_MS);
    const sells = world.exchange.posted.filter((order) => order.side === 'SELL');
    expect(new Set(sells.map((order) => order.orderHash)).size).toBe(1);
    expect(sells.length).toBeGreaterThan(1);
    expect(await world.position()).toMatchObject({ state: 'awaiting-resolution', exitAtMs: DEADLINE_AT_MS });
  });

  test('that had filled is not offered again when the second post is refused for missing shares and look-ups fail', async () => {
    const world = createTradingWorld();
    world.exchange.script.SELL.push({ does: 'lose' });
    await world.open();
    await world.runUntil(EXIT_AT_MS + 500);
    world.exchange.settings.areReadsDown = true;
    world.exchange.script.SELL.push({
      does: 'refuse',
      code: 'balance-or-allowance',
      text: 'not enough balance / allowance',
    });
    await world.runUntil(EXIT_AT_MS + 2_000);
    const [attempt] = (await world.position()).attempts;
    expect(attempt).toMatchObject({ phase: 'unknown', postCount: 2 });
    world.exchange.settings.areReadsDown = false;
    await world.runUntil(LONG_AFTER_MS);
    expect(await world.position()).toMatchObject({ state: 'exited', attemptCount: 2 });
  });

  test('that is found after the deadline is announced and closes the position', async () => {
    const world = createTradingWorld();
    world.exchange.script.SELL.push({ does: 'fill', says: 'nothing' });
    await world.open();
    await world.runUntil(EXIT_AT_MS - 1_000);
    world.exchange.settings.areReadsDown = true;
    world.faults.book = () => undefined;
    await world.runUntil(ENDS_AT_MS);
    expect((await world.position()).state).toBe('awaiting-resolution');
    world.exchange.settings.areReadsDown = false;
    await world.runUntil(LONG_AFTER_MS);
    expect((await world.position()).state).toBe('exited');
    expect(await world.alertKinds()).toEqual(['exit-failing', 'sell-failed', 'late-fill']);
  });
});

describe('a sell that is answered "live"', () => {
  test('is looked up, found filled and not posted again', async () => {
    const world = createTradingWorld();
    world.exchange.script.SELL.push({ does: 'fill', says: 'live' });
    await world.open();
    await world.runUntil(LONG_AFTER_MS);
    expect(world.exchange.posted).toHaveLength(2);
    expect(await world.position()).toMatchObject({ state: 'exited' });
  });
});

describe('a buy whose answer is lost', () => {
  test('is never posted again; found later, the position holds and is sold', async () => {
    const world = createTradingWorld();
    world.exchange.script.BUY.push({ does: 'fill', says: 'nothing' });
    await world.open();
    await world.runUntil(OPENED_AT_MS + 30_000);
    expect((await world.position()).state).toBe('holding');
    await world.runUntil(LONG_AFTER_MS);
    expect(world.exchange.posted.map((order) => order.side)).toEqual(['BUY', 'SELL']);
    expect(await world.position()).toMatchObject({ state: 'exited' });
    expect(await world.alertKinds()).toEqual(['forced-exit']);
  });

  test('and that is found only after the exit was due is sold at once', async () => {
    const world = createTradingWorld();
    world.exchange.script.BUY.push({ does: 'fill', says: 'nothing' });
    world.exchange.settings.areReadsDown = true;
    await world.open();
    await world.runUntil(EXIT_AT_MS + 20_000);
    world.exchange.settings.areReadsDown = false;
    await world.runUntil(EXIT_AT_MS + 60_000);
    expect(world.exchange.posted.map((order) => order.side)).toEqual(['BUY', 'SELL']);
    expect((await world.position()).state).toBe('exited');
  });

  test('is voided only when the market is over and the venue knows nothing of it', async () => {
    const world = createTradingWorld();
    world.exchange.script.BUY.push({ does: 'lose' });
    await world.open();
    await world.runUntil(ENDS_AT_MS + 29_000);
    expect(await world.position()).toMatchObject({
      state: 'awaiting-resolution',
      exitReason: 'emergency:timeout_buy_unknown',
    });
    await world.runUntil(LONG_AFTER_MS);
    expect(await world.position()).toMatchObject({ state: 'voided', exitReason: 'void:nothing-bought' });
    expect(world.exchange.posted).toHaveLength(1);
    expect(await world.alertKinds()).toEqual(['buy-unknown', 'buy-voided']);
  });

  test('is not looked up without a pause while the venue is down', async () => {
    const world = createTradingWorld();
    world.exchange.script.BUY.push({ does: 'lose' });
    world.exchange.settings.areReadsDown = true;
    await world.open();
    await world.runUntil(ENDS_AT_MS);
    expect((await world.position()).version).toBeLessThan(80);
  });

  test('shows no profit or loss while the outcome is unknown', async () => {
    const { describePosition } = await import('#lib/domain/position/position-view.ts');
    const world = createTradingWorld();
    world.exchange.script.BUY.push({ does: 'lose' });
    await world.open();
    await world.runUntil(ENDS_AT_MS);
    expect(describePosition(await world.position()).pnlMicros).toBeNull();
  });
});
