import { describe, expect, test } from 'vitest';
import { SHARES_WAKE_UP_ID } from '#lib/domain/plan/plan-take-in.ts';
import { LEFT_NAMED_MAX } from '#lib/domain/position/guarded-shares.ts';
import { isClosed } from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { DEFAULT_RISK_LIMITS } from '#lib/domain/position/risk-limits.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { requestExit } from '#lib/lifecycle/sell/request-exit.ts';
import type { Settlement } from '#lib/ports/wallet/settlement.ts';
import type { SharesReading } from '#lib/ports/wallet/wallet-readings.ts';
import { describeRules } from '#lib/words/rule-words.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import { HALT } from '#test/factories/a-halt.ts';
import { aMarket, UNTRADABLE_MARKET } from '#test/factories/a-market.ts';
import { somePositionTerms } from '#test/factories/a-position.ts';
import { createGuardingWorld, type GuardingWorld, SHARES_MICROS } from '#test/fakes/guarding-world.ts';
import { ENDS_AT_MS, EXIT_AT_MS, OPENED_AT_MS } from '#test/fakes/trading-world.ts';
import { countOf } from '#test/fixtures/test-length.ts';

const NO_MATCH = { does: 'refuse', code: 'no-match' } as const;
const unused = () => Promise.reject(new Error('Nothing is redeemed'));
const END_MS = ENDS_AT_MS + 120_000;

/** A bot bought these shares ten seconds ago. */
async function aHolding(options: Parameters<typeof createGuardingWorld>[0] = {}): Promise<GuardingWorld> {
  const world = createGuardingWorld(options);
  world.readings.move(SHARES_MICROS, -20_000_000n);
  world.readings.settings.costMicros = 20_400_000n;
  await world.clock.advanceBy(10_000);
  return world;
}

describe('guarding what a bot bought', () => {
  test('holds the shares with their cost and durable wake-ups, and sells them by the clock', async () => {
    const world = await aHolding();
    const guarded = await world.guard();
    expect(guarded).toMatchObject({
      outcome: 'guarded',
      position: { state: 'holding', origin: 'guard', found: { sharesMicros: SHARES_MICROS, costMicros: 20_400_000n } },
      halt: null,
      areWakeUpsSet: true,
    });
    expect(world.letters.map(({ message }) => message.source)).toEqual(['timer', 'delay']);
    await world.runUntil(END_MS);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout' });
    expect(world.exchange.posted).toMatchObject([{ side: 'SELL', sharesMicros: SHARES_MICROS, atMs: EXIT_AT_MS }]);
  });

  test('does not guess a cost that the index counts for other shares, and learns it later', async () => {
    const world = await aHolding();
    world.readings.settings.indexedMicros = 30_000_000n;
    expect(await world.guard()).toMatchObject({ position: { found: { costMicros: null } } });
    world.readings.settings.indexedMicros = null;
    await world.runUntil(OPENED_AT_MS + 40_000);
    expect(await world.position()).toMatchObject({ state: 'holding', found: { costMicros: 20_400_000n } });
    const looks = world.readings.readCount();
    await world.runUntil(EXIT_AT_MS - 20_000);
    // Nothing is left to learn, and nothing is read but once a minute.
    expect(world.readings.readCount() - looks).toBeLessThan(4);
  });

  test('of a part of the wallet manages no more than was said, at an unknown cost', async () => {
    const world = await aHolding();
    const guarded = await world.guard({ sharesMicrosMax: 15_000_000n });
    expect(guarded).toMatchObject({
      position: { guardedSharesMicros: 15_000_000n, found: { sharesMicros: 15_000_000n, costMicros: null } },
    });
    await world.runUntil(END_MS);
    expect(world.exchange.posted).toMatchObject([{ sharesMicros: 15_000_000n }]);
  });

  test('is not stopped by a halt or a limit, which openings obey, and says so', async () => {
    const limits = { ...DEFAULT_RISK_LIMITS, openCountMax: 0, exposureMicrosMax: 0n, dayLossMicrosMax: 0n };
    const world = await aHolding({ limits });
    await world.store.setHalt('live', HALT);
    expect(await world.guard()).toMatchObject({ outcome: 'guarded', halt: HALT });
    const account = await world.store.getAccount('live', world.clock.nowMs());
    expect(account).toMatchObject({ openCount: 1, exposureMicros: 20_400_000n });
    await world.runUntil(END_MS);
    expect(await world.store.getAccount('live', world.clock.nowMs())).toMatchObject({
      openCount: 0,
      exposureMicros: 0n,
    });
  });

  test('keeps the rules of its request, and holds a winner at its exit', async () => {
    const world = await aHolding();
    const rules = { holdAboveMicros: 500_000n };
    expect(await world.guard({ terms: { rules } })).toMatchObject({
      outcome: 'guarded',
      position: { policy: { rules } },
    });
    expect(await world.guard({ terms: { rules } })).toMatchObject({ outcome: 'already-requested' });
    expect(await world.guard({ terms: { rules: { holdAboveMicros: 600_000n } } })).toMatchObject({
      outcome: 'refused',
    });
    await world.runUntil(END_MS);
    expect(world.exchange.posted).toEqual([]);
    expect(await world.position()).toMatchObject({ exitReason: 'hold:above', forceClosed: false });
  });

  test.each([
    ['stop-loss', { stopLoss: { priceMicros: 450_000n } }, ['0.45', '0.47']],
    ['take-profit', { takeProfit: { priceMicros: 800_000n } }, ['0.80', '0.82']],
    ['trailing-stop', { trailingStop: { priceMicros: 100_000n } }, ['0.49', '0.51']],
  ] as const)('sells by its %s, once and long before the clock', async (rule, rules, prices) => {
    const world = await aHolding();
    let [bid, ask]: readonly [string, string] = ['0.60', '0.61'];
    const levels = (at: string) => someLevels([[at, '500']]);
    world.faults.book = () => aBook({ bids: levels(bid), asks: levels(ask), atMs: world.clock.nowMs() });
    expect(await world.guard({ terms: { rules } })).toMatchObject({ outcome: 'guarded' });
    await world.runUntil(OPENED_AT_MS + 20_000);
    expect(world.exchange.posted).toEqual([]);
    [bid, ask] = prices;
    await world.runUntil(OPENED_AT_MS + 100_000);
    expect(await world.position()).toMatchObject({ firedRule: { rule } });
    await world.runUntil(END_MS);
    expect(world.exchange.posted).toHaveLength(1);
    expect(world.exchange.posted[0]?.atMs).toBeLessThan(OPENED_AT_MS + 100_000);
    expect(world.exchange.filledMicros('SELL')).toBe(SHARES_MICROS);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: `rule:${rule}`, forceClosed: false });
    expect(await world.alertKinds()).toEqual(['rule-exit']);
  });

  test.each([
    ['at an unknown cost', null, { stopLoss: { shareMicros: 250_000n } }],
    ['below its stop', 20_400_000n, { stopLoss: { priceMicros: 900_000n } }],
  ])('is not refused for rules that the stage alone asks for: %s', async (_what, costMicros, rules) => {
    const world = await aHolding();
    world.readings.settings.costMicros = costMicros;
    const settings = { ...world.deps.settings, presets: { careful: { rules } }, defaultPreset: 'careful' };
    Object.assign(world.deps, { settings });
    expect(await world.guard({ terms: { rules: { preset: 'careful' } } })).toMatchObject({ outcome: 'refused' });
    expect(await world.guard()).toMatchObject({ outcome: 'guarded', position: { policy: {} } });
    const position = await world.position();
    expect(position.policy.rules).toBeUndefined();
    expect(position.refusedPreset).toMatchObject({ preset: 'careful', code: expect.stringMatching(/^rule-/) });
    // What the card, the answer and the lists say of its rules.
    expect(describeRules(describePosition(position))).toMatch(
      /^none, those of preset careful were refused: The .+[^.]$/,
    );
    expect(await world.guard()).toMatchObject({ outcome: 'already-requested' });
  });

  test('says what lies there of the other outcome', async () => {
    const world = await aHolding();
    world.readings.settings.otherSharesMicros = 7_000_000n;
    expect(await world.guard()).toMatchObject({ otherSharesMicros: 7_000_000n });
  });

  test('begins the exit at once where it was due before', async () => {
    const world = await aHolding();
    await world.clock.advanceTo(ENDS_AT_MS - 60_000);
    expect(await world.guard()).toMatchObject({ outcome: 'guarded' });
    await world.runUntil(ENDS_AT_MS - 50_000);
    expect(world.exchange.filledMicros('SELL')).toBe(SHARES_MICROS);
    expect(await world.position()).toMatchObject({ exitReason: 'emergency:timeout' });
  });
});

describe('a guard right after a position of the market ended', () => {
  /**
   * The bot's shares were sold by the suite. The finalised block, 30 s old, still shows them, and so does the newest.
   */
  async function anEnded(leftMicros: bigint): Promise<GuardingWorld> {
    const world = await aHolding();
    world.readings.move(leftMicros);
    await world.guard({ sharesMicrosMax: SHARES_MICROS });
    await world.runUntil(OPENED_AT_MS + 70_000);
    const { clock, store, deps } = world;
    await clock.run(requestExit({ clock, store, queue: deps.queue }, { positionId: 'position-000001' }));
    await world.runUntil(OPENED_AT_MS + 90_000);
    expect(await world.store.find('position-000001')).toMatchObject({ state: 'exited' });
    world.readings.settings.lagMs = world.clock.nowMs() - (OPENED_AT_MS + 65_000);
    return world;
  }

  test('does not find the shares that were just sold, and nothing counts twice', async () => {
    const world = await anEnded(0n);
    expect(await world.guard({ requestId: 'guard-2', expectShares: true })).toMatchObject({ outcome: 'guarded' });
    await world.runUntil(END_MS);
    const second = await world.store.find('position-000002');
    expect(second).toMatchObject({ state: 'voided', exitReason: 'void:nothing-found' });
    expect(second).not.toHaveProperty('found');
    expect(second).not.toHaveProperty('left');
    expect(world.exchange.filledMicros('SELL')).toBe(SHARES_MICROS);
  });

  test('finds those that were left once a block is young enough to tell, and sells them', async () => {
    const world = await anEnded(15_000_000n);
    expect(await world.guard({ requestId: 'guard-2' })).toMatchObject({ outcome: 'guarded' });
    world.readings.settings.lagMs = 5_000;
    await world.runUntil(EXIT_AT_MS - 20_000);
    expect(await world.store.find('position-000002')).toMatchObject({ found: { sharesMicros: 15_000_000n } });
    await world.runUntil(END_MS);
    expect(await world.store.find('position-000002')).toMatchObject({ state: 'exited' });
    expect(world.exchange.filledMicros('SELL')).toBe(SHARES_MICROS + 15_000_000n);
  });
});

describe('a repeated guard request', () => {
  test('gets the same position, and sets wake-ups that the first one could not', async () => {
    const world = await aHolding();
    world.faults.isTimerDown = true;
    world.faults.isQueueDown = true;
    const first = await world.guard();
    expect(first).toMatchObject({ outcome: 'guarded', areWakeUpsSet: false });
    world.faults.isTimerDown = false;
    world.faults.isQueueDown = false;
    const second = await world.guard();
    expect(second).toMatchObject({ outcome: 'already-requested', areWakeUpsSet: true });
    expect(world.letters.map(({ message }) => message.source)).toEqual(['timer', 'delay']);
    expect(await world.store.list()).toHaveLength(1);
  });

  test.each([
    { outcome: 'DOWN' },
    { sharesMicrosMax: 1_000_000n },
    { exitAtMs: EXIT_AT_MS - 1_000 },
    { terms: { exitLeadMs: 100_000 } },
    { origin: 'watch' } as const,
  ])('is refused where it asks for something else: %o', async (change) => {
    const world = await aHolding();
    await world.guard();
    expect(await world.guard(change)).toMatchObject({ refusal: { code: 'request-id-reused' } });
  });

  test('is not the answer of an opening with the same id, which would have bought nothing', async () => {
    const world = await aHolding();
    await world.guard();
    const opened = await world.open({ requestId: 'guard-1', budgetMicros: 20_400_000n });
    expect(opened).toMatchObject({ outcome: 'refused', refusal: { code: 'request-id-reused' } });
  });

  test('of two at once guards one', async () => {
    const world = await aHolding();
    const both = await Promise.all([world.guard(), world.guard({ requestId: 'guard-2' })]);
    expect(both.map(({ outcome }) => outcome).toSorted()).toEqual(['guarded', 'refused']);
    expect(both.find(({ outcome }) => outcome === 'refused')).toMatchObject({
      refusal: { code: 'market-occupied' },
      position: { positionId: 'position-000001' },
    });
  });
});

describe('a guard is refused, with what to do,', () => {
  const other = aMarket({ slug: 'will-it-rain', asset: null, outcomeNames: { UP: 'Yes', DOWN: 'No' } });

  test.each([
    ['market-unknown', { marketSlug: 'nothing' }, []],
    ['market-over', {}, [aMarket({ endsAtMs: OPENED_AT_MS })]],
    ['market-closed', {}, [aMarket({ closed: true })]],
    ['outcome-unknown', { marketSlug: other.slug, outcome: 'Maybe', exitAtMs: EXIT_AT_MS }, [other]],
    ['exit-time-required', { marketSlug: other.slug, outcome: 'Yes' }, [other]],
    ['exit-time-invalid', { exitAtMs: ENDS_AT_MS - 1_000 }, []],
    ['exit-time-invalid', { exitAtMs: OPENED_AT_MS - 1_000 }, []],
    ['mode-unavailable', { mode: 'paper' } as const, []],
  ])('as %s', async (code, command, markets) => {
    const world = await aHolding({ markets });
    const refused = await world.guard(command);
    expect(refused).toMatchObject({ outcome: 'refused', refusal: { code } });
    expect(await world.store.list()).toEqual([]);
  });

  test('where a position of the suite has the market', async () => {
    const world = await aHolding();
    await world.open();
    expect(await world.guard()).toMatchObject({
      refusal: { code: 'market-occupied' },
      position: { origin: 'request' },
    });
  });

  test('where the market cannot be traded here', async () => {
    const world = await aHolding();
    const deps = { ...world.deps, marketData: { ...world.deps.marketData, findMarket: async () => UNTRADABLE_MARKET } };
    Object.assign(world.deps, deps);
    expect(await world.guard()).toMatchObject({ refusal: { code: 'market-version-unsupported' } });
  });
});

describe('shares that are not there yet', () => {
  test('are refused by name where no request expects them, with the side that is there', async () => {
    const world = createGuardingWorld();
    world.readings.settings.otherSharesMicros = 5_000_000n;
    const refused = await world.guard();
    expect(refused).toMatchObject({ refusal: { code: 'nothing-to-guard' } });
    expect(refused.outcome === 'refused' && refused.refusal.message).toMatch(/holds 5.00 of "Down".*--expect-shares/);
  });

  test('are guarded where the newest block shows them, and taken in once they are final', async () => {
    const world = createGuardingWorld();
    world.readings.move(SHARES_MICROS);
    expect(await world.guard()).toMatchObject({ outcome: 'guarded', position: { state: 'holding' } });
    await world.runUntil(OPENED_AT_MS + 10_000);
    expect(await world.position()).toMatchObject({ found: { sharesMicros: SHARES_MICROS } });
  });

  test('are guarded where the chain does not answer', async () => {
    const world = createGuardingWorld();
    world.readings.settings.isDown = true;
    expect(await world.guard()).toMatchObject({ outcome: 'guarded', otherSharesMicros: null });
  });

  test('are waited for, and void the position by a finalised block where none come', async () => {
    const world = createGuardingWorld();
    expect(await world.guard({ expectShares: true })).toMatchObject({ outcome: 'guarded' });
    await world.runUntil(EXIT_AT_MS + 1_000);
    expect(await world.position()).toMatchObject({ state: 'holding' });
    await world.runUntil(ENDS_AT_MS);
    expect(await world.position()).toMatchObject({ state: 'voided', exitReason: 'void:nothing-found' });
    expect(world.exchange.posted).toEqual([]);
    expect(await world.store.getAccount('live', world.clock.nowMs())).toMatchObject({ openCount: 0 });
  });

  test('never void it while the chain does not answer', async () => {
    const world = createGuardingWorld();
    await world.guard({ expectShares: true });
    world.readings.settings.isDown = true;
    await world.runUntil(END_MS);
    expect(await world.position()).toMatchObject({ state: 'awaiting-resolution' });
    world.readings.settings.isDown = false;
    await world.runUntil(END_MS + 120_000);
    expect(await world.position()).toMatchObject({ state: 'voided', exitReason: 'void:nothing-found' });
  });

  test('are sold when they come after the exit was due', async () => {
    const world = createGuardingWorld();
    await world.guard({ expectShares: true });
    await world.runUntil(EXIT_AT_MS + 20_000);
    world.readings.move(SHARES_MICROS);
    await world.runUntil(ENDS_AT_MS);
    expect(world.exchange.filledMicros('SELL')).toBe(SHARES_MICROS);
    await world.runUntil(END_MS);
    expect((await world.position()).state).toBe('exited');
  });
});

test('shares that a block shows fourteen seconds before the end are still sold, whenever the looks for them began', async () => {
  for (const openedMs of [-100_000, -96_800, -91_300]) {
    const world = createGuardingWorld();
    await world.runUntil(ENDS_AT_MS + openedMs);
    await world.guard({ expectShares: true });
    await world.runUntil(ENDS_AT_MS - 19_000);
    world.readings.move(SHARES_MICROS);
    await world.runUntil(END_MS);
    expect(world.exchange.filledMicros('SELL')).toBe(SHARES_MICROS);
  }
});

describe('shares taken into a position that bought others of their side', () => {
  const TEN = 10_000_000n;

  async function anOwn(options: Parameters<typeof createGuardingWorld>[0] = {}) {
    const world = createGuardingWorld(options);
    await world.open();
    const boughtMicros = world.exchange.filledMicros('BUY');
    world.readings.move(boughtMicros);
    world.faults.isSweepOn = false;
    return { world, boughtMicros };
  }
  const sells = ({ exchange }: GuardingWorld) => exchange.posted.filter(({ side }) => side === 'SELL');

  test.each([2_500, 2_000, 1_500])('%i ms before its exit do not put that off', async (beforeMs) => {
    const { world, boughtMicros } = await anOwn();
    world.readings.move(TEN);
    await world.runUntil(EXIT_AT_MS - beforeMs);
    world.startGuarding({ requestId: 'by-hand' });
    await world.runUntil(EXIT_AT_MS + 20_000);
    expect((sells(world)[0]?.atMs ?? 0) - EXIT_AT_MS).toBeLessThan(1_000);
    expect(boughtMicros + TEN - world.exchange.filledMicros('SELL')).toBeLessThan(10_000n);
  });

  test('while its exit is held leave it its looks: it sells once the price falls', async () => {
    const { world, boughtMicros } = await anOwn({ exitPolicy: { rules: { holdAboveMicros: 500_000n } } });
    await world.runUntil(EXIT_AT_MS + 20_000);
    expect(sells(world)).toEqual([]);
    world.readings.move(TEN);
    await world.runUntil(EXIT_AT_MS + 30_000);
    expect(await world.guard({ requestId: 'by-hand' })).toMatchObject({ outcome: 'guarded', areWakeUpsSet: true });
    world.faults.book = () => aBook({ atMs: world.clock.nowMs(), bids: someLevels([['0.40', '500']]) });
    await world.runUntil(EXIT_AT_MS + 50_000);
    expect(boughtMicros + TEN - world.exchange.filledMicros('SELL')).toBeLessThan(10_000n);
  });
});

describe('while a position is guarded', () => {
  test('shares that come while an exit waits for its floor are sold by the clock as well', async () => {
    const world = await aHolding();
    await world.guard();
    await world.runUntil(OPENED_AT_MS + 30_000);
    const { clock, store, deps } = world;
    const floor = { positionId: 'position-000001', minPriceMicros: 990_000n };
    await clock.run(requestExit({ clock, store, queue: deps.queue }, floor));
    await world.runUntil(OPENED_AT_MS + 60_000);
    expect(await world.position()).toMatchObject({ state: 'exiting', firstExitAttemptAtMs: null });
    world.readings.move(10_000_000n);
    await world.runUntil(END_MS);
    expect(world.exchange.posted).toMatchObject([{ sharesMicros: 50_000_000n, atMs: EXIT_AT_MS }]);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout' });
  });

  test('shares that come later are taken in, each once, and sold together', async () => {
    const world = await aHolding();
    await world.guard();
    await world.runUntil(OPENED_AT_MS + 50_000);
    world.readings.move(10_000_000n);
    await world.runUntil(OPENED_AT_MS + 60_000);
    // The sweep's look, and two copies of it.
    for (const copy of [1, 2]) world.send({ wakeUpId: 'shares', source: 'sweep' }, world.clock.nowMs() + copy);
    await world.runUntil(EXIT_AT_MS - 10_000);
    expect(await world.position()).toMatchObject({ found: { sharesMicros: 50_000_000n }, version: 2 });
    await world.runUntil(END_MS);
    expect(world.exchange.posted).toMatchObject([{ sharesMicros: 50_000_000n }]);
  });

  test('shares that come seconds before the exit are sold with the first order', async () => {
    const world = await aHolding();
    world.faults.isSweepOn = false;
    await world.guard();
    await world.runUntil(EXIT_AT_MS - 8_000);
    world.readings.move(10_000_000n);
    await world.runUntil(END_MS);
    expect(world.exchange.posted).toMatchObject([{ sharesMicros: 50_000_000n, atMs: EXIT_AT_MS }]);
  });

  test('a bot that sells all of it ends it, with its transaction and cash', async () => {
    const world = await aHolding();
    await world.guard();
    await world.runUntil(OPENED_AT_MS + 20_000);
    const transactionHash = world.readings.move(-SHARES_MICROS, 26_000_000n);
    await world.runUntil(EXIT_AT_MS);
    expect(await world.position()).toMatchObject({
      state: 'exited',
      exitReason: 'elsewhere',
      left: [{ transactionHash, sharesMicros: SHARES_MICROS, cashMicros: 26_000_000n }],
    });
    expect(world.exchange.posted).toEqual([]);
  });

  test('a bot that sells a part leaves the rest to the suite', async () => {
    const world = await aHolding();
    await world.guard();
    world.readings.move(-10_000_000n, 6_000_000n);
    await world.runUntil(END_MS);
    expect(world.exchange.posted).toMatchObject([{ sharesMicros: 30_000_000n }]);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout' });
  });

  test('a bot that sells in many matches is booked to the cent, though the row names the newest alone', async () => {
    const world = await aHolding();
    await world.guard();
    let last = '';
    for (const burst of [30, 30]) {
      for (let match = 0; match < burst; match += 1) last = world.readings.move(-500_000n, 300_000n);
      await world.clock.advanceBy(20_000);
      world.send({ wakeUpId: SHARES_WAKE_UP_ID, source: 'sweep' });
      await world.runUntil(world.clock.nowMs() + 5_000);
    }
    const holding = await world.position();
    expect(holding).toMatchObject({ state: 'holding', leftEarlier: [{ transactionCount: 35 }] });
    expect(holding.left).toHaveLength(LEFT_NAMED_MAX);
    expect(holding.left?.at(-1)?.transactionHash).toBe(last);
    await world.runUntil(END_MS);
    expect(world.exchange.posted).toMatchObject([{ sharesMicros: 10_000_000n }]);
    const ended = describePosition(await world.position());
    expect(ended).toMatchObject({ state: 'exited', leftMicros: '30000000', leftCashMicros: '18000000' });
    expect(ended.pnlMicros).not.toBeNull();
  });

  test('a loss that no transaction explains changes nothing: the venue refuses, and nothing is oversold', async () => {
    const world = await aHolding();
    await world.guard();
    world.readings.move(-10_000_000n, null, true);
    await world.runUntil(EXIT_AT_MS - 5_000);
    expect(await world.position()).toMatchObject({ state: 'holding', found: { sharesMicros: SHARES_MICROS } });
    await world.runUntil(END_MS);
    expect(world.exchange.filledMicros('SELL')).toBeLessThanOrEqual(30_000_000n);
  });

  test('a bot that sells at the same moment leaves nothing oversold, and the record ends with its transaction', async () => {
    const world = await aHolding();
    await world.guard();
    await world.runUntil(EXIT_AT_MS - 1_000);
    const transactionHash = world.readings.move(-SHARES_MICROS, 20_000_000n);
    await world.runUntil(END_MS);
    expect(world.exchange.filledMicros('SELL')).toBe(0n);
    expect(await world.position()).toMatchObject({
      state: 'exited',
      exitReason: 'elsewhere',
      left: [{ transactionHash }],
    });
  });

  test.each([
    ['before its result is read', null],
    ['and whose result is the first that is read', { own: 1n, other: 0n, total: 1n }],
  ])('a bot that sells in the last seconds of a market %s ends it with its cash', async (_when, payout) => {
    const settlement = (reading: () => Promise<SharesReading>): Settlement => ({
      readCondition: async () => ({ ...(await reading()), payout }),
      listPayouts: async () => [],
      prepareRedemption: unused,
      prepareMerge: unused,
      sendRedemption: unused,
      findRedemption: unused,
    });
    const world: GuardingWorld = await aHolding({
      settlementWith: ({ clock }) => ({
        settlements: { live: settlement(() => world.readings.readShares(terms(), clock.nowMs() + 10_000)) },
      }),
    });
    const terms = () => ({ ...somePositionTerms(), requestId: 'guard-1' });
    await world.guard();
    world.exchange.script.SELL.push(...Array.from({ length: 60 }, () => NO_MATCH));
    await world.runUntil(ENDS_AT_MS - 3_000);
    const transactionHash = world.readings.move(-SHARES_MICROS, 12_000_000n);
    await world.runUntil(ENDS_AT_MS + 20_000);
    expect(await world.position()).toMatchObject({ exitReason: 'emergency:timeout_sell_failed' });
    await world.runUntil(END_MS + 120_000);
    const after = await world.position();
    expect(after).toMatchObject({ state: 'exited', exitReason: 'elsewhere', left: [{ transactionHash }] });
    // 12 dollars for what cost 20.40.
    expect(describePosition(after).pnlMicros).toBe('-8400000');
  });

  test('a redemption that a node behind does not show yet is a payout, and no shares that left', async () => {
    let isBehind = true;
    const world: GuardingWorld = await aHolding({
      settlementWith: ({ clock }) => ({
        settlements: {
          live: {
            readCondition: async () => {
              const reading = await world.readings.readShares(terms(), clock.nowMs() + 10_000);
              return { ...reading, payout: { own: 1n, other: 0n, total: 1n } };
            },
            listPayouts: async (_position, _afterBlock, _deadlineAtMs, seenBlock = 0n) => {
              if (!isBehind)
                return [{ kind: 'redemption', cashMicros, transactionHash, blockNumber: seenBlock, gasWei: null }];
              isBehind = false;
              if (seenBlock > 0n) throw new UpstreamUnavailableError('The node is behind');
              return [];
            },
            prepareRedemption: unused,
            prepareMerge: unused,
            sendRedemption: unused,
            findRedemption: unused,
          },
        },
      }),
    });
    const terms = () => ({ ...somePositionTerms(), requestId: 'guard-1' });
    const cashMicros = SHARES_MICROS;
    await world.guard();
    world.exchange.script.SELL.push(...Array.from({ length: 60 }, () => NO_MATCH));
    await world.runUntil(ENDS_AT_MS + 20_000);
    const transactionHash = world.readings.move(-SHARES_MICROS, cashMicros);
    await world.runUntil(END_MS + 120_000);
    expect(isBehind).toBe(false);
    expect(await world.position()).toMatchObject({
      ...{ state: 'redeemed', payoutMicros: cashMicros },
    });
  });

  test('a node that does not answer stops no exit', async () => {
    const world = await aHolding();
    await world.guard();
    world.readings.settings.isDown = true;
    await world.runUntil(END_MS);
    expect(world.exchange.posted).toMatchObject([{ sharesMicros: SHARES_MICROS, atMs: EXIT_AT_MS }]);
    expect((await world.position()).state).toBe('exited');
  });
});

test('a guard whose wake-ups were never set is exited at its time all the same', async () => {
  const world = await aHolding();
  world.faults.isTimerDown = true;
  world.faults.isQueueDown = true;
  expect(await world.guard()).toMatchObject({ areWakeUpsSet: false });
  world.faults.isQueueDown = false;
  await world.runUntil(END_MS);
  expect(world.exchange.posted).toMatchObject([{ sharesMicros: SHARES_MICROS }]);
  expect((world.exchange.posted[0]?.atMs ?? 0) - EXIT_AT_MS).toBeLessThanOrEqual(2_500);
});

describe('a crash at any effect of guarding', () => {
  const live = async (dieAt: number | null, when: 'before' | 'after') => {
    const world = await aHolding();
    world.mortality.count = 0;
    world.mortality.dieAt = dieAt;
    world.mortality.when = when;
    world.startGuarding();
    await world.clock.advanceBy(3_000);
    const effects = world.mortality.count;
    await world.runUntil(END_MS);
    return { world, effects };
  };

  test.each(['before', 'after'] as const)('%s it leaves a row that is exited, or none', async (when) => {
    const { effects } = await live(null, when);
    expect(effects).toBeGreaterThan(5);
    for (let dieAt = 1; dieAt <= effects; dieAt += 1) {
      const { world } = await live(dieAt, when);
      const [position] = await world.store.list();
      const story = `dead ${when} effect ${dieAt}`;
      if (position === undefined) {
        expect(world.exchange.posted, story).toEqual([]);
        // The caller repeats it.
        continue;
      }
      expect(isClosed(position), `${story}: ${position.state}`).toBe(true);
      expect(world.exchange.filledMicros('SELL'), story).toBe(SHARES_MICROS);
      expect(world.errors, story).toEqual([]);
    }
  });

  test('or of the life that follows, with shares that come and go, sells what is there and nothing twice', async () => {
    const whole = async (dieAt: number | null) => {
      const world = await aHolding();
      await world.guard();
      world.mortality.count = 0;
      world.mortality.dieAt = dieAt;
      world.mortality.when = 'after';
      await world.runUntil(OPENED_AT_MS + 25_000);
      world.readings.move(-5_000_000n, 3_000_000n);
      await world.runUntil(EXIT_AT_MS - 8_000);
      world.readings.move(10_000_000n);
      await world.runUntil(END_MS);
      return world;
    };
    const calm = await whole(null);
    const step = countOf({ short: 3, long: 1 });
    expect(calm.mortality.count).toBeGreaterThan(10);
    for (let dieAt = 1; dieAt <= calm.mortality.count; dieAt += step) {
      const world = await whole(dieAt);
      const position = await world.position();
      const story = `dead after effect ${dieAt}`;
      expect(isClosed(position), `${story}: ${position.state}`).toBe(true);
      expect(world.exchange.filledMicros('SELL'), story).toBe(45_000_000n);
      expect(world.readings.newestMicros(), story).toBe(0n);
    }
  });

  test('is healed by repeating the request', async () => {
    const { effects } = await live(null, 'after');
    for (let dieAt = 1; dieAt <= effects; dieAt += 1) {
      const world = await aHolding();
      world.mortality.count = 0;
      world.mortality.dieAt = dieAt;
      world.startGuarding();
      await world.clock.advanceBy(3_000);
      world.mortality.dieAt = null;
      expect(['guarded', 'already-requested']).toContain((await world.guard()).outcome);
      expect(await world.store.list(), `dead at ${dieAt}`).toHaveLength(1);
      expect(world.letters.map(({ message }) => message.source)).toEqual(expect.arrayContaining(['timer', 'delay']));
    }
  });
});

describe('a crash while what came and left is booked', () => {
  const live = async (dieAt: number | null, when: 'before' | 'after') => {
    const world = await aHolding();
    world.faults.isSweepOn = false;
    await world.guard();
    await world.runUntil(OPENED_AT_MS + 40_000);
    world.readings.move(10_000_000n, -5_000_000n);
    world.readings.move(-25_000_000n, 15_000_000n);
    await world.runUntil(OPENED_AT_MS + 60_000);
    world.mortality.count = 0;
    world.mortality.dieAt = dieAt;
    world.mortality.when = when;
    world.send({ wakeUpId: 'shares', source: 'sweep' }, world.clock.nowMs() + 1);
    await world.runUntil(OPENED_AT_MS + 70_000);
    const effects = world.mortality.count;
    world.mortality.dieAt = null;
    world.faults.isSweepOn = true;
    await world.runUntil(EXIT_AT_MS - 10_000);
    return { world, effects };
  };

  test.each(['before', 'after'] as const)('%s any effect leaves what the wallet holds', async (when) => {
    const { effects } = await live(null, when);
    expect(effects).toBeGreaterThan(1);
    for (let dieAt = 1; dieAt <= effects; dieAt += 1) {
      const { world } = await live(dieAt, when);
      const position = await world.position();
      expect(describePosition(position), `dead ${when} effect ${dieAt}`).toMatchObject({
        state: 'holding',
        remainingMicros: '25000000',
        foundMicros: '50000000',
      });
    }
  });
});

test('a node that lags does not bring back what a bot sold just before the exit', async () => {
  const world = await aHolding();
  world.readings.settings.lagMs = 30_000;
  await world.guard();
  await world.runUntil(EXIT_AT_MS - 1_000);
  world.readings.move(-10_000_000n, 6_000_000n);
  await world.runUntil(END_MS);
  expect(describePosition(await world.position())).toMatchObject({ state: 'exited', foundMicros: '40000000' });
  expect(world.exchange.filledMicros('SELL')).toBe(30_000_000n);
  expect(world.exchange.posted.map(({ sharesMicros }) => sharesMicros)).toEqual([40_000_000n, 30_000_000n]);
});

test('a bot that sells in two steps while the exit begins leaves no position that is missing shares', async () => {
  const world = await aHolding();
  await world.guard();
  await world.runUntil(EXIT_AT_MS - 500);
  world.readings.move(-25_000_000n, 16_000_000n);
  await world.runUntil(EXIT_AT_MS + 500);
  world.readings.move(-15_000_000n, 9_000_000n);
  await world.runUntil(ENDS_AT_MS);
  const after = await world.position();
  expect(after).toMatchObject({ state: 'exited', exitReason: 'elsewhere', shortfallMicros: 0n });
  // 25 dollars for what cost 20.40.
  expect(describePosition(after)).toMatchObject({ leftMicros: '40000000', pnlMicros: '4600000' });
});
