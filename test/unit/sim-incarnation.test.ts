import { describe, expect, it } from 'vitest';
import type { CrashPoint } from '#lib/simulation/crash-points.ts';
import { createFaultDice } from '#lib/simulation/fault-dice.ts';
import { nextTurn } from '#lib/simulation/next-turn.ts';
import { createVirtualTime } from '#lib/simulation/virtual-time.ts';
import { guardEffect, type Incarnation, invoke } from '#lib/simulation/world/incarnation.ts';
import type { World } from '#lib/simulation/world/world.ts';

function aWorld(sites: CrashPoint[] = []): World {
  const time = createVirtualTime(0);
  const faults = sites.length === 0 ? [] : [{ kind: 'death' as const, probability: 1, sites }];
  const plan = { v: 1 as const, calmAfterEndMs: 600_000, faults };
  const dice = createFaultDice({ seed: 1, plan, sinceEndMs: time.nowMs, onFault: () => undefined });
  return {
    time,
    dice,
    draw: () => 0,
    note: () => undefined,
    trouble: () => undefined,
    focus: 'store.find:before',
    coveredPoints: new Set(),
    isSkewed: false,
  };
}

async function playOut(world: World): Promise<void> {
  await nextTurn();
  while (world.time.step()) await nextTurn();
}

function anIncarnation(): Incarnation {
  return { name: 'sell', hopCount: 0, skewMs: 0, isDead: false };
}

describe('death at an effect', () => {
  const run = async (point: CrashPoint) => {
    const world = aWorld([point]);
    const seen: string[] = [];
    const incarnation = anIncarnation();
    const send = guardEffect(world, incarnation, 'queue.send', async () => void seen.push('sent'));
    const save = guardEffect(world, incarnation, 'store.save', async () => void seen.push('saved'));
    const body = async () => {
      try {
        await send();
        seen.push('went on');
      } catch {
        seen.push('caught');
      } finally {
        seen.push('tidied up');
        await save();
      }
    };
    void body();
    await playOut(world);
    return { seen, world, incarnation, save };
  };

  it('before it: the effect does not happen, and no catch and no finally runs', async () => {
    const { seen, world } = await run('queue.send:before');
    expect(seen).toEqual([]);
    expect([...world.coveredPoints]).toEqual(['queue.send:before']);
  });

  it('after it: the effect has happened, and nobody learns of it', async () => {
    const { seen, incarnation, save } = await run('queue.send:after');
    expect(seen).toEqual(['sent']);
    expect(incarnation.isDead).toBe(true);
    void save();
    await nextTurn();
    expect(seen).toEqual(['sent']);
  });

  it('after an effect that failed: the failure is not heard of either', async () => {
    const world = aWorld(['queue.send:after']);
    const incarnation = anIncarnation();
    const seen: string[] = [];
    const send = guardEffect(world, incarnation, 'queue.send', async () => Promise.reject(new Error('no')));
    void send().catch(() => seen.push('caught'));
    await playOut(world);
    expect(seen).toEqual([]);
  });
});

describe('an invocation', () => {
  it('tells what came of it, and a failure too', async () => {
    const world = aWorld();
    const seen: unknown[] = [];
    const common = {
      name: 'sell',
      hopCount: 0,
      onDone: (v: unknown) => seen.push(v),
      onFailed: () => seen.push('failed'),
    } as const;
    invoke(world, { ...common, run: async () => 'done' });
    invoke(world, { ...common, run: async () => Promise.reject(new Error('no')) });
    await playOut(world);
    expect(seen).toEqual(['done', 'failed']);
  });

  it('is cut off at the timeout of its function, and nothing of it happens any more', async () => {
    const world = aWorld();
    const seen: string[] = [];
    invoke(world, {
      name: 'sell',
      hopCount: 0,
      run: async (incarnation) => {
        const sleep = guardEffect(world, incarnation, 'clock.sleepUntil', world.time.sleepUntil);
        await sleep(20_000);
        seen.push('woke up');
      },
      onDone: () => seen.push('done'),
      onFailed: () => seen.push('failed'),
    });
    await playOut(world);
    expect(seen).toEqual([]);
  });
});
