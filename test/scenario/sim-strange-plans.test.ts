/** Hostile fault plans, each in one way, checked against the same laws. */
import { describe, expect, it } from 'vitest';
import type { FaultKind } from '#lib/simulation/fault-kinds.ts';
import { ALL_FAULT_KINDS, FAULT_KINDS } from '#lib/simulation/fault-kinds.ts';
import { type Fault, type FaultPlan, parseFaultPlan } from '#lib/simulation/fault-plan.ts';
import { playLife } from '#lib/simulation/life.ts';
import { simulate } from '#lib/simulation/simulate.ts';

const QUICK_ENOUGH_MS = 60_000;
const NO_DEATH = ALL_FAULT_KINDS.filter((kind) => kind !== 'death' && kind !== 'focused-death');

/** As read from a file. */
function planOf(faults: readonly Fault[], calmAfterEndMs = 60_000): FaultPlan {
  return parseFaultPlan(JSON.stringify({ v: 1, calmAfterEndMs, faults }));
}

function all(kinds: readonly FaultKind[], probability: number, times: Pick<Fault, 'fromMs' | 'untilMs'> = {}): Fault[] {
  return kinds.map((kind) => ({ kind, probability, ...times }));
}

const aroundEachDeadline = [-120_000, -8_000, -5_000, 0].flatMap((atMs) =>
  all(NO_DEATH, 0.4, { fromMs: atMs - 3_000, untilMs: atMs + 4_000 }),
);
const EXIT_ON = { fromMs: -121_000 };

const PLANS: readonly { readonly name: string; readonly plan: FaultPlan }[] = [
  { name: 'everything at 0.3 from the exit on', plan: planOf(all(NO_DEATH, 0.3, EXIT_ON)) },
  { name: 'everything at its worst from the exit on', plan: planOf(all(NO_DEATH, 1, EXIT_ON), 0) },
  { name: 'everything around each deadline', plan: planOf(aroundEachDeadline) },
  {
    name: 'every sell blocked, hedges in part, late or lost, and merges that fail',
    plan: planOf([
      ...all(['sale-blocked'], 1),
      ...all(['partial-fill', 'filled-late', 'reply-lost-after', 'ghost-fill', 'fee-unverified'], 0.3),
      ...all(['redemption-reverts', 'redemption-answer-lost', 'relayer-busy', 'auto-redeem', 'death'], 0.2),
    ]),
  },
  { name: 'a death at every fifth effect', plan: planOf([{ kind: 'death', probability: 0.2 }]) },
  {
    name: 'the table unavailable for ever',
    plan: planOf([{ kind: 'store-outage', probability: 1, fromMs: -150_000, untilMs: 1e12 }]),
  },
  {
    name: 'only the sweep wakes positions, and late',
    plan: planOf(
      [
        { kind: 'timer-lost', probability: 1 },
        { kind: 'queue-unavailable', probability: 0.7 },
        { kind: 'index-behind', probability: 0.7 },
      ],
      300_000,
    ),
  },
  {
    name: 'late arrivals, stale balances, other orders of ours and wrong clocks',
    plan: planOf([
      { kind: 'late-arrival', probability: 0.5, ...EXIT_ON },
      ...all(['stale-cache', 'own-resting-order', 'tick-change', 'missing-approval', 'look-up-behind'], 0.6),
      ...all(['clock-skew'], 1),
    ]),
  },
  {
    name: 'the venue rounds fees down per order, keeps some in shares, and delivers too few',
    plan: planOf([
      ...all(['fee-rounded-down', 'fee-per-order'], 1),
      ...all(['buy-fee-in-shares', 'short-shares', 'fee-unverified', 'partial-fill', 'ghost-fill'], 0.5),
    ]),
  },
];

describe('a hostile plan breaks no law', () => {
  it.each(PLANS)('$name', { timeout: QUICK_ENOUGH_MS }, async ({ plan }) => {
    const report = await simulate({ seed: 77_000_000, lifeCount: 25, plan, wallMs: () => 0 });
    expect(report.violations).toEqual([]);
    expect(Object.values(report.faultsInjected).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(20);
    const unmanaged = ['buying', 'holding', 'exiting'].filter((state) => Object.hasOwn(report.endsByState, state));
    expect(unmanaged).toEqual([]);
  });
});

describe('a stream in which every second record cannot be read', () => {
  it('delivers every alert in the end, however long that takes', { timeout: QUICK_ENOUGH_MS }, async () => {
    const poison: FaultKind[] = ['stream-poison', 'stream-duplicate', 'stream-late'];
    // Without bids a life has many tries, and many records.
    const noBids: Fault = { kind: 'no-bids', probability: 1, fromMs: -121_000, untilMs: 0 };
    const plan = planOf([...all(poison, 1), noBids], 600_000);
    const restMs: number[] = [];
    for (let seed = 1; seed <= 15; seed += 1) {
      const { violations, simulatedMs } = await playLife({ seed, plan });
      expect(violations).toEqual([]);
      restMs.push(simulatedMs);
    }
    // Some of them take longer than a world is given to come to rest.
    expect(Math.max(...restMs)).toBeGreaterThan(1_200_000);
  });
});

describe('a condition of a whole life', () => {
  const conditions = ALL_FAULT_KINDS.filter((kind) => FAULT_KINDS[kind].duration !== null);
  const plan = (...periods: (readonly [number, number])[]) =>
    planOf(
      periods.map(([fromMs, untilMs]) => ({ kind: 'trading-disabled' as const, probability: 1, fromMs, untilMs })),
    );
  const refusals = async (thePlan: FaultPlan): Promise<number> => {
    const { refusalsByCause } = await simulate({ seed: 1, lifeCount: 40, plan: thePlan, wallMs: () => 0 });
    return refusalsByCause['trading-disabled']?.count ?? 0;
  };

  it('comes as often as the plan says it does', async () => {
    const [first, second] = [
      [-121_000, -115_000],
      [-114_000, -100_000],
    ] as const;
    expect(await refusals(plan(first))).toBeGreaterThan(0);
    expect(await refusals(plan(first, second))).toBeGreaterThan(await refusals(plan(first)));
  });

  it('does nothing before the life has begun', async () => {
    const lived = (faults: readonly Fault[]) =>
      simulate({ seed: 1, lifeCount: 40, plan: planOf(faults), wallMs: () => 0 });
    const early = conditions
      // These hold whenever: how fees are rounded, and what follows the market's end.
      .filter((kind) => !kind.startsWith('fee-') && FAULT_KINDS[kind].scope !== 'settlement')
      .map((kind): Fault => ({ kind, probability: 1, fromMs: -4_000_000, untilMs: -3_000_000 }));
    const { endsByState, simulatedMs, refusalsByCause } = await lived(early);
    expect({ endsByState, refusalsByCause }).toEqual(
      await lived([]).then((calm) => ({ endsByState: calm.endsByState, refusalsByCause: calm.refusalsByCause })),
    );
    expect(simulatedMs).toBeGreaterThan(0);
  });
});
