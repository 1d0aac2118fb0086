import { describe, expect, test } from 'vitest';
import { isClosed } from '#lib/domain/position/position.ts';
import type { ScriptedAnswer } from '#test/fakes/scripted-exchange.ts';
import { createTradingWorld, ENDS_AT_MS, type TradingWorld } from '#test/fakes/trading-world.ts';
import { countOf } from '#test/fixtures/test-length.ts';

const DIFFICULTIES: readonly (readonly [string, readonly ScriptedAnswer[]])[] = [
  ['sold at the first try', []],
  ['sold in parts', [{ does: 'fill', percent: 50 }]],
  ['refused, then sold', [{ does: 'refuse', code: 'no-match' }]],
  ['lost, then posted again', [{ does: 'lose' }]],
  ['filled, but the answer is lost', [{ does: 'fill', says: 'nothing' }]],
  [
    'refused for want of a balance, then lost',
    [{ does: 'refuse', code: 'balance-or-allowance', text: 'not enough balance / allowance' }, { does: 'lose' }],
  ],
];

async function liveAndDie(sells: readonly ScriptedAnswer[], dieAt: number | null, when: 'before' | 'after') {
  const world = createTradingWorld();
  world.exchange.script.SELL.push(...sells);
  // This venue would sell the same shares twice.
  world.exchange.settings.isGateOn = false;
  world.mortality.dieAt = dieAt;
  world.mortality.when = when;
  world.startOpening();
  await world.runUntil(ENDS_AT_MS + 90_000);
  const [atNinety] = await world.store.list();
  // Law 1: the end is written within 90 s of any crash.
  expect(['buying', 'holding', 'exiting'], `dead ${when} effect ${dieAt}`).not.toContain(atNinety?.state);
  await world.runUntil(ENDS_AT_MS + 200_000);
  return world;
}

async function checkLaws(world: TradingWorld, story: string): Promise<void> {
  const [position] = await world.store.list();
  // The process crashed before the row was written: there is no position.
  if (position === undefined) {
    expect(world.exchange.posted, story).toEqual([]);
    return;
  }
  expect(isClosed(position), `${story}: ${position.state}`).toBe(true);
  const bought = world.exchange.filledMicros('BUY');
  const sold = world.exchange.filledMicros('SELL');
  expect(sold <= bought, story).toBe(true);
  expect(position.state, story).toBe(bought === 0n ? 'voided' : 'exited');
  expect(bought - sold, story).toBeLessThan(10_000n);
  expect(position.attempts, story).toEqual([]);
  expect(world.exchange.posted.filter((order) => order.side === 'BUY').length, story).toBeLessThanOrEqual(1);
  expect(world.store.alertsOf(position.positionId).length, story).toBeGreaterThan(0);
  expect(
    world.errors.filter((error) => error instanceof Error && error.name === 'BrokenLawError'),
    story,
  ).toEqual([]);
}

/** The short run crashes once at each effect, before and after it in turn; the long run does both at each. */
const STEP = countOf({ short: 2, long: 1 });
const FIRST = { before: 1, after: STEP } as const;

describe.each(DIFFICULTIES)('a life that is %s', (name, sells) => {
  test.each(['before', 'after'] as const)('survives a crash %s any effect', async (when) => {
    const calm = await liveAndDie(sells, null, when);
    const effectCount = calm.mortality.count;
    expect(effectCount).toBeGreaterThan(20);
    for (let dieAt = FIRST[when]; dieAt <= effectCount; dieAt += STEP) {
      const world = await liveAndDie(sells, dieAt, when);
      await checkLaws(world, `${name}, dead ${when} effect ${dieAt}`);
    }
  });
});
