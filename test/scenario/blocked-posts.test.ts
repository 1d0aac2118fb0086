import { describe, expect, test } from 'vitest';
import { createTradingWorld, ENDS_AT_MS, EXIT_AT_MS, type TradingWorld } from '#test/fakes/trading-world.ts';

const LONG_AFTER_MS = ENDS_AT_MS + 400_000;
const PAGE = 'a web page instead of an answer: Attention Required! | Cloudflare';
const BLOCKED = { does: 'refuse', code: 'blocked-before-venue', text: PAGE } as const;
const sellsOf = (world: TradingWorld) => world.exchange.posted.filter((order) => order.side === 'SELL');

async function exiting(...script: TradingWorld['exchange']['script']['SELL']): Promise<TradingWorld> {
  const world = createTradingWorld();
  world.exchange.script.SELL.push(...script);
  await world.open();
  await world.runUntil(EXIT_AT_MS - 1_000);
  return world;
}

describe('sells that a firewall answers while reads work', () => {
  test('are tried until they get through, and page the operator at the third', async () => {
    const world = await exiting(BLOCKED, BLOCKED, BLOCKED, BLOCKED);
    await world.runUntil(EXIT_AT_MS + 1_500);
    expect(sellsOf(world)).toHaveLength(2);
    expect(await world.alertKinds()).toEqual([]);
    await world.runUntil(EXIT_AT_MS + 3_000);
    const [page] = world.store.alertsOf((await world.position()).positionId);
    expect(page).toMatchObject({ kind: 'needs-human', cause: 'blocked-before-venue', venueText: PAGE });
    await world.runUntil(LONG_AFTER_MS);
    expect((await world.position()).state).toBe('exited');
    expect(await world.alertKinds()).toEqual(['needs-human', 'forced-exit']);
  });

  test('are told at the end, with the last words and how often each was heard', async () => {
    const other = { does: 'refuse', code: 'no-match', text: 'order 0x12 found no match' } as const;
    const again = { ...other, text: 'order 0x3456 found no match' };
    const world = await exiting(other, again, ...Array.from({ length: 60 }, () => BLOCKED));
    await world.runUntil(LONG_AFTER_MS);
    const alerts = world.store.alertsOf((await world.position()).positionId);
    expect(alerts.map(({ kind }) => kind)).toEqual(['needs-human', 'exit-failing', 'sell-failed']);
    const blockedCount = sellsOf(world).length - 2;
    expect(alerts.at(-1)).toMatchObject({
      cause: 'blocked-before-venue',
      venueText: PAGE,
      venueWords: [
        { text: PAGE, count: blockedCount },
        { text: 'order 0x3456 found no match', count: 2 },
      ],
    });
    expect(alerts.at(-1)?.position.refusals).toContainEqual({ cause: 'blocked-before-venue', count: blockedCount });
  });

  test('do not page when the block passes before the third', async () => {
    const world = await exiting(BLOCKED, BLOCKED);
    await world.runUntil(LONG_AFTER_MS);
    expect(await world.alertKinds()).toEqual(['forced-exit']);
  });
});

describe('a sell that is refused in unknown words', () => {
  test('is looked up once, and counts when it was placed after all', async () => {
    const world = await exiting({ does: 'fill', says: 'nonsense' });
    await world.runUntil(EXIT_AT_MS + 2_000);
    expect(sellsOf(world)).toHaveLength(1);
    await world.runUntil(LONG_AFTER_MS);
    expect(sellsOf(world)).toHaveLength(1);
    expect(await world.position()).toMatchObject({ state: 'exited' });
    expect(await world.alertKinds()).toEqual(['forced-exit']);
  });

  test('is followed by another one at the price of the moment', async () => {
    const world = await exiting({ does: 'refuse', code: 'unrecognised', text: 'the moon is in the wrong phase' });
    await world.runUntil(LONG_AFTER_MS);
    expect(new Set(sellsOf(world).map(({ orderHash }) => orderHash)).size).toBe(2);
    expect((await world.position()).state).toBe('exited');
  });
});
