import { expect, it } from 'vitest';
import { DEFAULT_FAULT_PLAN } from '#lib/simulation/fault-plan.ts';
import { emptyTally, LifeTallySchema, mergeTallies, reportTally } from '#lib/simulation/life-tally.ts';
import type { Sabotage } from '#lib/simulation/life-world.ts';
import { playLives, simulate } from '#lib/simulation/simulate.ts';

const losesAlerts: Sabotage = (deps) => ({ ...deps, bus: { publish: async () => undefined } });
const plan = DEFAULT_FAULT_PLAN;

it('adds up to the report of all lives, however they are divided and in whichever order', async () => {
  const parts = await Promise.all(
    [
      { seed: 1, lifeCount: 9 },
      { seed: 10, lifeCount: 1 },
      { seed: 11, lifeCount: 20 },
    ].map((lives) => playLives({ ...lives, plan, sabotage: losesAlerts })),
  );
  const whole = await simulate({ seed: 1, lifeCount: 30, plan, sabotage: losesAlerts, wallMs: () => 0 });
  expect(whole.violations.length).toBeGreaterThan(0);
  for (const order of [parts, parts.toReversed()]) {
    const sum = order.reduce(mergeTallies, emptyTally());
    expect({ lives: sum.lives, wallMs: 0, ...reportTally(sum) }).toEqual(whole);
    expect(sum.violationCount).toBe(whole.violations.length);
    expect(LifeTallySchema.parse(JSON.parse(JSON.stringify(sum)))).toEqual(sum);
  }
});

it('keeps the first violations by their seeds, and counts all', () => {
  const broken = (from: number) => ({
    ...emptyTally(),
    violationCount: 800,
    violations: Array.from({ length: 800 }, (_, index) => ({
      law: 9 as const,
      seed: from + index,
      text: 'text',
      sinceEndMs: 0,
    })),
  });
  const sum = mergeTallies(broken(5_000), broken(1));
  expect(sum.violationCount).toBe(1_600);
  expect(sum.violations).toHaveLength(1_000);
  expect(sum.violations.at(-1)?.seed).toBe(5_199);
});

it('takes the median of what was healed, and none of what never was', () => {
  const setbacks = {
    late: { count: 9, healedAfterMs: { 900: 1, 10000: 3, 2000: 2 } },
    lost: { count: 1, healedAfterMs: {} },
  };
  const { refusalsByCause } = reportTally({ ...emptyTally(), setbacks });
  expect(refusalsByCause).toEqual({
    late: { count: 9, healedMedianMs: 10_000 },
    lost: { count: 1, healedMedianMs: null },
  });
});
