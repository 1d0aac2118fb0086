import type { PositionState } from '#lib/domain/position/position.ts';
import { isClosed } from '#lib/domain/position/position.ts';
import type { CrashPoint } from './crash-points.ts';
import type { FaultKind } from './fault-kinds.ts';
import type { FaultPlan } from './fault-plan.ts';
import { checkEnding, checkLiveness, checkMode } from './laws/check-life.ts';
import type { LawNumber } from './laws/evidence.ts';
import { createLifeWorld, type LifeWorld, type Sabotage } from './life-world.ts';
import { takeSteps } from './next-turn.ts';
import type { Setback } from './refusal-tally.ts';

export type Violation = {
  readonly law: LawNumber;
  readonly seed: number;
  readonly text: string;
  readonly sinceEndMs: number;
};

export type LifeReport = {
  readonly seed: number;
  readonly simulatedMs: number;
  readonly faultCounts: ReadonlyMap<FaultKind, number>;
  /** Which opportunities of each fault of the plan went wrong, in the plan's order. */
  readonly hits: readonly (readonly number[])[];
  readonly coveredPoints: ReadonlySet<CrashPoint>;
  readonly violations: readonly Violation[];
  /** `not-opened`: the opening was refused, or its caller gave up before there was a row. */
  readonly end: PositionState | 'not-opened';
  readonly setbacks: readonly Setback[];
  /** Empty unless asked for. */
  readonly history: readonly string[];
};

export type LifeOptions = {
  readonly seed: number;
  readonly plan: FaultPlan;
  readonly isRecorded?: boolean;
  /** Breaks something on purpose, to see whether the laws notice. */
  readonly sabotage?: Sabotage;
  /** Leaves nothing out; by the seed unless given. It changes nothing that happens. */
  readonly isThorough?: boolean;
};

const SWEEP_PERIOD_MS = 60_000;
/** A world that has not come to rest this long after its calm began never will. */
const REST_MS_MAX = 900_000;
/** Unless records that cannot be read hold up the stream, each for its tries: what comes behind them is late, not lost. */
const STREAM_REST_MS_MAX = 7_200_000;
/** The first broken law tells what happened; what follows from it would only hide it. */
const VIOLATION_COUNT_MAX = 3;

/** Plays one position from its opening until nothing moves any more, and holds every step against the laws. */
export async function playLife(options: LifeOptions): Promise<LifeReport> {
  const { seed } = options;
  const violations: Violation[] = [];
  const life: LifeWorld = createLifeWorld(options, ({ law, text }) => {
    if (violations.length >= VIOLATION_COUNT_MAX) return;
    violations.push({ law, seed, text, sinceEndMs: life.sinceEndMs() });
    life.world.note('LAW', () => `${law} is broken: ${text}`);
  });
  const { world, evidence, functions } = life;
  const { time } = world;
  const startedAtMs = time.nowMs();
  const calmAtMs = life.endsAtMs + options.plan.calmAfterEndMs;
  const isOverdue = (): boolean => {
    const restlessMs = time.nowMs() - calmAtMs;
    return restlessMs >= REST_MS_MAX && (restlessMs >= STREAM_REST_MS_MAX || !life.isStreamBusy());
  };
  const sweep = (): void => {
    for (const breach of [...checkLiveness(evidence), ...checkMode(evidence, life.mode)]) life.onBreach(breach);
    if (world.dice.roll('sweep-missed')) world.trouble();
    else functions.sweep();
    time.atInBackground(time.nowMs() + SWEEP_PERIOD_MS, sweep);
  };
  time.atInBackground(Math.ceil(startedAtMs / SWEEP_PERIOD_MS) * SWEEP_PERIOD_MS, sweep);
  life.begin();
  await takeSteps(() => {
    do {
      const isOver = isOverdue() || (time.foregroundCount() === 0 && isAtRest(life));
      if (isOver || !time.step()) return false;
    } while (time.wasQuiet());
    return true;
  });
  life.settle();
  for (const breach of checkEnding(evidence, life.ending())) life.onBreach(breach);
  return {
    seed,
    simulatedMs: time.nowMs() - startedAtMs,
    faultCounts: world.dice.counts,
    hits: world.dice.hits(),
    coveredPoints: world.coveredPoints,
    violations,
    end: evidence.row?.state ?? 'not-opened',
    setbacks: life.setbacks,
    history: life.history,
  };
}

function isAtRest({ evidence: { row } }: LifeWorld): boolean {
  return row === undefined || isClosed(row) || row.wakeUp === null;
}
