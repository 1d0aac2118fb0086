import { describe, expect, it } from 'vitest';
import type { CrashPoint } from '#lib/simulation/crash-points.ts';
import { createFaultDice } from '#lib/simulation/fault-dice.ts';
import { takeSteps } from '#lib/simulation/take-steps.ts';
import { createServiceCall, type FunctionInstance, guardEffect } from '#lib/simulation/world/function-instance.ts';
import { createInvoke } from '#lib/simulation/world/invoke.ts';
import { createVirtualTime } from '#lib/simulation/world/virtual-time.ts';
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
    noteDisruption: () => undefined,
    focus: 'store.find:before',
    coveredPoints: new Set(),
    isSkewed: () => false,
    sinceEndMs: time.nowMs,
  };
}

function playOut(world: World): Promise<void> {
  return takeSteps(world.time.step);
}

function anInstance(): FunctionInstance {
  return { name: 'sell', hopCount: 0, skewMs: 0, isDead: false };
}

describe('death at an effect', () => {
  const run = async (point: CrashPoint) => {
    const world = aWorld([point]);
    const seen: string[] = [];
    const instance = anInstance();
    const send = guardEffect(world, instance, 'queue.send', async () => void seen.push('sent'));
    const save = guardEffect(world, instance, 'store.save', async () => void seen.push('saved'));
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
    return { seen, world, instance, save };
  };

  it('before it: the effect does not happen, and no catch or finally runs', async () => {
    const { seen, world } = await run('queue.send:before');
    expect(seen).toEqual([]);
    expect([...world.coveredPoints]).toEqual(['queue.send:before']);
  });

  it('after it: the effect has happened, and the instance does not learn of it', async () => {
    const { seen, instance, save } = await run('queue.send:after');
    expect(seen).toEqual(['sent']);
    expect(instance.isDead).toBe(true);
    void save();
    await takeSteps(() => false);
    expect(seen).toEqual(['sent']);
  });

  it('after an effect that failed: the instance does not learn of the failure', async () => {
    const world = aWorld(['queue.send:after']);
    const instance = anInstance();
    const seen: string[] = [];
    const send = guardEffect(world, instance, 'queue.send', async () => Promise.reject(new Error('no')));
    void send().catch(() => seen.push('caught'));
    await playOut(world);
    expect(seen).toEqual([]);
  });
});

describe('a call to a service', () => {
  const call = async (point: CrashPoint, arrive: () => string) => {
    const world = aWorld([point]);
    const instance = anInstance();
    const seen: string[] = [];
    const caller = createServiceCall(world, instance);
    caller('queue.send', () => 5, arrive).then(
      (value) => seen.push(`heard ${value} at ${world.time.nowMs()}`),
      () => seen.push('heard of a failure'),
    );
    await playOut(world);
    return { seen, instance };
  };

  it('happens when it arrives, and is answered at once', async () => {
    expect(await call('store.find:before', () => 'yes')).toMatchObject({ seen: ['heard yes at 5'] });
    const failing = () => {
      throw new Error('no');
    };
    expect(await call('store.find:before', failing)).toMatchObject({ seen: ['heard of a failure'] });
  });

  it('does not happen for an instance that died before it, and is not answered to one that died after it', async () => {
    let arrivalCount = 0;
    const arrive = () => {
      arrivalCount += 1;
      return 'yes';
    };
    expect(await call('queue.send:before', arrive)).toMatchObject({ seen: [], instance: { isDead: true } });
    expect(arrivalCount).toBe(0);
    expect(await call('queue.send:after', arrive)).toMatchObject({ seen: [], instance: { isDead: true } });
    expect(arrivalCount).toBe(1);
  });
});

describe('an invocation', () => {
  const common = { name: 'sell', hopCount: 0, onDone: () => undefined, onFailed: () => undefined } as const;

  it('reports its result or its failure', async () => {
    const world = aWorld();
    const seen: unknown[] = [];
    const invoke = createInvoke(world, () => null);
    const handlers = { ...common, onDone: (v: unknown) => seen.push(v), onFailed: () => seen.push('failed') };
    invoke({ ...handlers, run: async () => 'done' });
    invoke({ ...handlers, run: async () => Promise.reject(new Error('no')) });
    await playOut(world);
    expect(seen).toEqual(['done', 'failed']);
  });

  it('is stopped at the timeout of its function and has no effect after it', async () => {
    const world = aWorld();
    const seen: string[] = [];
    const invoke = createInvoke(world, (instance) =>
      guardEffect(world, instance, 'clock.sleepUntil', world.time.sleepUntil),
    );
    invoke({
      ...common,
      run: async (sleep) => {
        await sleep(20_000);
        seen.push('woke up');
      },
      onDone: () => seen.push('done'),
      onFailed: () => seen.push('failed'),
    });
    await playOut(world);
    expect(seen).toEqual([]);
  });

  it('goes to an idle instance of its function, and to a new one when the others are busy, dead or of another', async () => {
    const world = aWorld();
    const started: FunctionInstance[] = [];
    const invoke = createInvoke(world, (instance) => started.push(instance));
    const sleep = () => world.time.sleepUntil(world.time.nowMs() + 10);
    invoke({ ...common, run: sleep });
    await playOut(world);
    invoke({ ...common, run: sleep });
    expect(started).toHaveLength(1);
    invoke({ ...common, run: sleep });
    expect(started).toHaveLength(2);
    invoke({ ...common, name: 'sweep', run: sleep });
    expect(started.map(({ name }) => name)).toEqual(['sell', 'sell', 'sweep']);
    await playOut(world);
    for (const instance of started) instance.isDead = true;
    invoke({ ...common, run: sleep });
    expect(started).toHaveLength(4);
  });
});
