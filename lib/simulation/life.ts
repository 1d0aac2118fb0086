import type { MarketVersion } from '#lib/domain/market/market.ts';
import type { Position, PositionState } from '#lib/domain/position/position.ts';
import { isClosed } from '#lib/domain/position/position.ts';
import type { CrashPoint } from './crash-points.ts';
import type { FaultKind } from './fault-kinds.ts';
import { checkEnding, checkLiveness, checkMode } from './laws/check-life.ts';
import type { LawNumber } from './laws/evidence.ts';
import { createLifeWorld, type LifeWorld, type LifeWorldOptions } from './life-world.ts';
import type { Setback } from './refusal-tally.ts';
import { takeSteps } from './take-steps.ts';

export type Violation = {
  readonly law: LawNumber;
  readonly seed: number;
  readonly text: string;
  readonly sinceEndMs: number;
};

export type LifeReport = {
  readonly seed: number;
  readonly marketVersion: MarketVersion;
  readonly simulatedMs: number;
  readonly faultCounts: ReadonlyMap<FaultKind, number>;
  /** The numbers of the opportunities that went wrong, for each fault of the plan in the plan's order. */
  readonly hits: readonly (readonly number[])[];
  readonly coveredPoints: ReadonlySet<CrashPoint>;
  readonly violations: readonly Violation[];
  /** `not-opened`: the opening was refused, or the caller gave up before there was a row. */
  readonly end: PositionState | 'not-opened';
  /** As it was last saved; null when nothing was opened. */
  readonly position: Position | null;
  readonly setbacks: readonly Setback[];
  /** Empty unless `isRecorded`. */
  readonly history: readonly string[];
};

const SWEEP_PERIOD_MS = 60_000;
/** A world that is not at rest this long after the calm began never will be. */
const REST_MS_MAX = 900_000;
/** The same while unreadable records delay the stream by their retries: the records behind them are late, not lost. */
const STREAM_REST_MS_MAX = 7_200_000;
/** Later violations of a life mostly follow from the first. */
const VIOLATION_COUNT_MAX = 3;

/**
 * Plays one position from its opening until nothing moves any more, and checks every step against the laws. `observe`
 * gets the world before anything happens in it.
 */
export async function playLife(options: LifeWorldOptions, observe?: (life: LifeWorld) => void): Promise<LifeReport> {
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
    const sinceCalmMs = time.nowMs() - calmAtMs;
    return sinceCalmMs >= REST_MS_MAX && (sinceCalmMs >= STREAM_REST_MS_MAX || !life.isStreamBusy());
  };
  const sweep = (): void => {
    for (const breach of [...checkLiveness(evidence), ...checkMode(evidence, life.mode)]) life.onBreach(breach);
    if (world.dice.roll('sweep-missed')) world.noteDisruption();
    else functions.sweep();
    time.atInBackground(time.nowMs() + SWEEP_PERIOD_MS, sweep);
  };
  time.atInBackground(Math.ceil(startedAtMs / SWEEP_PERIOD_MS) * SWEEP_PERIOD_MS, sweep);
  observe?.(life);
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
    marketVersion: evidence.marketVersion,
    simulatedMs: time.nowMs() - startedAtMs,
    faultCounts: world.dice.counts,
    hits: world.dice.hits(),
    coveredPoints: world.coveredPoints,
    violations,
    end: evidence.row?.state ?? 'not-opened',
    position: evidence.row ?? null,
    setbacks: life.setbacks,
    history: life.history,
  };
}

function isAtRest({ evidence: { row } }: LifeWorld): boolean {
  return row === undefined || isClosed(row);
}
