import { describe, expect, test } from 'vitest';
import type { OrderBook } from '#lib/domain/market/market.ts';
import { LOOK_WAKE_UP_ID } from '#lib/domain/plan/plan-look.ts';
import type { OwnTerms } from '#lib/domain/plan/plan-opening.ts';
import type { ExitRules } from '#lib/domain/position/exit-policy.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { type OpeningSettings, openPosition } from '#lib/lifecycle/buy/open-position.ts';
import { type ExitCommand, requestExit } from '#lib/lifecycle/sell/request-exit.ts';
import { aBook, someLevels } from '#test/factories/a-book.ts';
import { DOWN_TOKEN_ID } from '#test/factories/a-market.ts';
import { createTradingWorld, EXIT_AT_MS, MARKET, OPENED_AT_MS, type TradingWorld } from '#test/fakes/trading-world.ts';

const bookAt = (bid: string, ask: string, overrides: Partial<OrderBook> = {}): OrderBook =>
  aBook({ bids: someLevels([[bid, '500']]), asks: someLevels([[ask, '500']]), ...overrides });

/** The bid is 60 cents and the ask 61, until the test moves them. */
function aWorld(rules: ExitRules) {
  const world = createTradingWorld({ exitPolicy: { rules } });
  const price = {
    set: (bid: string, ask: string): void => {
      world.faults.book = () => bookAt(bid, ask, { atMs: world.clock.nowMs() });
    },
  };
  price.set('0.60', '0.61');
  return { world, price };
}

const sells = ({ exchange }: TradingWorld) => exchange.posted.filter(({ side }) => side === 'SELL');
const looks = ({ outcomes }: TradingWorld) => outcomes.filter(({ message }) => message.wakeUpId === LOOK_WAKE_UP_ID);
const eventsOf = async (world: TradingWorld) =>
  (await world.store.listTimeline((await world.position()).positionId)).map(({ event }) => event);

const STOP = { stopLossMicros: 450_000n };

describe('a stop-loss', () => {
  test('sells within seconds of the price that reaches it, once, long before the clock', async () => {
    const { world, price } = aWorld(STOP);
    await world.open();
    await world.runUntil(OPENED_AT_MS + 20_000);
    price.set('0.45', '0.47');
    await world.runUntil(OPENED_AT_MS + 30_000);
    expect(sells(world)).toHaveLength(1);
    expect(sells(world)[0]?.atMs).toBeLessThan(OPENED_AT_MS + 27_500);
    await world.runUntil(EXIT_AT_MS + 60_000);
    expect(sells(world)).toHaveLength(1);
    const position = await world.position();
    expect(position).toMatchObject({ state: 'exited', exitReason: 'rule:stop-loss', forceClosed: false });
    expect(position.firedRule).toMatchObject({ rule: 'stop-loss', priceMicros: 450_000n, levelMicros: 450_000n });
    expect(await world.alertKinds()).toEqual(['rule-exit']);
    expect(world.errors).toEqual([]);
  });

  test('looks right after the buy, before any sweep', async () => {
    const { world } = aWorld(STOP);
    world.faults.isSweepOn = false;
    await world.open();
    await world.runUntil(OPENED_AT_MS + 1_000);
    expect(looks(world)).toHaveLength(1);
  });

  test('looks right after a look-up has shown the buy', async () => {
    const { world } = aWorld(STOP);
    world.exchange.script.BUY.push({ does: 'fill', says: 'nothing' });
    world.faults.isSweepOn = false;
    await world.open();
    await world.runUntil(OPENED_AT_MS + 10_000);
    expect((await world.position()).state).toBe('holding');
    expect(looks(world).length).toBeGreaterThan(0);
  });

  test('does not fire at a price that is gone a second later', async () => {
    const { world, price } = aWorld(STOP);
    await world.open();
    world.faults.book = () => {
      price.set('0.60', '0.61');
      return bookAt('0.44', '0.46', { atMs: world.clock.nowMs() });
    };
    await world.runUntil(OPENED_AT_MS + 40_000);
    expect(sells(world)).toEqual([]);
  });

  test('does not fire while the bids are withdrawn for five seconds, and does when the book stays so', async () => {
    const { world, price } = aWorld(STOP);
    await world.open();
    for (const atMs of [10_000, 22_000, 34_000]) {
      await world.runUntil(OPENED_AT_MS + atMs);
      price.set('0.30', '0.57');
      await world.runUntil(OPENED_AT_MS + atMs + 5_000);
      price.set('0.55', '0.57');
    }
    await world.runUntil(OPENED_AT_MS + 50_000);
    expect(sells(world)).toEqual([]);
    price.set('0.30', '0.57');
    await world.runUntil(OPENED_AT_MS + 75_000);
    expect(await world.position()).toMatchObject({ firedRule: { rule: 'stop-loss', priceMicros: 300_000n } });
  });

  test('does not sell far below its price when the bids are withdrawn before the sale', async () => {
    const { world } = aWorld(STOP);
    await world.open();
    await world.runUntil(OPENED_AT_MS + 11_000);
    world.faults.book = () => {
      const hasFired = JSON.stringify(world.outcomes).includes('"fired"');
      return bookAt(hasFired ? '0.20' : '0.44', '0.45', { atMs: world.clock.nowMs() });
    };
    await world.runUntil(OPENED_AT_MS + 20_000);
    expect(sells(world)[0]?.limitPriceMicros).toBe(340_000n);
  });

  test.each<[string, () => OrderBook | undefined]>([
    ['is missing', () => undefined],
    ['is a ghost', () => bookAt('0.01', '0.99')],
    ['shows one bid for a share', () => aBook({ bids: someLevels([['0.40', '1']]) })],
  ])('does not fire while the book %s', async (_what, book) => {
    const { world } = aWorld(STOP);
    await world.open();
    world.faults.book = () => {
      const shown = book();
      return shown && { ...shown, atMs: world.clock.nowMs() };
    };
    await world.runUntil(EXIT_AT_MS - 10_000);
    expect(sells(world)).toEqual([]);
    world.faults.book = 'down';
    await world.runUntil(EXIT_AT_MS - 4_000);
    expect((await world.position()).state).toBe('holding');
    expect(looks(world).length).toBeGreaterThan(10);
  });

  test('does not take one old book, read twice, for two looks, unless the other outcome agrees', async () => {
    const { world } = aWorld(STOP);
    await world.open();
    const readAtMs = OPENED_AT_MS + 20_000;
    await world.runUntil(readAtMs);
    let otherAsk = '0.41';
    const old = { atMs: readAtMs - 20_000 };
    world.faults.book = (tokenId) =>
      tokenId === DOWN_TOKEN_ID ? bookAt('0.39', otherAsk, { atMs: world.clock.nowMs() }) : bookAt('0.40', '0.41', old);
    await world.runUntil(readAtMs + 15_000);
    expect(sells(world)).toEqual([]);
    otherAsk = '0.60';
    await world.runUntil(readAtMs + 25_000);
    expect(sells(world)).toHaveLength(1);
  });

  test('gets out of a falling market: the first sells miss the bids, and the next ones go lower', async () => {
    const { world, price } = aWorld(STOP);
    world.exchange.script.SELL.push({ does: 'refuse', code: 'no-match' }, { does: 'refuse', code: 'no-match' });
    await world.open();
    price.set('0.40', '0.41');
    await world.runUntil(OPENED_AT_MS + 20_000);
    // Five ticks below the bid at once, and ten after two misses.
    expect(sells(world).map(({ limitPriceMicros }) => limitPriceMicros)).toEqual([350_000n, 350_000n, 300_000n]);
    expect((await world.position()).state).toBe('exited');
  });

  test('is of the token that is held, DOWN as well', async () => {
    const { world } = aWorld(STOP);
    const books: Record<string, OrderBook> = {};
    const set = (down: OrderBook, up: OrderBook) => Object.assign(books, { [DOWN_TOKEN_ID]: down, up });
    world.faults.book = (tokenId) => ({
      ...(books[tokenId] ?? books.up ?? aBook()),
      tokenId,
      atMs: world.clock.nowMs(),
    });
    set(bookAt('0.60', '0.61'), bookAt('0.39', '0.40'));
    await world.open({ outcome: 'DOWN' });
    await world.runUntil(OPENED_AT_MS + 20_000);
    expect(sells(world)).toEqual([]);
    set(bookAt('0.44', '0.45'), bookAt('0.55', '0.56'));
    await world.runUntil(OPENED_AT_MS + 30_000);
    expect(sells(world)).toMatchObject([{ tokenId: DOWN_TOKEN_ID }]);
  });
});

describe('a take-profit', () => {
  test('sells once the bids for all shares reach it, at its level at worst', async () => {
    const { world, price } = aWorld({ takeProfitMicros: 800_000n });
    await world.open();
    await world.runUntil(OPENED_AT_MS + 20_000);
    world.faults.book = () =>
      aBook({
        ...{
          bids: someLevels([
            ['0.95', '1'],
            ['0.60', '500'],
          ]),
          asks: someLevels([['0.96', '1']]),
        },
        atMs: world.clock.nowMs(),
      });
    await world.runUntil(OPENED_AT_MS + 40_000);
    expect(sells(world)).toEqual([]);
    price.set('0.81', '0.83');
    await world.runUntil(OPENED_AT_MS + 50_000);
    expect(sells(world)).toMatchObject([{ limitPriceMicros: 800_000n }]);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'rule:take-profit' });
  });
});

describe('a take-profit whose bids are gone at its sale', () => {
  const RULES = { takeProfitMicros: 800_000n, stopLossMicros: 450_000n };
  /** It fires at 82 cents, and the bid is back at 60 before the sale reads the book. */
  const aWaitingWorld = async (rules: ExitRules = RULES) => {
    const { world, price } = aWorld(rules);
    await world.open();
    await world.runUntil(OPENED_AT_MS + 11_000);
    world.faults.book = () => {
      const hasFired = JSON.stringify(world.outcomes).includes('"fired"');
      const [bid, ask] = hasFired ? (['0.60', '0.61'] as const) : (['0.82', '0.83'] as const);
      return bookAt(bid, ask, { atMs: world.clock.nowMs() });
    };
    await world.runUntil(OPENED_AT_MS + 40_000);
    expect(sells(world)).toEqual([]);
    expect(await world.position()).toMatchObject({
      ...{ state: 'exiting', attemptCount: 1, exitDueAtMs: EXIT_AT_MS },
      firedRule: { rule: 'take-profit', priceMicros: 820_000n, levelMicros: 800_000n },
    });
    expect(describePosition(await world.position()).exitRequest).toMatchObject({ minPrice: '0.800000' });
    return { world, price };
  };

  test('sells once they are back, at its level or more', async () => {
    const { world, price } = await aWaitingWorld();
    price.set('0.82', '0.83');
    await world.runUntil(OPENED_AT_MS + 60_000);
    expect(sells(world)).toMatchObject([{ limitPriceMicros: 800_000n }]);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'rule:take-profit' });
    const fired = (await eventsOf(world)).filter(({ type }) => type === 'rule-fired');
    expect(fired).toHaveLength(1);
    expect(await world.alertKinds()).toEqual(['rule-exit']);
    expect(world.errors).toEqual([]);
  });

  test.each<[string, ExitRules, string]>([
    ['stop-loss', RULES, 'rule:stop-loss'],
    ['trailing stop', { takeProfitMicros: 800_000n, trailingStopMicros: 250_000n }, 'rule:trailing-stop'],
  ])('leaves the shares to its %s', async (_, rules, exitReason) => {
    const { world, price } = await aWaitingWorld(rules);
    price.set('0.30', '0.32');
    await world.runUntil(OPENED_AT_MS + 60_000);
    expect(sells(world)).toMatchObject([{ limitPriceMicros: 250_000n }]);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason, forceClosed: false });
    expect(await world.alertKinds()).toEqual(['rule-exit']);
  });

  test('leaves them to the clock', async () => {
    const { world } = await aWaitingWorld();
    await world.runUntil(EXIT_AT_MS - 1_000);
    expect(sells(world)).toEqual([]);
    await world.runUntil(EXIT_AT_MS + 30_000);
    expect(sells(world)).toMatchObject([{ atMs: EXIT_AT_MS, limitPriceMicros: 580_000n }]);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout' });
    expect(await world.alertKinds()).toEqual(['forced-exit']);
  });

  test('leaves the rest of a part that it sold to the clock, whose reason it is', async () => {
    const { world } = await aWaitingWorld();
    world.exchange.script.SELL.push({ does: 'fill', percent: 50 });
    world.faults.book = () => {
      const [bid, ask] = sells(world).length === 0 ? (['0.82', '0.83'] as const) : (['0.60', '0.61'] as const);
      return bookAt(bid, ask, { atMs: world.clock.nowMs() });
    };
    await world.runUntil(EXIT_AT_MS - 1_000);
    expect(sells(world)).toHaveLength(1);
    await world.runUntil(EXIT_AT_MS + 60_000);
    expect(sells(world).map(({ limitPriceMicros }) => limitPriceMicros)).toEqual([800_000n, 580_000n]);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'emergency:timeout' });
  });

  test('leaves them to an exit by hand, which is quiet', async () => {
    const { world } = await aWaitingWorld();
    world.send({ source: 'by-hand' });
    await world.runUntil(OPENED_AT_MS + 60_000);
    expect(sells(world)).toMatchObject([{ limitPriceMicros: 580_000n }]);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'manual' });
    expect(await world.alertKinds()).toEqual([]);
  });

  test('sends its exit again when the process died between the rule and its message', async () => {
    const { world, price } = aWorld(RULES);
    world.faults.isSweepOn = false;
    await world.open();
    price.set('0.82', '0.83');
    const look = world.runUntil(OPENED_AT_MS + 4_000);
    world.faults.isQueueDown = true;
    await look;
    expect((await world.position()).firedRule).toMatchObject({ rule: 'take-profit' });
    expect(sells(world)).toEqual([]);
    world.faults.isQueueDown = false;
    await world.runUntil(OPENED_AT_MS + 30_000);
    expect(sells(world)).toHaveLength(1);
  });
});

describe('a trailing stop', () => {
  test('rises with the price, tick by tick at most, and stays when it falls', async () => {
    const { world, price } = aWorld({ trailingStopMicros: 100_000n });
    await world.open();
    await world.runUntil(OPENED_AT_MS + 12_000);
    expect((await world.position()).highMicros).toBe(600_000n);
    price.set('0.70', '0.71');
    await world.runUntil(OPENED_AT_MS + 24_000);
    expect((await world.position()).highMicros).toBe(700_000n);
    price.set('0.61', '0.62');
    await world.runUntil(OPENED_AT_MS + 40_000);
    expect(sells(world)).toEqual([]);
    price.set('0.60', '0.61');
    await world.runUntil(OPENED_AT_MS + 50_000);
    expect(sells(world)).toHaveLength(1);
    expect(await world.position()).toMatchObject({
      ...{ exitReason: 'rule:trailing-stop', highMicros: 700_000n },
      firedRule: { priceMicros: 600_000n, levelMicros: 600_000n },
    });
    const highs = (await eventsOf(world)).filter(({ type }) => type === 'high-raised');
    expect(highs).toMatchObject([{ priceMicros: 700_000n }]);
  });
});

test('a second look that ends while the exit is prepared changes nothing, and the exit is on time', async () => {
  const { world, price } = aWorld({ trailingStopMicros: 100_000n });
  await world.open();
  await world.runUntil(EXIT_AT_MS - 12_000);
  // So wide that the second look comes eight seconds later.
  price.set('0.70', '0.95');
  for (const beforeMs of [10_000, 9_500, 9_000]) {
    world.send({ wakeUpId: LOOK_WAKE_UP_ID, source: 'retry' }, EXIT_AT_MS - beforeMs);
  }
  await world.runUntil(EXIT_AT_MS + 10_000);
  expect(sells(world)[0]?.atMs).toBe(EXIT_AT_MS);
  expect(world.errors).toEqual([]);
});

describe('looks', () => {
  test('go on by the sweep after the process that looked has died', async () => {
    const { world, price } = aWorld(STOP);
    await world.open();
    await world.runUntil(OPENED_AT_MS + 10_000);
    // Every message on its way is lost, as if the process had died before it sent the next look.
    for (const letter of world.letters) if (letter.message.wakeUpId === LOOK_WAKE_UP_ID) letter.isDone = true;
    price.set('0.40', '0.41');
    await world.runUntil(OPENED_AT_MS + 59_000);
    expect(sells(world)).toEqual([]);
    await world.runUntil(OPENED_AT_MS + 65_000);
    expect(sells(world)).toHaveLength(1);
  });

  test('do not multiply: each minute has those of its own sweep', async () => {
    const { world } = aWorld(STOP);
    await world.open();
    await world.runUntil(OPENED_AT_MS + 65_000);
    const before = looks(world).length;
    await world.runUntil(OPENED_AT_MS + 120_000);
    expect(looks(world).length - before).toBeLessThanOrEqual(12);
  });

  test('do not multiply although each of their messages comes twice', async () => {
    const { world } = aWorld(STOP);
    await world.open();
    await world.runUntil(OPENED_AT_MS + 11_000);
    const planned = world.letters.filter(({ message }) => message.wakeUpId === LOOK_WAKE_UP_ID).length;
    for (const { message, visibleAtMs } of [...world.letters]) {
      if (message.wakeUpId === LOOK_WAKE_UP_ID) world.send(message, Math.max(visibleAtMs, OPENED_AT_MS + 11_000));
    }
    await world.runUntil(OPENED_AT_MS + 59_000);
    // The copy of the first message plans its own, and none of those any more.
    expect(looks(world).length).toBeLessThanOrEqual(3 * planned);
  });

  test('fire once although two see the level at the same time, and beside a manual exit', async () => {
    const { world, price } = aWorld(STOP);
    await world.open();
    await world.runUntil(OPENED_AT_MS + 11_000);
    price.set('0.40', '0.41');
    const until = { lookUntilMs: OPENED_AT_MS + 60_000 };
    for (let copy = 0; copy < 3; copy += 1) world.send({ wakeUpId: LOOK_WAKE_UP_ID, source: 'sweep', ...until });
    world.send({ source: 'by-hand' }, OPENED_AT_MS + 12_200);
    await world.runUntil(EXIT_AT_MS + 60_000);
    expect(sells(world)).toHaveLength(1);
    expect((await world.position()).state).toBe('exited');
    expect(world.errors).toEqual([]);
  });

  test('after a manual exit, late or with the clock, sell nothing again', async () => {
    const { world, price } = aWorld(STOP);
    await world.open();
    await world.runUntil(EXIT_AT_MS - 6_000);
    price.set('0.40', '0.41');
    await world.runUntil(EXIT_AT_MS + 60_000);
    const position = await world.position();
    expect(sells(world)).toHaveLength(1);
    world.send({ wakeUpId: LOOK_WAKE_UP_ID, source: 'sweep', lookUntilMs: EXIT_AT_MS + 120_000 });
    await world.runUntil(EXIT_AT_MS + 90_000);
    expect(await world.position()).toEqual(position);
  });

  test('send the exit again when the process died between the rule and its message', async () => {
    const { world, price } = aWorld(STOP);
    world.faults.isSweepOn = false;
    await world.open();
    price.set('0.40', '0.41');
    const look = world.runUntil(OPENED_AT_MS + 4_000);
    world.faults.isQueueDown = true;
    await look;
    expect((await world.position()).firedRule).toMatchObject({ rule: 'stop-loss' });
    expect(sells(world)).toEqual([]);
    world.faults.isQueueDown = false;
    await world.runUntil(OPENED_AT_MS + 30_000);
    expect(sells(world)).toHaveLength(1);
  });
});

describe('an opening with rules', () => {
  const openWith = async (terms: OwnTerms, settings: Partial<OpeningSettings> = {}) => {
    const world = createTradingWorld();
    const deps = { ...world.deps, settings: { ...world.deps.settings, ...settings } };
    const command = { requestId: 'request-1', mode: 'paper', asset: 'BTC', outcome: 'UP' } as const;
    const open = (more: OwnTerms = terms) =>
      world.clock.run(
        openPosition(deps, { ...command, marketSlug: MARKET.slug, budgetMicros: 25_000_000n, terms: more }),
      );
    return { world, open, outcome: await open() };
  };
  const presets = {
    presets: {
      careful: { exitLeadMs: 130_000, rules: { stopLoss: { shareMicros: 250_000n }, holdAboveMicros: 970_000n } },
    },
    defaultPreset: 'careful',
  };

  test('saves their levels, and the price that a trailing stop starts from', async () => {
    const { outcome, open } = await openWith({
      rules: { stopLoss: { shareMicros: 200_000n }, trailingStop: { priceMicros: 100_000n } },
    });
    expect(outcome).toMatchObject({
      outcome: 'opened',
      position: {
        // Bought at 61 cents; sold again at 60.
        policy: { rules: { stopLossMicros: 488_000n, trailingStopMicros: 100_000n, shares: { stopLoss: 200_000n } } },
        highMicros: 600_000n,
      },
    });
    expect((await open()).outcome).toBe('already-requested');
    const other = await open({ rules: { stopLoss: { shareMicros: 210_000n } } });
    expect(other).toMatchObject({ outcome: 'refused', refusal: { code: 'request-id-reused' } });
  });

  test('is refused when its stop lies inside the spread', async () => {
    const { outcome, world } = await openWith({ rules: { stopLoss: { priceMicros: 600_000n } } });
    expect(outcome).toMatchObject({ outcome: 'refused', refusal: { code: 'rule-already-met' } });
    expect(await world.store.list()).toEqual([]);
  });

  test('takes what it leaves out from its preset, or from the stage’s', async () => {
    const { outcome } = await openWith({ rules: { takeProfit: { priceMicros: 980_000n } } }, presets);
    expect(outcome).toMatchObject({
      position: {
        policy: {
          exitLeadMs: 130_000,
          rules: {
            stopLossMicros: 457_500n,
            takeProfitMicros: 980_000n,
            holdAboveMicros: 970_000n,
            preset: 'careful',
          },
        },
      },
    });
    const own = await openWith({ rules: { holdAboveMicros: 950_000n } }, presets);
    expect(own.outcome).toMatchObject({ position: { policy: { rules: { holdAboveMicros: 950_000n } } } });
    const other = await own.open({ rules: { holdAboveMicros: 960_000n } });
    expect(other).toMatchObject({ outcome: 'refused', refusal: { code: 'request-id-reused' } });
    const none = await openWith({ rules: { preset: 'none' } }, presets);
    expect(none.outcome).toMatchObject({ outcome: 'opened', position: { policy: { exitLeadMs: 120_000 } } });
    const unknown = await openWith({ rules: { preset: 'bold' } }, presets);
    expect(unknown.outcome).toMatchObject({
      refusal: { code: 'preset-unknown', message: 'This stage has no preset "bold". Choose one of: careful, none.' },
    });
  });
});

describe('a rule while an exit on request waits', () => {
  const ask = ({ clock, deps, store }: TradingWorld, command: Partial<ExitCommand>) =>
    clock.run(requestExit({ clock, store, queue: deps.queue }, { positionId: 'position-000001', ...command }));
  const TEN = { requestId: 'ten', sharesMicros: 10_000_000n };

  test('sells everything once the price crashes below a floor that sells nothing', async () => {
    const { world, price } = aWorld(STOP);
    await world.open();
    await world.runUntil(OPENED_AT_MS + 20_000);
    await ask(world, { minPriceMicros: 750_000n });
    await world.runUntil(OPENED_AT_MS + 40_000);
    const waiting = await world.position();
    expect(waiting).toMatchObject({ state: 'exiting', firstExitAttemptAtMs: null });
    const { remainingMicros, exitRequest } = describePosition(waiting);
    expect(exitRequest).toMatchObject({ sharesMicros: remainingMicros, minPrice: '0.750000' });
    price.set('0.30', '0.32');
    await world.runUntil(OPENED_AT_MS + 60_000);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'rule:stop-loss' });
    expect(describePosition(await world.position()).exitRequest).toBeNull();
    expect(sells(world)).toHaveLength(1);
    expect(await world.alertKinds()).toEqual(['rule-exit']);
    expect(world.errors).toEqual([]);
  });

  test.each([
    ['is refused', { does: 'refuse', code: 'no-match' }],
    ['is lost', { does: 'lose' }],
    ['fills a half', { does: 'fill', percent: 50 }],
  ] as const)('sells each share once where the order of a part %s', async (_, answer) => {
    const { world, price } = aWorld(STOP);
    await world.open();
    await world.runUntil(OPENED_AT_MS + 20_000);
    world.exchange.settings.isGateOn = false;
    world.exchange.script.SELL.push(answer);
    price.set('0.44', '0.46');
    await ask(world, TEN);
    await world.runUntil(EXIT_AT_MS - 4_000);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'rule:stop-loss' });
    const leftMicros = world.exchange.filledMicros('BUY') - world.exchange.filledMicros('SELL');
    expect(leftMicros >= 0n && leftMicros < 10_000n).toBe(true);
    expect(world.errors).toEqual([]);
  });

  test('raises a trailing stop all the same', async () => {
    const { world, price } = aWorld({ trailingStopMicros: 100_000n });
    await world.open();
    await world.runUntil(OPENED_AT_MS + 20_000);
    await ask(world, { minPriceMicros: 900_000n });
    price.set('0.80', '0.81');
    await world.runUntil(OPENED_AT_MS + 40_000);
    expect(await world.position()).toMatchObject({ state: 'exiting', highMicros: 800_000n });
    price.set('0.69', '0.71');
    await world.runUntil(OPENED_AT_MS + 60_000);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'rule:trailing-stop' });
  });
});
