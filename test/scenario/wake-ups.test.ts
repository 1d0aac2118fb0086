import { describe, expect, test } from 'vitest';
import { createTradingWorld, DEADLINE_AT_MS, ENDS_AT_MS, EXIT_AT_MS, OPENED_AT_MS } from '#test/fakes/trading-world.ts';

const LONG_AFTER_MS = ENDS_AT_MS + 400_000;

describe('waking a position', () => {
  test('five exit messages at once make one order', async () => {
    const world = createTradingWorld();
    await world.open();
    await world.runUntil(EXIT_AT_MS - 1_000);
    for (let copy = 0; copy < 5; copy += 1) world.send({ source: 'delay' });
    await world.runUntil(LONG_AFTER_MS);
    expect(world.exchange.posted.map((order) => order.side)).toEqual(['BUY', 'SELL']);
    expect(world.outcomes.filter((o) => o.outcome === 'dropped').length).toBeGreaterThanOrEqual(5);
  });

  test('posts at the due time to the millisecond', async () => {
    const world = createTradingWorld();
    await world.open();
    await world.runUntil(LONG_AFTER_MS);
    expect(world.exchange.posted[1]?.atMs).toBe(EXIT_AT_MS);
  });

  test('an early message is sent again once and its step is taken on time', async () => {
    const world = createTradingWorld();
    world.faults.isSweepOn = false;
    await world.open();
    await world.runUntil(OPENED_AT_MS + 30_000);
    // There is no other message.
    for (const letter of world.letters) letter.isDone = true;
    world.send({ source: 'timer' }, EXIT_AT_MS - 60_000);
    const letterCount = world.letters.length;
    await world.runUntil(EXIT_AT_MS - 50_000);
    expect(world.letters.slice(letterCount).map((letter) => letter.visibleAtMs)).toEqual([EXIT_AT_MS + 2_000]);
    await world.runUntil(EXIT_AT_MS + 3_000);
    // The timer's message waits two seconds for the delayed one.
    expect(world.exchange.posted[1]?.atMs).toBe(EXIT_AT_MS + 2_000);
  });

  test('an early timer is kept for the exit while the buy is still being looked up', async () => {
    const world = createTradingWorld();
    world.exchange.settings.settlesAfterMs.BUY = 10 * 60_000;
    world.exchange.settings.isGateOn = false;
    await world.open();
    // Only the timer is left: the delayed message is lost, the sweep is off.
    world.faults.isSweepOn = false;
    for (const letter of world.letters) if (letter.message.source === 'delay') letter.isDone = true;
    await world.runUntil(EXIT_AT_MS + 3_000);
    // The timer's message waits two seconds for the delayed one.
    expect(world.exchange.posted[1]?.atMs).toBe(EXIT_AT_MS + 2_000);
  });

  test.each([
    ['late', 'v2'],
    ['of a step long done', 'v1'],
    ['never heard of', 'v77'],
  ])('a message that is %s is dropped', async (_, wakeUpId) => {
    const world = createTradingWorld();
    await world.open();
    await world.runUntil(OPENED_AT_MS + 20_000);
    const before = await world.position();
    world.send({ wakeUpId, source: 'retry' });
    await world.runUntil(OPENED_AT_MS + 20_500);
    expect(world.outcomes.at(-1)).toMatchObject({ outcome: 'dropped', reason: 'not-the-row' });
    expect(await world.position()).toBe(before);
  });

  test('a message for a closed position is dropped', async () => {
    const world = createTradingWorld();
    await world.open();
    await world.runUntil(LONG_AFTER_MS);
    world.send({});
    await world.runUntil(LONG_AFTER_MS + 1_000);
    expect(world.outcomes.at(-1)).toMatchObject({ outcome: 'dropped', reason: 'closed' });
  });

  test('a lost timer and a lost message are healed by the sweep within the minute', async () => {
    const world = createTradingWorld();
    await world.open();
    for (const letter of world.letters) letter.isDone = letter.message.wakeUpId === 'exit';
    await world.runUntil(EXIT_AT_MS + 70_000);
    expect(world.exchange.posted.map((order) => order.side)).toEqual(['BUY', 'SELL']);
    expect(world.sweeps.some((report) => report.overdueIds.length === 1)).toBe(true);
  });

  test('a step goes on when the queue is back that was down after it', async () => {
    const world = createTradingWorld();
    world.exchange.script.SELL.push({ does: 'refuse', code: 'no-match' });
    await world.open();
    await world.runUntil(EXIT_AT_MS - 100);
    world.faults.isQueueDown = true;
    await world.runUntil(EXIT_AT_MS + 2_000);
    expect(world.errors).toHaveLength(1);
    world.faults.isQueueDown = false;
    await world.runUntil(LONG_AFTER_MS);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout' });
    expect(world.exchange.posted).toHaveLength(3);
  });

  test('the end is written at the deadline with nothing but the store and the clock', async () => {
    const world = createTradingWorld();
    for (let tries = 0; tries < 80; tries += 1) world.exchange.script.SELL.push({ does: 'throw' });
    await world.open();
    await world.runUntil(EXIT_AT_MS);
    world.exchange.settings.areReadsDown = true;
    world.faults.book = 'down';
    await world.runUntil(DEADLINE_AT_MS - 1_500);
    world.faults.isQueueDown = true;
    world.faults.isSweepOn = false;
    world.send({
      wakeUpId:
        (await world.store
          .find('position-000001')
          .then((p) => (p !== undefined && 'wakeUp' in p ? p.wakeUp?.id : null))) ?? 'none',
    });
    await world.runUntil(ENDS_AT_MS);
    expect(await world.position()).toMatchObject({
      state: 'awaiting-resolution',
      exitAtMs: DEADLINE_AT_MS,
      exitReason: 'emergency:timeout_sell_failed',
    });
  });

  test('an exit without tries left waits for the deadline and writes it on time', async () => {
    const world = createTradingWorld();
    for (let tries = 0; tries < 80; tries += 1) world.exchange.script.SELL.push({ does: 'refuse', code: 'no-match' });
    world.faults.isSweepOn = false;
    await world.open();
    await world.runUntil(ENDS_AT_MS);
    expect(await world.position()).toMatchObject({ state: 'awaiting-resolution', exitAtMs: DEADLINE_AT_MS });
    expect(world.exchange.posted.every((order) => order.atMs <= ENDS_AT_MS - 8_000)).toBe(true);
  });

  test('a message that comes when it is too late for an order still gets the end written on time', async () => {
    const world = createTradingWorld();
    world.faults.isSweepOn = false;
    await world.open();
    world.faults.isDeliveryOn = false;
    await world.runUntil(ENDS_AT_MS - 7_500);
    world.faults.isDeliveryOn = true;
    await world.runUntil(ENDS_AT_MS);
    expect(world.exchange.posted).toHaveLength(1);
    expect(await world.position()).toMatchObject({ state: 'awaiting-resolution', exitAtMs: DEADLINE_AT_MS });
    expect(await world.alertKinds()).toEqual(['sell-failed']);
  });
});
