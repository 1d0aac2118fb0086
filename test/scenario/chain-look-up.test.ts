import { describe, expect, test } from 'vitest';
import type { FaultPlan } from '#lib/simulation/fault-plan.ts';
import { playLife } from '#lib/simulation/life.ts';
import type { Sabotage } from '#lib/simulation/life-world.ts';
import { createScriptedWallet, type ScriptedWallet } from '#test/fakes/scripted-wallet.ts';
import {
  createTradingWorld,
  DEADLINE_AT_MS,
  ENDS_AT_MS,
  EXIT_AT_MS,
  OPENED_AT_MS,
  type TradingWorld,
} from '#test/fakes/trading-world.ts';

const LONG_AFTER_MS = ENDS_AT_MS + 400_000;
const sellsOf = (world: TradingWorld) => world.exchange.posted.filter((order) => order.side === 'SELL');

/**
 * A live buy that is filled and whose answer is lost. The chain shows `heldBefore` shares until then, `'down'` for no
 * answer, and what was bought on top from then on.
 */
async function openAndLose(
  heldBefore: bigint | 'down',
  options: {
    readonly isFilled?: boolean;
    readonly says?: 'nothing' | 'live';
    readonly areReadsDown?: boolean;
    readonly answersAfterMs?: number;
  } = {},
): Promise<{ world: TradingWorld; wallet: ScriptedWallet }> {
  const { isFilled = true, says = 'nothing', areReadsDown = true, answersAfterMs = 0 } = options;
  let wallet: ScriptedWallet | undefined;
  const world = createTradingWorld({
    mode: 'live',
    walletWith: (clock) => {
      wallet = createScriptedWallet(clock);
      return wallet;
    },
  });
  if (wallet === undefined) throw new Error('No wallet was made');
  const { settings } = wallet;
  settings.answersAfterMs = answersAfterMs;
  const show = (sharesMicros: bigint): void => {
    settings.holdings = { sharesMicros, otherSharesMicros: 0n, approved: true };
  };
  if (heldBefore === 'down') settings.holdings = 'down';
  else show(heldBefore);
  world.exchange.script.BUY.push(isFilled ? { does: 'fill', says } : { does: 'lose' });
  await world.open();
  show((heldBefore === 'down' ? 0n : heldBefore) + world.exchange.filledMicros('BUY'));
  world.exchange.settings.areReadsDown = areReadsDown;
  return { world, wallet };
}

describe('a buy that the venue shows neither in its answer nor in look-ups', () => {
  test('is found on the chain and sold on time; it ends as exited once the venue shows its trades', async () => {
    const { world } = await openAndLose(0n);
    await world.runUntil(OPENED_AT_MS + 30_000);
    expect(await world.position()).toMatchObject({ state: 'holding', trades: [] });
    await world.runUntil(ENDS_AT_MS);
    expect(sellsOf(world).map(({ atMs }) => atMs)).toEqual([EXIT_AT_MS]);
    expect(await world.position()).toMatchObject({ state: 'awaiting-resolution', exitReason: 'emergency:timeout' });
    world.exchange.settings.areReadsDown = false;
    await world.runUntil(LONG_AFTER_MS);
    const position = await world.position();
    expect(position.state).toBe('exited');
    expect(position.trades.map(({ side }) => side).toSorted()).toEqual(['BUY', 'SELL']);
    expect(world.exchange.filledMicros('SELL')).toBe(world.exchange.filledMicros('BUY'));
    expect(world.exchange.posted.filter(({ side }) => side === 'BUY')).toHaveLength(1);
  });

  test('is found on the chain while look-ups lag and show nothing of it', async () => {
    const { world } = await openAndLose(0n, { areReadsDown: false });
    const live = world.account.exchange;
    const listOrders = Reflect.get(live, 'listOrders');
    Object.assign(live, { listOrders: async () => [] });
    await world.runUntil(EXIT_AT_MS + 500);
    expect(sellsOf(world).map(({ atMs }) => atMs)).toEqual([EXIT_AT_MS]);
    Object.assign(live, { listOrders });
    await world.runUntil(LONG_AFTER_MS);
    expect((await world.position()).state).toBe('exited');
  });

  test('is found on the chain when that answered only after the post', async () => {
    const { world } = await openAndLose(20_000_000n, { answersAfterMs: 40 });
    await world.runUntil(EXIT_AT_MS + 500);
    expect(sellsOf(world).map(({ sharesMicros }) => sharesMicros)).toEqual([world.exchange.filledMicros('BUY')]);
  });

  test('is distinguished from shares that were held before, which are not sold', async () => {
    const { world } = await openAndLose(20_000_000n);
    await world.runUntil(EXIT_AT_MS + 500);
    expect(sellsOf(world).map(({ sharesMicros }) => sharesMicros)).toEqual([world.exchange.filledMicros('BUY')]);
  });

  test('and that never arrived is not mistaken for shares that were held before', async () => {
    const { world } = await openAndLose(500_000_000n, { isFilled: false });
    await world.runUntil(ENDS_AT_MS);
    expect(sellsOf(world)).toEqual([]);
    expect(await world.position()).toMatchObject({
      state: 'awaiting-resolution',
      exitReason: 'emergency:timeout_buy_unknown',
      exitAtMs: DEADLINE_AT_MS,
    });
  });

  test('stays unknown when the holdings before the buy are unknown', async () => {
    const { world } = await openAndLose('down');
    await world.runUntil(ENDS_AT_MS);
    expect(sellsOf(world)).toEqual([]);
    expect(await world.position()).toMatchObject({ exitReason: 'emergency:timeout_buy_unknown' });
  });

  test('stays unknown while the chain shows no shares: their absence proves nothing', async () => {
    const { world, wallet } = await openAndLose(0n);
    const { holdings } = wallet.settings;
    wallet.settings.holdings = { sharesMicros: 0n, otherSharesMicros: 0n, approved: true };
    await world.runUntil(EXIT_AT_MS - 30_000);
    expect((await world.position()).state).toBe('buying');
    wallet.settings.holdings = holdings;
    await world.runUntil(EXIT_AT_MS + 45_000);
    expect(sellsOf(world)).toHaveLength(1);
  });
});

describe('a buy that was accepted without fills, while look-ups are down', () => {
  test('is found on the chain and sold on time', async () => {
    const { world } = await openAndLose(0n, { says: 'live' });
    await world.runUntil(OPENED_AT_MS + 30_000);
    expect(await world.position()).toMatchObject({ state: 'holding', trades: [] });
    await world.runUntil(ENDS_AT_MS);
    expect(sellsOf(world).map(({ atMs }) => atMs)).toEqual([EXIT_AT_MS]);
    expect(world.exchange.filledMicros('SELL')).toBe(world.exchange.filledMicros('BUY'));
  });
});

describe('the chain', () => {
  test('is read once before a buy whose answer arrives, and never by its look-ups', async () => {
    let wallet: ScriptedWallet | undefined;
    const world = createTradingWorld({
      mode: 'live',
      walletWith: (clock) => {
        wallet = createScriptedWallet(clock);
        return wallet;
      },
    });
    await world.open();
    await world.runUntil(EXIT_AT_MS - 10_000);
    expect(wallet?.askedAtMs).toEqual([OPENED_AT_MS]);
  });

  test('that does not answer does not delay a buy', async () => {
    const world = createTradingWorld({
      mode: 'live',
      walletWith: (clock) => ({ ...createScriptedWallet(clock), getHoldings: () => new Promise(() => undefined) }),
    });
    await world.open();
    expect(world.exchange.posted.map(({ atMs }) => atMs)).toEqual([OPENED_AT_MS]);
  });
});

describe('simulated lives whose buy is lost while look-ups are down', () => {
  const PLAN: FaultPlan = {
    v: 1,
    calmAfterEndMs: 60_000,
    faults: [
      { kind: 'reply-lost-after', probability: 1, countMax: 1 },
      { kind: 'look-up-down', probability: 1, untilMs: 0 },
      { kind: 'chain-down', probability: 0.1 },
      { kind: 'chain-behind', probability: 0.5 },
      { kind: 'ghost-fill', probability: 0.1 },
      { kind: 'death', probability: 0.005 },
    ],
  };

  test('break no law, and are sold where the chain shows the shares', async () => {
    const ends: string[] = [];
    const violations: unknown[] = [];
    for (let seed = 1; seed <= 60; seed += 1) {
      let isProven = false;
      const sabotage: Sabotage = (deps) => {
        const save: typeof deps.store.save = async (change) => {
          await deps.store.save(change);
          isProven ||= change.event.type === 'shares-observed';
        };
        return { ...deps, store: { ...deps.store, save } };
      };
      const life = await playLife({ seed, plan: PLAN, sabotage });
      violations.push(...life.violations);
      if (isProven) ends.push(life.end);
    }
    expect(violations).toEqual([]);
    expect(ends.filter((end) => end === 'exited').length).toBeGreaterThan(5);
  });
});
