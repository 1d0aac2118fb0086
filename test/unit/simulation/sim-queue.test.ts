import { describe, expect, it } from 'vitest';
import { QUEUE_DELIVERY } from '#lib/runtime/delivery-rules.ts';
import type { BatchResponse } from '#lib/runtime/run-batch.ts';
import { createFaultDice } from '#lib/simulation/fault-dice.ts';
import type { Fault } from '#lib/simulation/fault-plan.ts';
import { createSimQueue } from '#lib/simulation/world/sim-queue.ts';
import { createVirtualTime } from '#lib/simulation/world/virtual-time.ts';
import type { World } from '#lib/simulation/world/world.ts';

type Delivery = { readonly bodies: readonly string[]; readonly atMs: number; answer(response: BatchResponse): void };

function aQueue(
  options: {
    readonly faults?: readonly Fault[];
    readonly isRecursionStopped?: boolean;
    readonly isWritten?: boolean;
  } = {},
) {
  const time = createVirtualTime(0);
  const plan = { v: 1 as const, calmAfterEndMs: 600_000, faults: [...(options.faults ?? [])] };
  const world: World = {
    time,
    dice: createFaultDice({ seed: 1, plan, sinceEndMs: () => 0, onFault: () => undefined }),
    draw: () => 0,
    note: () => undefined,
    noteDisruption: () => undefined,
    focus: 'store.find:before',
    coveredPoints: new Set(),
    isSkewed: () => false,
    sinceEndMs: () => 0,
  };
  const deliveries: Delivery[] = [];
  const queue = createSimQueue(world, {
    name: 'exit',
    delivery: QUEUE_DELIVERY.exit,
    encode: options.isWritten === false ? null : (text: string) => text,
    isRecursionStopped: () => options.isRecursionStopped ?? false,
    deliver: (records, _hopCount, answer) =>
      void deliveries.push({ bodies: records.map(({ body }) => body), atMs: time.nowMs(), answer }),
  });
  const runUntil = (atMs: number) => {
    time.atInBackground(atMs + 1, () => undefined);
    while (time.nowMs() <= atMs && time.step());
  };
  return { queue, deliveries, runUntil };
}

const DONE: BatchResponse = { batchItemFailures: [] };

describe('the simulated queue', () => {
  it('delivers due messages in one batch, and a done message once', () => {
    const { queue, deliveries, runUntil } = aQueue();
    queue.send('a', 5_000, 0);
    queue.send('b', 5_000, 0);
    runUntil(5_000);
    expect(deliveries.map(({ bodies, atMs }) => ({ bodies, atMs }))).toEqual([{ bodies: ['a', 'b'], atMs: 5_000 }]);
    deliveries[0]?.answer(DONE);
    runUntil(300_000);
    expect(deliveries).toHaveLength(1);
    expect(queue.openCount()).toBe(0);
  });

  it('delivers again after the visibility timeout when the function failed or died', () => {
    const { queue, deliveries, runUntil } = aQueue();
    queue.send('a', 0, 0);
    queue.send('b', 0, 0);
    runUntil(1);
    deliveries[0]?.answer({ batchItemFailures: [{ itemIdentifier: 'exit-2' }] });
    runUntil(20_000);
    expect(deliveries[1]).toMatchObject({ bodies: ['b'], atMs: 20_000 });
    runUntil(40_000);
    expect(deliveries[2]).toMatchObject({ bodies: ['b'], atMs: 40_000 });
  });

  it('passes a message on as it is when nothing encodes it', () => {
    const { queue, runUntil } = aQueue({ isWritten: false });
    queue.send('a', 0, 0);
    runUntil(1_000_000);
    expect(queue.deadLetters.map(({ body, unencoded }) => ({ body, unencoded }))).toEqual([
      { body: '', unencoded: 'a' },
    ]);
  });

  it('moves a message to the dead letters after five deliveries without success', () => {
    const { queue, deliveries, runUntil } = aQueue();
    queue.send('a', 0, 0);
    runUntil(1_000_000);
    expect(deliveries).toHaveLength(5);
    expect(queue.deadLetters.map(({ body }) => body)).toEqual(['a']);
  });

  it('delivers copies when the plan says so', () => {
    const { queue, deliveries, runUntil } = aQueue({ faults: [{ kind: 'queue-storm', probability: 1 }] });
    queue.send('a', 0, 0);
    runUntil(1);
    expect(deliveries.map(({ bodies }) => bodies)).toEqual([['a'], ['a'], ['a'], ['a'], ['a']]);
  });

  it('stops a chain after sixteen hops only when Lambda does', () => {
    const free = aQueue();
    free.queue.send('a', 0, 17);
    free.runUntil(1);
    expect(free.deliveries).toHaveLength(1);
    const guarded = aQueue({ isRecursionStopped: true });
    guarded.queue.send('a', 0, 16);
    guarded.queue.send('b', 1_000, 17);
    guarded.runUntil(2_000);
    expect(guarded.deliveries).toHaveLength(1);
    expect(guarded.queue.deadLetters.map(({ body }) => body)).toEqual(['b']);
  });
});
