import { describe, expect, it } from 'vitest';
import { DEFAULT_FAULT_PLAN } from '#lib/simulation/fault-plan.ts';
import { simulate } from '#lib/simulation/simulate.ts';
import { MUTANTS } from './sim-mutants.ts';

const LIFE_COUNT = 300;

describe('the laws', () => {
  it.each(MUTANTS)('notice $name', async ({ laws, plant, plan = DEFAULT_FAULT_PLAN }) => {
    const report = await simulate({
      seed: 1,
      lifeCount: LIFE_COUNT,
      plan,
      sabotage: plant,
      wallMs: () => 0,
    });
    const seeds = new Set(report.violations.filter(({ law }) => laws.includes(law)).map(({ seed }) => seed));
    expect(seeds.size).toBeGreaterThan(0);
  });

  it('find nothing in the same lives without a planted bug', async () => {
    const report = await simulate({ seed: 1, lifeCount: LIFE_COUNT, plan: DEFAULT_FAULT_PLAN, wallMs: () => 0 });
    expect(report.violations).toEqual([]);
  });
});
