import * as z from 'zod';
import { CRASH_POINTS, type CrashPoint } from './crash-points.ts';
import { LAW_NUMBERS } from './laws/evidence.ts';
import type { LifeReport } from './life.ts';

/** A bug that shows in every life is reported by its first cases. */
const VIOLATIONS_KEPT_MAX = 1_000;

const CountSchema = z.int().min(0);
const CountsSchema = z.record(z.string(), CountSchema);

/** What many lives came to, as plain JSON: tallies of parts are added, in any order, to that of the whole. */
export const LifeTallySchema = z.strictObject({
  lives: CountSchema,
  livesByVersion: CountsSchema,
  simulatedMs: z.number().min(0),
  faultsInjected: CountsSchema,
  crashPointsCovered: z.array(z.string()),
  violationCount: CountSchema,
  /** The first ones by their seeds. */
  violations: z.array(
    z
      .strictObject({ law: z.literal(LAW_NUMBERS), seed: z.int().min(0), text: z.string(), sinceEndMs: z.number() })
      .readonly(),
  ),
  endsByState: CountsSchema,
  setbacks: z.record(
    z.string(),
    z.strictObject({
      count: CountSchema,
      /** How many were healed after so many milliseconds. */
      healedAfterMs: CountsSchema,
    }),
  ),
});
export type LifeTally = z.output<typeof LifeTallySchema>;

export const emptyTally = (): LifeTally => ({
  lives: 0,
  livesByVersion: {},
  simulatedMs: 0,
  faultsInjected: {},
  crashPointsCovered: [],
  violationCount: 0,
  violations: [],
  endsByState: {},
  setbacks: {},
});

/** Counts a life in place, because thousands are counted before the tally is used. */
export function countLife(tally: LifeTally, covered: Set<CrashPoint>, life: LifeReport): void {
  tally.lives += 1;
  tally.simulatedMs += life.simulatedMs;
  addTo(tally.livesByVersion, life.marketVersion, 1);
  addTo(tally.endsByState, life.end, 1);
  for (const [kind, count] of life.faultCounts) addTo(tally.faultsInjected, kind, count);
  for (const point of life.coveredPoints) covered.add(point);
  tally.violationCount += life.violations.length;
  if (tally.violations.length < VIOLATIONS_KEPT_MAX) tally.violations.push(...life.violations);
  for (const { cause, healedAfterMs } of life.setbacks) {
    const setback = tally.setbacks[cause] ?? { count: 0, healedAfterMs: {} };
    tally.setbacks[cause] = setback;
    setback.count += 1;
    if (healedAfterMs !== null) addTo(setback.healedAfterMs, String(healedAfterMs), 1);
  }
}

function addTo(counts: Record<string, number>, key: string, count: number): void {
  counts[key] = (counts[key] ?? 0) + count;
}

export function mergeTallies(a: LifeTally, b: LifeTally): LifeTally {
  const violations = [...a.violations, ...b.violations].toSorted((first, second) => first.seed - second.seed);
  const causes = new Set([...Object.keys(a.setbacks), ...Object.keys(b.setbacks)]);
  return {
    lives: a.lives + b.lives,
    livesByVersion: mergeCounts(a.livesByVersion, b.livesByVersion),
    simulatedMs: a.simulatedMs + b.simulatedMs,
    faultsInjected: mergeCounts(a.faultsInjected, b.faultsInjected),
    crashPointsCovered: [...new Set([...a.crashPointsCovered, ...b.crashPointsCovered])].toSorted(),
    violationCount: a.violationCount + b.violationCount,
    violations: violations.slice(0, VIOLATIONS_KEPT_MAX),
    endsByState: mergeCounts(a.endsByState, b.endsByState),
    setbacks: Object.fromEntries(
      [...causes].map((cause) => {
        const [first, second] = [a.setbacks[cause], b.setbacks[cause]];
        const healedAfterMs = mergeCounts(first?.healedAfterMs ?? {}, second?.healedAfterMs ?? {});
        return [cause, { count: (first?.count ?? 0) + (second?.count ?? 0), healedAfterMs }];
      }),
    ),
  };
}

function mergeCounts(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const sum = { ...a };
  for (const [key, count] of Object.entries(b)) addTo(sum, key, count);
  return sum;
}

export type TalliedReport = {
  readonly livesByVersion: Readonly<Record<string, number>>;
  readonly simulatedMs: number;
  readonly faultsInjected: Readonly<Record<string, number>>;
  readonly crashPoints: { readonly covered: number; readonly total: number; readonly missed: readonly CrashPoint[] };
  readonly violations: LifeTally['violations'];
  readonly endsByState: Readonly<Record<string, number>>;
  readonly refusalsByCause: Readonly<
    Record<string, { readonly count: number; readonly healedMedianMs: number | null }>
  >;
};

/** The same whatever the parts were and in which order they were added. */
export function reportTally(tally: LifeTally): TalliedReport {
  const covered = new Set(tally.crashPointsCovered);
  return {
    livesByVersion: sorted(tally.livesByVersion),
    simulatedMs: tally.simulatedMs,
    faultsInjected: sorted(tally.faultsInjected),
    crashPoints: {
      covered: covered.size,
      total: CRASH_POINTS.length,
      missed: CRASH_POINTS.filter((point) => !covered.has(point)),
    },
    violations: tally.violations,
    endsByState: sorted(tally.endsByState),
    refusalsByCause: Object.fromEntries(
      Object.entries(sorted(tally.setbacks)).map(([cause, { count, healedAfterMs }]) => [
        cause,
        { count, healedMedianMs: medianOf(healedAfterMs) },
      ]),
    ),
  };
}

function sorted<Value>(record: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function medianOf(countByMs: Readonly<Record<string, number>>): number | null {
  const ordered = Object.entries(countByMs)
    .map(([ms, count]) => ({ ms: Number(ms), count }))
    .toSorted((a, b) => a.ms - b.ms);
  const place = Math.floor(ordered.reduce((sum, { count }) => sum + count, 0) / 2);
  let seen = 0;
  for (const { ms, count } of ordered) {
    seen += count;
    if (seen > place) return ms;
  }
  return null;
}
