import { describe, expect, test } from 'vitest';
import { type Asset, marketSlug } from '#lib/domain/market/up-down-markets.ts';
import type { Position } from '#lib/domain/position/position.ts';
import { wakePosition } from '#lib/lifecycle/wake-position.ts';
import { QUEUE_DELIVERY } from '#lib/runtime/delivery-rules.ts';
import { runQueueBatch } from '#lib/runtime/run-batch.ts';
import { aMarket } from '#test/factories/a-market.ts';
import { createMortality, mortal } from '#test/fakes/mortality.ts';
import { createTradingWorld, ENDS_AT_MS, EXIT_AT_MS, MARKET, type TradingWorld } from '#test/fakes/trading-world.ts';

const { batchSizeMax: BATCH_SIZE, visibilityMs: VISIBILITY_MS } = QUEUE_DELIVERY.exit;

/** Ten markets of the same window, each with its own slug and condition. */
const MARKETS = Array.from({ length: BATCH_SIZE }, (_, index) => {
  const asset: Asset = index % 2 === 0 ? 'BTC' : 'ETH';
  return aMarket({
    asset,
    slug: `${marketSlug(asset, '5m', MARKET.startsAtMs)}-${index}`,
    conditionId: `0x${index.toString(16).padStart(64, '0')}`,
  });
});

async function openTen(): Promise<TradingWorld> {
  const world = createTradingWorld({ markets: MARKETS });
  // This venue would sell the same shares twice.
  world.exchange.settings.isGateOn = false;
  world.exchange.settings.answersAfterMs = 0;
  world.exchange.settings.settlesAfterMs.BUY = 500;
  for (const [index, { slug }] of MARKETS.entries()) {
    const opened = await world.open({ requestId: `request-${index}`, marketSlug: slug });
    expect(opened.outcome).toBe('opened');
  }
  await world.runUntil(EXIT_AT_MS - 4_000);
  world.faults.isDeliveryOn = false;
  return world;
}

const silent = {
  log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  meter: { count: () => undefined, millis: () => undefined, flush: () => undefined },
};

/** One invocation with all ten messages. It never answers when it crashes at an effect. */
function startBatch(
  world: TradingWorld,
  positions: readonly Position[],
  dieAt: number | null,
  when: 'before' | 'after',
) {
  const mortality = createMortality();
  mortality.dieAt = dieAt;
  mortality.when = when;
  const { store, exchange } = world;
  const deps = {
    ...world.deps,
    store: mortal(store, mortality),
    accounts: { paper: { ...world.account, exchange: mortal(exchange, mortality) } },
    // A crash ends the whole invocation, so the clock of its other records stops as well.
    clock: {
      nowMs: world.clock.nowMs,
      sleepUntil: (atMs: number) => (isDead(mortality) ? NEVER : world.clock.sleepUntil(atMs)),
    },
  };
  const records = positions.map(({ positionId }) => ({ messageId: positionId, body: positionId }));
  const batch = runQueueBatch({ ...silent, log: silent.log as never }, { Records: records }, async ({ body }) => {
    await wakePosition(deps, { positionId: body, wakeUpId: 'exit', source: 'delay' });
  });
  return { batch, mortality };
}

const NEVER = new Promise<never>(() => undefined);

function isDead({ count, dieAt }: ReturnType<typeof createMortality>): boolean {
  return dieAt !== null && count >= dieAt;
}

async function liveThrough(dieAt: number | null, when: 'before' | 'after') {
  const world = await openTen();
  const positions = await world.store.list();
  expect(positions).toHaveLength(BATCH_SIZE);
  await world.clock.advanceTo(EXIT_AT_MS - 2_900);
  const first = startBatch(world, positions, dieAt, when);
  await world.clock.advanceTo(EXIT_AT_MS - 2_900 + VISIBILITY_MS);
  const again = startBatch(world, positions, null, when);
  await world.clock.run(again.batch);
  world.faults.isDeliveryOn = true;
  await world.runUntil(ENDS_AT_MS + 200_000);
  return { world, effectCount: first.mortality.count };
}

async function checkTen(world: TradingWorld, story: string): Promise<void> {
  for (const { positionId } of await world.store.list()) {
    const sells = (await world.store.listAttempts(positionId)).filter(({ intent }) => intent.side === 'SELL');
    expect(sells.length, `${story}: orders of ${positionId}`).toBe(1);
    expect((await world.store.find(positionId))?.state, `${story}: ${positionId}`).toBe('exited');
  }
  expect(world.exchange.filledMicros('SELL'), story).toBe(world.exchange.filledMicros('BUY'));
  expect(world.exchange.placedHashes(), story).toHaveLength(2 * BATCH_SIZE);
}

describe('a batch of ten whose function runs out of time', () => {
  test.each(['before', 'after'] as const)(
    'comes back as a whole, and nothing is sold twice (dead %s any effect)',
    async (when) => {
      const calm = await liveThrough(null, when);
      await checkTen(calm.world, 'calm');
      expect(calm.effectCount).toBeGreaterThan(4 * BATCH_SIZE);
      for (let dieAt = 1; dieAt <= calm.effectCount; dieAt += 3) {
        const { world } = await liveThrough(dieAt, when);
        await checkTen(world, `dead ${when} effect ${dieAt}`);
      }
    },
    60_000,
  );
});
