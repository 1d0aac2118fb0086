import { expect, it } from 'vitest';
import { DEFAULT_FAULT_PLAN } from '../../lib/simulation/fault-plan.ts';
import { simulate } from '../../lib/simulation/simulate.ts';

/** The laws over fewer lives than `test/scenario/sim-lives.test.ts` plays, because each survivor plays them. */
it('break no law', async () => {
  const report = await simulate({ seed: 1, lifeCount: 150, plan: DEFAULT_FAULT_PLAN, wallMs: () => 0 });
  expect(report.violations).toEqual([]);
});
