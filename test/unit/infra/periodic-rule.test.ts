import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { startPeriodicRule } from '#infra/local/pump/periodic-rule.ts';

describe('a periodic rule', () => {
  it('runs its function at whole multiples of the period, once each', async () => {
    const periodMs = 20;
    const slots: number[] = [];
    const rule = startPeriodicRule({
      ruleName: 'often',
      periodMs,
      invoke: async () => {
        slots.push(Math.floor(Date.now() / periodMs));
        return { outcome: 'returned', value: undefined };
      },
    });
    while (slots.length < 15) await delay(5);
    await rule.stop(1_000);

    expect(new Set(slots).size).toBe(slots.length);
  });

  it('waits for a run before it says that it has stopped', async () => {
    const isBegun = Promise.withResolvers<void>();
    let isFinished = false;
    const rule = startPeriodicRule({
      ruleName: 'slow',
      periodMs: 20,
      invoke: async () => {
        isBegun.resolve();
        await delay(30);
        isFinished = true;
        return { outcome: 'returned', value: undefined };
      },
    });
    await isBegun.promise;
    await rule.stop(1_000);

    expect(isFinished).toBe(true);
  });
});
