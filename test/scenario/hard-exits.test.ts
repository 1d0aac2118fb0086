import { describe, expect, test } from 'vitest';
import type { Position } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { wakePosition } from '#lib/lifecycle/wake-position.ts';
import { aBook } from '#test/factories/a-book.ts';
import { createScriptedExchange } from '#test/fakes/scripted-exchange.ts';
import { createTradingWorld, DEADLINE_AT_MS, ENDS_AT_MS, EXIT_AT_MS, OPENED_AT_MS } from '#test/fakes/trading-world.ts';

const LONG_AFTER_MS = ENDS_AT_MS + 400_000;
const sellsOf = (world: ReturnType<typeof createTradingWorld>) =>
  world.exchange.posted.filter((order) => order.side === 'SELL');

describe('an exit in parts', () => {
  test('sells the rest, and never more than is left', async () => {
    const world = createTradingWorld();
    world.exchange.script.SELL.push({ does: 'fill', percent: 50 }, { does: 'fill', percent: 50 });
    await world.open();
    await world.runUntil(LONG_AFTER_MS);
    const shares = sellsOf(world).map((order) => order.sharesMicros);
    expect(shares).toHaveLength(3);
    expect(shares[1]).toBeLessThanOrEqual((shares[0] ?? 0n) / 2n + 10_000n);
    expect((await world.position()).state).toBe('exited');
    expect(world.exchange.filledMicros('BUY') - world.exchange.filledMicros('SELL')).toBeLessThan(10_000n);
  });

  test('leaves a rest below a hundredth of a share as dust', async () => {
    const world = createTradingWorld();
    world.exchange.script.SELL.push({ does: 'fill', percent: 99 });
    await world.open();
    const held = world.exchange.filledMicros('BUY');
    await world.runUntil(LONG_AFTER_MS);
    const position = await world.position();
    const dust = held - world.exchange.filledMicros('SELL');
    expect(position.state).toBe('exited');
    expect(describePosition(position).dustMicros).toBe(dust.toString());
    expect(dust).toBeLessThan(10_000n);
  });

  test('counts a sale that fails on chain as sold only until the failure is known', async () => {
    const world = createTradingWorld();
    world.exchange.settings.settlesAfterMs.SELL = 130_000;
    await world.open();
    await world.runUntil(ENDS_AT_MS);
    expect(await world.position()).toMatchObject({ state: 'awaiting-resolution', exitReason: 'emergency:timeout' });
    world.exchange.settings.finalStatus = 'failed';
    await world.runUntil(LONG_AFTER_MS);
    expect(await world.position()).toMatchObject({
      state: 'awaiting-resolution',
      exitReason: 'emergency:timeout_sell_failed',
      forceClosed: true,
    });
    expect(await world.alertKinds()).toEqual(['unsettled-at-deadline', 'sell-failed']);
  });

  test('sells again when a sale fails on chain before the deadline', async () => {
    const world = createTradingWorld();
    await world.open();
    await world.runUntil(OPENED_AT_MS + 30_000);
    world.exchange.settings.isGateOn = false;
    await world.runUntil(EXIT_AT_MS - 1_000);
    world.exchange.settings.finalStatus = 'failed';
    await world.runUntil(EXIT_AT_MS + 4_000);
    expect(sellsOf(world)).toHaveLength(2);
  });
});

describe('an exit that finds no buyer', () => {
  test('lowers its price step by step and has its end written at the deadline', async () => {
    const world = createTradingWorld();
    for (let tries = 0; tries < 80; tries += 1) world.exchange.script.SELL.push({ does: 'refuse', code: 'no-match' });
    await world.open();
    world.faults.book = () => aBook({ bids: [] });
    await world.runUntil(LONG_AFTER_MS);
    const prices = sellsOf(world).map((order) => order.limitPriceMicros);
    expect(prices.every((price, index) => index === 0 || price <= (prices[index - 1] ?? price))).toBe(true);
    expect(prices[0]).toBeGreaterThan(400_000n);
    expect(prices.at(-1)).toBe(10_000n);
    expect(await world.position()).toMatchObject({
      state: 'awaiting-resolution',
      exitReason: 'emergency:timeout_sell_failed',
      exitAtMs: DEADLINE_AT_MS,
    });
    expect(await world.alertKinds()).toEqual(['exit-failing', 'sell-failed']);
  });

  test.each([
    ['is down', 'down' as const],
    ['has no book', () => undefined],
  ])('still posts when the market data %s', async (_, book) => {
    const world = createTradingWorld();
    await world.open();
    world.faults.book = book;
    await world.runUntil(LONG_AFTER_MS);
    expect(sellsOf(world)).toHaveLength(1);
    expect((await world.position()).state).toBe('exited');
  });

  test('waits as long as the venue asks for', async () => {
    const world = createTradingWorld();
    world.exchange.script.SELL.push({ does: 'not-send', retryAfterMs: 7_000 });
    await world.open();
    await world.runUntil(LONG_AFTER_MS);
    const [first, second] = sellsOf(world);
    expect((second?.atMs ?? 0) - (first?.atMs ?? 0)).toBeGreaterThanOrEqual(7_000);
    expect((await world.position()).state).toBe('exited');
  });

  test('pages once for a cause that only a human can fix, and goes on', async () => {
    const world = createTradingWorld();
    for (let tries = 0; tries < 4; tries += 1)
      world.exchange.script.SELL.push({ does: 'refuse', code: 'account-blocked' });
    await world.open();
    await world.runUntil(LONG_AFTER_MS);
    expect((await world.position()).state).toBe('exited');
    expect(await world.alertKinds()).toEqual(['needs-human', 'exit-failing', 'forced-exit']);
  });
});

describe('an exit whose order cannot be prepared because the key is unavailable', () => {
  /** The key is unavailable between `fromMs` and `untilMs`. */
  const worldWithoutKey = (fromMs: number, untilMs: number) =>
    createTradingWorld({
      exchangeWith: ({ clock }) => {
        const exchange = createScriptedExchange(clock);
        return {
          ...exchange,
          prepareOrder: async (...args) => {
            const isGone = clock.nowMs() >= fromMs && clock.nowMs() < untilMs;
            if (isGone) throw new UpstreamUnavailableError('The vault did not answer');
            return exchange.prepareOrder(...args);
          },
        };
      },
    });

  test('reads it again within seconds, before the queue delivers again', async () => {
    const world = worldWithoutKey(EXIT_AT_MS - 10_000, EXIT_AT_MS + 4_000);
    await world.open();
    await world.runUntil(LONG_AFTER_MS);
    const position = await world.position();
    expect(position).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout' });
    expect(position.firstExitAttemptAtMs).toBeLessThanOrEqual(EXIT_AT_MS + 6_000);
    const putOff = world.outcomes.filter(({ outcome }) => outcome === 'put-off');
    expect(putOff[0]).toMatchObject({ reason: 'The vault did not answer' });
    expect(putOff.length).toBeLessThanOrEqual(10);
    expect(world.errors).toEqual([]);
  });

  test('is written on time when the position cannot be sold', async () => {
    const world = worldWithoutKey(EXIT_AT_MS - 10_000, Number.POSITIVE_INFINITY);
    await world.open();
    await world.runUntil(ENDS_AT_MS);
    const position = await world.position();
    expect(position).toMatchObject({ state: 'awaiting-resolution', exitReason: 'emergency:timeout_sell_failed' });
    expect('exitAtMs' in position && position.exitAtMs - DEADLINE_AT_MS).toBeLessThan(2_000);
  });
});

describe('a manual exit', () => {
  test('of a holding position sells now and ends quietly', async () => {
    const world = createTradingWorld();
    await world.open();
    await world.runUntil(OPENED_AT_MS + 40_000);
    world.send({ source: 'by-hand', wakeUpId: 'by-hand' });
    await world.runUntil(OPENED_AT_MS + 60_000);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'manual', forceClosed: false });
    expect(sellsOf(world)[0]?.atMs).toBeLessThan(OPENED_AT_MS + 41_500);
    expect(await world.alertKinds()).toEqual([]);
  });

  test('requested while the buy is unknown sells as soon as it is found', async () => {
    const world = createTradingWorld();
    world.exchange.script.BUY.push({ does: 'fill', says: 'nothing' });
    world.exchange.settings.areReadsDown = true;
    await world.open();
    await world.runUntil(OPENED_AT_MS + 10_000);
    world.send({ source: 'by-hand', wakeUpId: 'by-hand' });
    await world.runUntil(OPENED_AT_MS + 11_000);
    world.exchange.settings.areReadsDown = false;
    await world.runUntil(OPENED_AT_MS + 50_000);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'manual' });
  });

  test('of a position that is exiting changes nothing', async () => {
    const world = createTradingWorld();
    for (let tries = 0; tries < 5; tries += 1) world.exchange.script.SELL.push({ does: 'refuse', code: 'no-match' });
    await world.open();
    await world.runUntil(EXIT_AT_MS + 3_000);
    world.send({ source: 'by-hand', wakeUpId: 'by-hand' });
    await world.runUntil(LONG_AFTER_MS);
    expect(sellsOf(world)).toHaveLength(6);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout' });
  });

  test('after the deadline changes nothing', async () => {
    const world = createTradingWorld();
    world.exchange.settings.settlesAfterMs.BUY = 600_000;
    await world.open();
    await world.runUntil(ENDS_AT_MS);
    world.send({ source: 'by-hand', wakeUpId: 'by-hand' });
    const sellCount = sellsOf(world).length;
    await world.runUntil(LONG_AFTER_MS);
    expect(sellsOf(world)).toHaveLength(sellCount);
  });

  test('is not lost to a step that is saved at the same moment', async () => {
    const world = createTradingWorld();
    await world.open();
    await world.runUntil(OPENED_AT_MS + 40_000);
    const held = await world.position();
    // Another invocation saves a step between this one's read and its write.
    let isFirst = true;
    const find = async (positionId: string): Promise<Position | undefined> => {
      const found = await world.store.find(positionId);
      if (isFirst && found?.state === 'holding') {
        isFirst = false;
        await world.store.save({
          before: found,
          after: { ...found, version: found.version + 1 },
          event: { type: 'look-up-failed', atMs: world.clock.nowMs(), text: 'raced' },
          endedAttempts: [],
          alert: null,
          evidence: {},
        });
      }
      return found;
    };
    const deps = { ...world.deps, store: { ...world.store, find } };
    const message = { positionId: held.positionId, wakeUpId: 'by-hand', source: 'by-hand' } as const;
    await world.clock.run(wakePosition(deps, message));
    await world.runUntil(OPENED_AT_MS + 60_000);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'manual' });
  });
});

describe('a result that is saved late', () => {
  test('still counts when the deadline was written before the answer arrived', async () => {
    const world = createTradingWorld();
    for (let tries = 0; tries < 40; tries += 1) world.exchange.script.SELL.push({ does: 'refuse', code: 'no-match' });
    await world.open();
    await world.runUntil(ENDS_AT_MS - 30_000);
    world.exchange.script.SELL.length = 0;
    // Look-ups fail as well: only the answer itself shows the fill.
    world.exchange.settings.answersAfterMs = 40_000;
    world.exchange.settings.areReadsDown = true;
    await world.runUntil(DEADLINE_AT_MS - 1_000);
    const posting = await world.position();
    if (posting.state !== 'exiting') throw new Error('The sell is not out');
    expect(posting.attempts[0]?.phase).toBe('posting');
    // A second message of the same wake-up may not touch the attempt, but it writes the deadline.
    world.send({ wakeUpId: posting.wakeUp.id }, DEADLINE_AT_MS);
    await world.runUntil(ENDS_AT_MS + 5_000);
    expect(await world.position()).toMatchObject({ state: 'awaiting-resolution', exitAtMs: DEADLINE_AT_MS });
    world.exchange.settings.areReadsDown = false;
    await world.runUntil(LONG_AFTER_MS);
    expect((await world.position()).state).toBe('exited');
    expect(new Set(world.exchange.placedHashes()).size).toBe(2);
  });
});

describe('an exit whose retries are lost in its last seconds', () => {
  test('has its end written at the deadline all the same', async () => {
    const world = createTradingWorld();
    world.exchange.settings.settlesAfterMs.BUY = 600_000;
    world.faults.isSweepOn = false;
    await world.open();
    await world.runUntil(DEADLINE_AT_MS - 10_000);
    for (const letter of world.letters) if (letter.message.source === 'retry') letter.isDone = true;
    await world.runUntil(DEADLINE_AT_MS + 1_000);
    const position = await world.position();
    expect(position).toMatchObject({ state: 'awaiting-resolution', exitReason: 'emergency:timeout_sell_failed' });
    expect('exitAtMs' in position && position.exitAtMs).toBeLessThanOrEqual(DEADLINE_AT_MS + 250);
  });
});
