import type { FaultPlan } from '#lib/simulation/fault-plan.ts';
import type { Violation } from '#lib/simulation/life.ts';
import { reportTally } from '#lib/simulation/life-tally.ts';
import { shrinkPlan } from '#lib/simulation/shrink-plan.ts';
import type { SimulationReport } from '#lib/simulation/simulate.ts';
import type { RunState } from './run-state.ts';

/** One law, by the first seed that breaks it. */
export type BrokenLaw = Violation & {
  /** Among the violations of the report. */
  readonly count: number;
  /** The shortest plan under which the seed still breaks the law. */
  readonly plan: FaultPlan;
};

/** What a long run prints and writes. All but times and workers follows from seeds, plan and code. */
export type LongReport = SimulationReport & {
  readonly seeds: { readonly first: number; readonly last: number };
  /** All of them; `violations` holds the first thousand by seed. */
  readonly violationCount: number;
  readonly lawsBroken: readonly BrokenLaw[];
  readonly codeDigest: string;
  readonly chunkLives: number;
  readonly resumedCount: number;
  readonly livesPerSecond: number;
  readonly livesPerCpuSecond: number;
  readonly workers: readonly WorkerReport[];
};

type WorkerReport = RunState['workers'][number] & {
  readonly livesPerSecond: number;
  readonly livesPerCpuSecond: number;
};

export function reportRun(state: RunState, lawsBroken: readonly BrokenLaw[]): LongReport {
  const { terms, tally, chunkLives, resumedCount } = state;
  const cpuMs = state.workers.reduce((sum, worker) => sum + worker.cpuMs, 0);
  return {
    lives: tally.lives,
    wallMs: Math.round(state.wallMs),
    ...reportTally(tally),
    seeds: { first: terms.seed, last: terms.seed + terms.lives - 1 },
    violationCount: tally.violationCount,
    lawsBroken,
    codeDigest: terms.codeDigest,
    ...{ chunkLives, resumedCount },
    livesPerSecond: perSecond(tally.lives, state.wallMs),
    livesPerCpuSecond: perSecond(tally.lives, cpuMs),
    workers: state.workers.map(({ lives, busyMs, cpuMs: workerCpuMs }) => ({
      ...{ lives, busyMs, cpuMs: Math.round(workerCpuMs) },
      livesPerSecond: perSecond(lives, busyMs),
      livesPerCpuSecond: perSecond(lives, workerCpuMs),
    })),
  };
}

export function perSecond(count: number, ms: number): number {
  return ms <= 0 ? 0 : Math.round((count / ms) * 1_000);
}

/** Shrinks the first case of each law. */
export async function explainBroken(
  violations: readonly Violation[],
  plan: FaultPlan,
  shrink: typeof shrinkPlan = shrinkPlan,
): Promise<readonly BrokenLaw[]> {
  const byLaw = Map.groupBy(violations, ({ law }) => law);
  const broken: BrokenLaw[] = [];
  for (const [law, [first, ...more]] of [...byLaw].toSorted(([a], [b]) => a - b)) {
    if (first === undefined) continue;
    broken.push({ ...first, count: 1 + more.length, plan: await shrink({ seed: first.seed, plan, law }) });
  }
  return broken;
}
