import { expect, it } from 'vitest';
import { DEFAULT_FAULT_PLAN, FaultPlanSchema } from '#lib/simulation/fault-plan.ts';
import { playLife } from '#lib/simulation/life.ts';
import { shrinkPlan } from '#lib/simulation/shrink-plan.ts';
import { simulate } from '#lib/simulation/simulate.ts';
import { MUTANTS } from './sim-mutants.ts';

const mutant = MUTANTS.find(({ name }) => name.startsWith('a buy that is posted again'));
if (mutant === undefined) throw new Error('The mutant of this test does not exist');
const { plant: sabotage } = mutant;

it('shrinks a failing plan to the few faults that matter, and it still fails', async () => {
  const report = await simulate({ seed: 1, lifeCount: 100, plan: DEFAULT_FAULT_PLAN, sabotage, wallMs: () => 0 });
  const [violation] = report.violations;
  expect(violation?.law).toBe(4);
  const { seed = 0, law = 4 } = violation ?? {};
  const shortest = await shrinkPlan({ seed, law, plan: DEFAULT_FAULT_PLAN, sabotage });
  // One lost answer is all this bug needs.
  expect(shortest.faults).toHaveLength(1);
  const fromFile = FaultPlanSchema.parse(JSON.parse(JSON.stringify(shortest)));
  const again = await playLife({ seed, plan: fromFile, sabotage, isRecorded: true });
  expect(again.violations[0]?.law).toBe(law);
  expect(again.history.some((line) => line.includes('LAW'))).toBe(true);
});
