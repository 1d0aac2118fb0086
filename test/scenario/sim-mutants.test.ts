import { describe, expect, it } from 'vitest';
import { DEFAULT_FAULT_PLAN } from '#lib/simulation/fault-plan.ts';
import { simulate } from '#lib/simulation/simulate.ts';
import { countOf } from '#test/fixtures/test-length.ts';
import { GUARD_MUTANTS } from './sim-guard-mutants.ts';
import { MUTANTS, type Mutant } from './sim-mutants.ts';
import { RULE_MUTANTS } from './sim-rule-mutants.ts';

const ALL_MUTANTS = [...MUTANTS, ...RULE_MUTANTS, ...GUARD_MUTANTS];

const LIFE_COUNT_MAX = 1_000;
const LIVES_AT_A_TIME = 10;
/** Three seeds find it by more than one way. A seed plays the same life every time, so one is no luck either. */
const SEED_COUNT = countOf({ short: 1, long: 3 });

/** The seeds that notice, looked for until there are enough. */
async function findSeeds({ laws, plant, plan = DEFAULT_FAULT_PLAN, text = /./ }: Mutant): Promise<ReadonlySet<number>> {
  const seeds = new Set<number>();
  for (let seed = 1; seed < LIFE_COUNT_MAX && seeds.size < SEED_COUNT; seed += LIVES_AT_A_TIME) {
    const options = { seed, lifeCount: LIVES_AT_A_TIME, plan, sabotage: plant, wallMs: () => 0 };
    const { violations } = await simulate(options);
    const noticed = violations.filter((each) => laws.includes(each.law) && text.test(each.text));
    for (const { seed: noticedSeed } of noticed) seeds.add(noticedSeed);
  }
  return seeds;
}

describe('the laws', () => {
  it.each(ALL_MUTANTS)('notice $name', { timeout: 120_000 }, async (mutant) => {
    const seeds = await findSeeds(mutant);
    expect(seeds.size).toBeGreaterThanOrEqual(SEED_COUNT);
  });

  it('all have a planted bug that they notice', () => {
    const noticed = new Set(ALL_MUTANTS.flatMap(({ laws }) => laws));
    expect([...noticed].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13]);
  });
});
