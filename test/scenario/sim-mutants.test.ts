import { describe, expect, it } from 'vitest';
import { DEFAULT_FAULT_PLAN } from '#lib/simulation/fault-plan.ts';
import { simulate } from '#lib/simulation/simulate.ts';
import { countOf } from '#test/fixtures/test-length.ts';
import { GUARD_MUTANTS } from './sim-guard-mutants.ts';
import { MUTANTS, type Mutant } from './sim-mutants.ts';
import { RULE_MUTANTS } from './sim-rule-mutants.ts';

const ALL_MUTANTS = [...MUTANTS, ...RULE_MUTANTS, ...GUARD_MUTANTS];

const LIFE_COUNT_MAX = countOf({ short: 1_000, long: 5_000 });
const LIVES_AT_A_TIME = 4;
/** Three seeds find it by more than one way. A seed plays the same life every time, so one is no luck either. */
const SEED_COUNT = countOf({ short: 1, long: 3 });

/** The seeds that notice, looked for until there are enough. */
async function findSeeds(mutant: Mutant): Promise<ReadonlySet<number>> {
  const { laws, plant, fromSeed = 1, plan = DEFAULT_FAULT_PLAN, text = /./ } = mutant;
  const seeds = new Set<number>();
  for (let played = 0; played < LIFE_COUNT_MAX && seeds.size < SEED_COUNT; played += LIVES_AT_A_TIME) {
    const options = { seed: fromSeed + played, lifeCount: LIVES_AT_A_TIME, plan, sabotage: plant, wallMs: () => 0 };
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
