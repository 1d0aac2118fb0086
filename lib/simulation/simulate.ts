import type { CrashPoint } from './crash-points.ts';
import { CRASH_POINTS } from './crash-points.ts';
import type { FaultKind } from './fault-kinds.ts';
import type { FaultPlan } from './fault-plan.ts';
import { type LifeReport, playLife, type Violation } from './life.ts';
import type { Sabotage } from './life-world.ts';
import { yieldToEventLoop } from './take-steps.ts';

export type SimulationOptions = {
  /** Seed of the first life; each further one takes the next number. */
  readonly seed: number;
  readonly lifeCount: number;
  readonly plan: FaultPlan;
  readonly sabotage?: Sabotage;
  /** Wall clock, for the report alone. */
  readonly wallMs: () => number;
};

/** What `tminus sim --json` prints. */
export type SimulationReport = {
  readonly lives: number;
  readonly livesByVersion: Readonly<Record<string, number>>;
  readonly simulatedMs: number;
  readonly wallMs: number;
  readonly faultsInjected: Readonly<Record<string, number>>;
  readonly crashPoints: { readonly covered: number; readonly total: number; readonly missed: readonly CrashPoint[] };
  readonly violations: readonly Violation[];
  readonly endsByState: Readonly<Record<string, number>>;
  readonly refusalsByCause: Readonly<
    Record<string, { readonly count: number; readonly healedMedianMs: number | null }>
  >;
};

/** About 20 ms: other work of the process, such as stopping at Ctrl-C, waits no longer. */
const LIVES_PER_TURN = 20;
/** A bug that shows in every life is reported by its first cases. */
const VIOLATIONS_KEPT_MAX = 1_000;

export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const { seed, lifeCount, plan, wallMs } = options;
  const startedAtMs = wallMs();
  const totals = createTotals();
  const { stackTraceLimit } = Error;
  // Errors are frequent here, and capturing a stack costs more than handling the error.
  Error.stackTraceLimit = 0;
  try {
    for (let index = 0; index < lifeCount; index += 1) {
      if (index % LIVES_PER_TURN === 0) await yieldToEventLoop();
      const sabotage = options.sabotage === undefined ? {} : { sabotage: options.sabotage };
      totals.add(await playLife({ seed: seed + index, plan, ...sabotage }));
    }
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
  return { lives: lifeCount, wallMs: Math.round(wallMs() - startedAtMs), ...totals.report() };
}

function createTotals() {
  let simulatedMs = 0;
  const faults = new Map<FaultKind, number>();
  const covered = new Set<CrashPoint>();
  const violations: Violation[] = [];
  const ends = new Map<string, number>();
  const versions = new Map<string, number>();
  const healing = new Map<string, { count: number; healedMs: number[] }>();
  return {
    add: (life: LifeReport): void => {
      simulatedMs += life.simulatedMs;
      versions.set(life.marketVersion, (versions.get(life.marketVersion) ?? 0) + 1);
      for (const [kind, count] of life.faultCounts) faults.set(kind, (faults.get(kind) ?? 0) + count);
      for (const point of life.coveredPoints) covered.add(point);
      if (violations.length < VIOLATIONS_KEPT_MAX) violations.push(...life.violations);
      ends.set(life.end, (ends.get(life.end) ?? 0) + 1);
      for (const { cause, healedAfterMs } of life.setbacks) {
        const entry = healing.get(cause) ?? { count: 0, healedMs: [] };
        entry.count += 1;
        if (healedAfterMs !== null) entry.healedMs.push(healedAfterMs);
        healing.set(cause, entry);
      }
    },
    report: () => ({
      livesByVersion: sorted(versions),
      simulatedMs,
      faultsInjected: sorted(faults),
      crashPoints: {
        covered: covered.size,
        total: CRASH_POINTS.length,
        missed: CRASH_POINTS.filter((point) => !covered.has(point)),
      },
      violations,
      endsByState: sorted(ends),
      refusalsByCause: Object.fromEntries(
        [...healing]
          .toSorted(([a], [b]) => (a < b ? -1 : 1))
          .map(([cause, { count, healedMs }]) => [cause, { count, healedMedianMs: medianOf(healedMs) }]),
      ),
    }),
  };
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function medianOf(values: readonly number[]): number | null {
  const ordered = values.toSorted((a, b) => a - b);
  return ordered[Math.floor(ordered.length / 2)] ?? null;
}
