import { describe, expect, test } from 'vitest';
import { createPaperExchange } from '#lib/adapters/paper/paper-exchange.ts';
import { createMemoryPaperLedger } from '#lib/simulation/world/memory-paper-ledger.ts';
import { createTradingWorld, DEADLINE_AT_MS, ENDS_AT_MS, EXIT_AT_MS } from '#test/fakes/trading-world.ts';
import { countingIds } from '#test/fixtures/counting-ids.ts';

describe('the incident: sells are refused because the bought shares have not settled', () => {
  test('sells as soon as they settle, by the clock, with one order per try', async () => {
    const world = createTradingWorld();
    world.exchange.settings.settlesAfterMs.BUY = EXIT_AT_MS + 9_000 - world.clock.nowMs();
    await world.open();
    await world.runUntil(ENDS_AT_MS + 400_000);
    const position = await world.position();
    const sells = world.exchange.posted.filter((order) => order.side === 'SELL');
    expect(position).toMatchObject({
      state: 'exited',
      exitReason: 'emergency:timeout',
      forceClosed: true,
      forceCloseReason: 'timeout',
      firstExitAttemptAtMs: EXIT_AT_MS,
    });
    expect(position.refusals['unsettled-buy']).toBe(sells.length - 1);
    expect(sells[0]?.atMs).toBe(EXIT_AT_MS);
    expect(new Set(sells.map((order) => order.orderHash)).size).toBe(sells.length);
    expect(sells.length).toBeGreaterThan(3);
    // At the latest after the pause in which they settled.
    expect(sells.at(-1)?.atMs).toBeLessThan(EXIT_AT_MS + 9_000 + 5_500);
    expect(world.exchange.filledMicros('SELL')).toBe(world.exchange.filledMicros('BUY'));
  });

  test('is announced once, as a forced exit', async () => {
    const world = createTradingWorld();
    world.exchange.settings.settlesAfterMs.BUY = EXIT_AT_MS + 4_000 - world.clock.nowMs();
    await world.open();
    await world.runUntil(ENDS_AT_MS + 400_000);
    expect(await world.alertKinds()).toEqual(['forced-exit']);
  });

  test('writes the end at the deadline when they never settle, and goes on after it', async () => {
    const world = createTradingWorld();
    world.exchange.settings.settlesAfterMs.BUY = 10 * 60_000;
    await world.open();
    await world.runUntil(ENDS_AT_MS);
    expect(await world.position()).toMatchObject({
      state: 'awaiting-resolution',
      exitReason: 'emergency:timeout_sell_failed',
      forceClosed: true,
      exitAtMs: DEADLINE_AT_MS,
    });
    expect(world.exchange.posted.every((order) => order.atMs <= ENDS_AT_MS - 8_000)).toBe(true);
    await world.runUntil(ENDS_AT_MS + 900_000);
    expect(await world.alertKinds()).toEqual(['exit-failing', 'sell-failed']);
    expect((await world.position()).attempts).toEqual([]);
  });

  test('ends the same way on the paper exchange', async () => {
    const world = createTradingWorld({
      exchangeWith: ({ clock, marketData }) =>
        createPaperExchange({
          clock,
          marketData,
          ledger: createMemoryPaperLedger(),
          ids: countingIds('paper'),
          settlement: { fixedMs: 155_000 },
        }),
    });
    await world.open();
    await world.runUntil(ENDS_AT_MS + 400_000);
    const position = await world.position();
    expect(position).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout' });
    expect(position.refusals['unsettled-buy']).toBeGreaterThan(0);
    expect(await world.alertKinds()).toContain('forced-exit');
  });
});
