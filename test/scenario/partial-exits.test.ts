import { describe, expect, test } from 'vitest';
import { type ExitCommand, requestExit } from '#lib/lifecycle/sell/request-exit.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import { mortal } from '#test/fakes/mortality.ts';
import type { ScriptedAnswer } from '#test/fakes/scripted-exchange.ts';
import {
  createTradingWorld,
  ENDS_AT_MS,
  EXIT_AT_MS,
  OPENED_AT_MS,
  type TradingWorld,
} from '#test/fakes/trading-world.ts';
import { countOf } from '#test/fixtures/test-length.ts';

const ASKED_AT_MS = OPENED_AT_MS + 20_000;
const TEN = 10_000_000n;

const depsOf = ({ clock, deps, mortality, store }: TradingWorld) => ({
  clock,
  queue: deps.queue,
  store: mortal(store, mortality),
});
const ask = (world: TradingWorld, command: Partial<ExitCommand> = {}) =>
  world.clock.run(requestExit(depsOf(world), { positionId: 'position-000001', ...command }));

async function holdUntil(atMs: number): Promise<TradingWorld> {
  const world = createTradingWorld();
  await world.open();
  await world.runUntil(atMs);
  return world;
}

const sells = (world: TradingWorld) =>
  world.exchange.posted.filter(({ side }) => side === 'SELL').map(({ sharesMicros, atMs }) => ({ sharesMicros, atMs }));
const bidsAt = (world: TradingWorld, price: string) => () =>
  aBook({ atMs: world.clock.nowMs(), bids: someLevels([[price, '500']]), asks: someLevels([['0.95', '500']]) });

describe('a partial exit', () => {
  test('sells its shares, is held again, and is left to the clock', async () => {
    const world = await holdUntil(ASKED_AT_MS);
    const held = world.exchange.filledMicros('BUY');
    expect((await ask(world, { requestId: 'ten', sharesMicros: TEN })).outcome).toBe('requested');
    await world.runUntil(ASKED_AT_MS + 15_000);
    expect(sells(world)).toEqual([{ sharesMicros: TEN, atMs: ASKED_AT_MS }]);
    const between = await world.position();
    expect(between).toMatchObject({
      state: 'holding',
      exitDueAtMs: EXIT_AT_MS,
      wakeUp: { id: 'exit', atMs: EXIT_AT_MS },
      firstExitAttemptAtMs: null,
    });
    expect(between.exitRequest).toBeUndefined();
    await world.runUntil(ENDS_AT_MS + 60_000);
    expect(await world.position()).toMatchObject({
      state: 'exited',
      exitReason: 'emergency:timeout',
      forceClosed: true,
      firstExitAttemptAtMs: EXIT_AT_MS,
    });
    expect(sells(world)[1]?.atMs).toBe(EXIT_AT_MS);
    expect(held - world.exchange.filledMicros('SELL')).toBeLessThan(10_000n);
    expect(await world.alertKinds()).toEqual(['forced-exit']);
  });

  test('sells once, however often its caller and the queue repeat it', async () => {
    const world = await holdUntil(ASKED_AT_MS);
    const command = { requestId: 'ten', sharesMicros: TEN };
    await ask(world, command);
    expect((await ask(world, command)).outcome).toBe('already-requested');
    const exit = { requestId: 'ten', sharesMicros: TEN };
    for (let copy = 0; copy < 3; copy += 1) world.send({ source: 'by-hand', exit });
    await world.runUntil(ASKED_AT_MS + 30_000);
    expect((await ask(world, command)).outcome).toBe('already-requested');
    world.send({ source: 'by-hand', exit });
    await world.runUntil(EXIT_AT_MS - 10_000);
    expect(world.exchange.filledMicros('SELL')).toBe(TEN);
  });

  test('takes its id for one number of shares', async () => {
    const world = await holdUntil(ASKED_AT_MS);
    await ask(world, { requestId: 'ten', sharesMicros: TEN });
    expect(await ask(world, { requestId: 'ten', sharesMicros: TEN * 2n })).toMatchObject({
      code: 'request-id-reused',
    });
  });

  test('goes through what every sell goes through, and sells no more than it was asked for', async () => {
    const world = await holdUntil(ASKED_AT_MS);
    world.exchange.script.SELL.push(
      { does: 'refuse', code: 'no-match' },
      { does: 'fill', percent: 40, says: 'nothing' },
      { does: 'not-send' },
      { does: 'lose' },
    );
    await ask(world, { requestId: 'ten', sharesMicros: TEN });
    await world.runUntil(EXIT_AT_MS - 5_000);
    expect(world.exchange.filledMicros('SELL')).toBe(TEN);
    expect((await world.position()).state).toBe('holding');
  });

  test('sells again what failed on chain, before it is held again', async () => {
    const world = await holdUntil(ASKED_AT_MS);
    world.exchange.settings.finalStatus = 'failed';
    await ask(world, { requestId: 'ten', sharesMicros: TEN });
    await world.runUntil(ASKED_AT_MS + 7_000);
    world.exchange.settings.finalStatus = 'confirmed';
    await world.runUntil(EXIT_AT_MS - 5_000);
    const position = await world.position();
    expect(position.trades.filter(({ side }) => side === 'SELL').map(({ status }) => status)).toContain('confirmed');
    expect(position.state).toBe('holding');
  });

  test.each([
    ['more than is held', 41_000_000n, 'more-than-held'],
    ['so much that the rest is below the smallest order', 35_000_000n, 'rest-too-small'],
  ])('of %s is refused and changes nothing', async (_, sharesMicros, code) => {
    const world = await holdUntil(ASKED_AT_MS);
    const refused = await ask(world, { requestId: 'much', sharesMicros });
    expect(refused).toMatchObject({ outcome: 'refused', code, retryable: false });
    expect(refused).toHaveProperty('message', expect.stringContaining('to sell all'));
    await world.runUntil(EXIT_AT_MS - 5_000);
    expect(sells(world)).toEqual([]);
  });

  test('is refused while the buy is not answered, and while another one is sold', async () => {
    const world = createTradingWorld();
    world.exchange.script.BUY.push({ does: 'arrive-late', afterMs: 3_000 });
    await world.open();
    expect(await ask(world, { requestId: 'early', sharesMicros: TEN })).toMatchObject({
      code: 'not-bought-yet',
      retryable: true,
    });
    await world.runUntil(ASKED_AT_MS + 10_000);
    world.exchange.script.SELL.push({ does: 'refuse', code: 'no-match' });
    await ask(world, { requestId: 'one', sharesMicros: TEN });
    expect(await ask(world, { requestId: 'two', sharesMicros: TEN })).toMatchObject({
      code: 'exit-pending',
      retryable: true,
    });
  });

  test('becomes the exit of everything when that is asked for', async () => {
    const world = await holdUntil(ASKED_AT_MS);
    world.exchange.script.SELL.push(
      ...Array.from({ length: 4 }, () => ({ does: 'refuse', code: 'no-match' }) as const),
    );
    await ask(world, { requestId: 'ten', sharesMicros: TEN });
    await world.runUntil(ASKED_AT_MS + 2_500);
    await ask(world);
    await world.runUntil(ASKED_AT_MS + 40_000);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'manual', forceClosed: false });
    expect(world.exchange.filledMicros('BUY') - world.exchange.filledMicros('SELL')).toBeLessThan(10_000n);
  });

  test('that finds no buyer leaves half of the attempts, and everything, to the clock', async () => {
    const world = await holdUntil(ASKED_AT_MS);
    const refusal: ScriptedAnswer = { does: 'refuse', code: 'no-match' };
    world.exchange.script.SELL.push(...Array.from({ length: 200 }, () => refusal));
    await ask(world, { requestId: 'ten', sharesMicros: TEN });
    await world.runUntil(EXIT_AT_MS - 4_000);
    const early = await world.position();
    expect(early).toMatchObject({ state: 'exiting', firstExitAttemptAtMs: null });
    expect(early.attemptCount).toBeLessThanOrEqual(31);
    expect(new Set(sells(world).map(({ sharesMicros }) => sharesMicros))).toEqual(new Set([TEN]));
    world.exchange.script.SELL.length = 0;
    await world.runUntil(ENDS_AT_MS + 60_000);
    expect(sells(world).at(-1)).toEqual({ sharesMicros: expect.any(BigInt), atMs: EXIT_AT_MS });
    expect(await world.position()).toMatchObject({
      state: 'exited',
      exitReason: 'emergency:timeout',
      firstExitAttemptAtMs: EXIT_AT_MS,
    });
    expect(world.exchange.filledMicros('BUY') - world.exchange.filledMicros('SELL')).toBeLessThan(10_000n);
  });

  test('asked for seconds before the clock is sold by the clock, with the rest', async () => {
    const world = await holdUntil(EXIT_AT_MS - 4_000);
    world.exchange.script.SELL.push({ does: 'lose' });
    await ask(world, { requestId: 'ten', sharesMicros: TEN });
    await world.runUntil(ENDS_AT_MS + 60_000);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout' });
    expect(await ask(world, { requestId: 'ten', sharesMicros: TEN })).toMatchObject({ outcome: 'already-requested' });
  });

  test('of all but dust is the exit', async () => {
    const world = await holdUntil(ASKED_AT_MS);
    await ask(world, { requestId: 'all', sharesMicros: world.exchange.filledMicros('BUY') });
    await world.runUntil(EXIT_AT_MS - 5_000);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'manual', forceClosed: false });
  });
});

describe('an exit with a floor', () => {
  test('posts nothing while the bids are below it, then sells at or above it', async () => {
    const world = await holdUntil(ASKED_AT_MS);
    world.faults.book = bidsAt(world, '0.70');
    await ask(world, { minPriceMicros: 750_000n });
    await world.runUntil(ASKED_AT_MS + 30_000);
    expect(sells(world)).toEqual([]);
    const { attemptCount, state } = await world.position();
    expect({ attemptCount, state }).toEqual({ attemptCount: 1, state: 'exiting' });
    world.faults.book = bidsAt(world, '0.76');
    await world.runUntil(ASKED_AT_MS + 50_000);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'manual' });
    expect(world.exchange.posted.at(-1)?.limitPriceMicros).toBe(750_000n);
  });

  test('never sells below it, whatever the book hides, and leaves the rest to the clock on time', async () => {
    const world = await holdUntil(ASKED_AT_MS);
    world.faults.book = 'down';
    world.exchange.script.SELL.push(
      ...Array.from({ length: 40 }, () => ({ does: 'refuse', code: 'no-match' }) as const),
    );
    await ask(world, { minPriceMicros: 750_000n });
    await world.runUntil(EXIT_AT_MS - 1_000);
    expect(sells(world).length).toBeGreaterThan(3);
    for (const order of world.exchange.posted.slice(1)) expect(order.limitPriceMicros).toBe(750_000n);
    world.faults.book = bidsAt(world, '0.70');
    world.exchange.script.SELL.length = 0;
    await world.runUntil(ENDS_AT_MS + 60_000);
    expect(await world.position()).toMatchObject({
      state: 'exited',
      exitReason: 'emergency:timeout',
      firstExitAttemptAtMs: EXIT_AT_MS,
    });
    expect(world.exchange.posted.at(-1)?.limitPriceMicros).toBeLessThan(750_000n);
  });

  test('is taken away by a request without one', async () => {
    const world = await holdUntil(ASKED_AT_MS);
    world.faults.book = bidsAt(world, '0.70');
    await ask(world, { minPriceMicros: 750_000n });
    await world.runUntil(ASKED_AT_MS + 10_000);
    expect((await ask(world)).outcome).toBe('requested');
    await world.runUntil(ASKED_AT_MS + 20_000);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'manual' });
  });
});

const STEP = countOf({ short: 2, long: 1 });

describe('a partial exit that crashes', () => {
  test.each([
    ['before', [{ does: 'fill', percent: 50 }]],
    ['after', [{ does: 'lose' }]],
    ['before', [{ does: 'fill', says: 'nothing' }]],
  ] as const)('%s any effect sells its shares once, and the clock the rest', async (when, script) => {
    const live = async (dieAt: number | null) => {
      const world = await holdUntil(ASKED_AT_MS);
      // This venue would sell the same shares twice.
      world.exchange.settings.isGateOn = false;
      world.exchange.script.SELL.push(...script);
      const before = world.mortality.count;
      world.mortality.dieAt = dieAt === null ? null : before + dieAt;
      world.mortality.when = when;
      const command = { positionId: 'position-000001', requestId: 'ten', sharesMicros: TEN };
      // A crash may take the answer: the caller repeats it, and does not wait for a dead process.
      for (const againAtMs of [ASKED_AT_MS + 2_000, ASKED_AT_MS + 4_000, EXIT_AT_MS - 4_000]) {
        requestExit(depsOf(world), command).catch((error: unknown) => world.errors.push(error));
        await world.runUntil(againAtMs);
      }
      const soldEarly = world.exchange.filledMicros('SELL');
      await world.runUntil(ENDS_AT_MS + 100_000);
      return { world, soldEarly, effectCount: world.mortality.count - before };
    };
    const { effectCount } = await live(null);
    expect(effectCount).toBeGreaterThan(12);
    for (let dieAt = 1; dieAt <= effectCount; dieAt += STEP) {
      const { world, soldEarly } = await live(dieAt);
      const story = `dead ${when} effect ${dieAt}`;
      expect(soldEarly, story).toBe(TEN);
      const position = await world.position();
      expect(position.state, story).toBe('exited');
      const left = world.exchange.filledMicros('BUY') - world.exchange.filledMicros('SELL');
      expect(left >= 0n && left < 10_000n, story).toBe(true);
      expect(world.errors, story).toEqual([]);
    }
  });
});
