import { describe, expect, test } from 'vitest';
import { type ExitPart, recordExitPart } from '#lib/lifecycle/sell/request-exit.ts';
import { listExits, requestExits } from '#lib/lifecycle/sell/request-exits.ts';
import { mortal } from '#test/fakes/mortality.ts';
import type { ScriptedAnswer } from '#test/fakes/scripted-exchange.ts';
import { createTradingWorld, ENDS_AT_MS, EXIT_AT_MS, type TradingWorld } from '#test/fakes/trading-world.ts';

/** As `exit --all` and `halt --flatten`. */
async function exitAll(world: TradingWorld, floor: Pick<ExitPart, 'minPriceMicros'> = {}) {
  const { clock, deps, mortality, store } = world;
  const asking = { clock, queue: deps.queue, store: mortal(store, mortality) };
  const ahead = await world.clock.run(listExits(asking, {}));
  return { ahead, results: await world.clock.run(requestExits(asking, ahead.positions, floor)) };
}

const sells = ({ exchange }: TradingWorld) => exchange.posted.filter(({ side }) => side === 'SELL');

async function anUnknownBuy(answer: ScriptedAnswer): Promise<TradingWorld> {
  const world = createTradingWorld();
  world.exchange.settings.isGateOn = false;
  world.exchange.script.BUY.push(answer);
  await world.open();
  expect(await world.position()).toMatchObject({ state: 'buying' });
  return world;
}

describe('an exit of everything while a buy is of unknown outcome', () => {
  test.each<[string, ScriptedAnswer, Pick<ExitPart, 'minPriceMicros'>]>([
    ['were bought all the same', { does: 'fill', says: 'nothing' }, {}],
    ['arrive later', { does: 'arrive-late', afterMs: 12_000 }, {}],
    ['were bought, at a floor below the bids', { does: 'fill', says: 'nothing' }, { minPriceMicros: 100_000n }],
  ])('sells the shares that %s as soon as they are known, once', async (_what, answer, floor) => {
    const world = await anUnknownBuy(answer);
    const { ahead, results } = await exitAll(world, floor);
    expect(ahead).toMatchObject({ positions: [{ state: 'buying' }], awaiting: [], unseenCount: 0 });
    expect(results).toMatchObject([{ outcome: 'requested' }]);
    // Repeated by an operator who sees that it is still open.
    await exitAll(world, floor);
    await world.runUntil(EXIT_AT_MS - 30_000);
    expect(sells(world)).toHaveLength(1);
    expect(await world.position()).toMatchObject({ state: 'exited', exitReason: 'manual', forceClosed: false });
    await world.runUntil(ENDS_AT_MS + 60_000);
    expect(world.exchange.filledMicros('SELL')).toBe(world.exchange.filledMicros('BUY'));
    expect(world.exchange.posted.map(({ side }) => side)).toEqual(['BUY', 'SELL']);
    expect(world.errors).toEqual([]);
  });

  test('ends it as nothing bought where no shares ever arrive, and sells none', async () => {
    const world = await anUnknownBuy({ does: 'lose' });
    expect((await exitAll(world)).results).toMatchObject([{ outcome: 'requested' }]);
    await world.runUntil(ENDS_AT_MS + 60_000);
    expect(await world.position()).toMatchObject({ state: 'voided' });
    expect(world.exchange.posted.map(({ side }) => side)).toEqual(['BUY']);
  });
});

test('an exit of everything at a floor that meets an opening before its buy leaves nothing to sell', async () => {
  const world = createTradingWorld();
  const { schedule } = world.deps.timer;
  Object.assign(world.deps, {
    timer: {
      schedule: async (...asked: Parameters<typeof schedule>) => {
        const position = await world.position();
        if (position.state !== 'buying') throw new Error('It is being opened');
        await recordExitPart({ clock: world.clock, store: world.store }, position, { minPriceMicros: 500_000n });
        return schedule(...asked);
      },
    },
  });
  await world.open();
  await world.runUntil(ENDS_AT_MS + 60_000);
  expect(world.exchange.posted).toEqual([]);
  expect(await world.position()).toMatchObject({ state: 'voided' });
  expect(await world.alertKinds()).toEqual(['buy-voided']);
});
