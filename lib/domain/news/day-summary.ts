import { distributionOf } from '#lib/domain/history/distribution.ts';
import { latenessMsOf } from '#lib/domain/position/exit-lateness.ts';
import { feeDriftMicros } from '#lib/domain/position/fill-totals.ts';
import {
  CLOSED_STATES,
  type ClosedPosition,
  type ClosedState,
  type ExitReason,
  MODES,
  type Mode,
} from '#lib/domain/position/position.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import type { Halt } from '#lib/domain/position/risk-limits.ts';
import type { SetbackCause } from '#lib/domain/refusal/refusal.ts';

/** How often a cause kept sells from being accepted, and each time until one was accepted. */
export type Setback = { readonly cause: SetbackCause; readonly count: number; readonly healedMs: readonly number[] };

export type DayEntry = { readonly position: ClosedPosition; readonly setbacks: readonly Setback[] };

/** One day of one mode, in JSON types. Amounts are decimal strings of millionths, durations are whole milliseconds. */
export type ModeSummary = {
  readonly mode: Mode;
  readonly positionCount: number;
  readonly ends: readonly { readonly state: ClosedState; readonly count: number }[];
  /** Results, costs and fees are of the positions whose result is known. */
  readonly pnlMicros: string;
  readonly costMicros: string;
  readonly feesMicros: string;
  /** Positions whose result cannot be known: what their shares cost is unknown. */
  readonly unknownCount: number;
  /** True fees minus estimated fees, of the positions whose true fees are known. Null if there are none. */
  readonly feeDriftMicros: string | null;
  readonly exits: readonly { readonly reason: ExitReason; readonly count: number }[];
  /** `healedMedianMs` is the median time until a sell was accepted. Null if none was. */
  readonly setbacks: readonly {
    readonly cause: SetbackCause;
    readonly count: number;
    readonly healedMedianMs: number | null;
  }[];
  /** From due time to first sell. */
  readonly lateness: {
    readonly count: number;
    readonly p50Ms: number | null;
    readonly p99Ms: number | null;
    readonly maxMs: number | null;
  };
};

/** A UTC day, `2026-11-22`. It leaves out canaries, and modes in which no position ended. */
export type DaySummary = {
  readonly stage: string;
  readonly day: string;
  readonly modes: readonly ModeSummary[];
  readonly unreadableCount: number;
  /** Modes whose openings are halted when the summary is made. */
  readonly halts: readonly { readonly mode: Mode; readonly halt: Halt }[];
};

/** Sums up the positions that ended on one UTC day. Exits and setbacks are sorted by frequency. */
export function summariseDay(entries: readonly DayEntry[], about: Omit<DaySummary, 'modes'>): DaySummary {
  return {
    ...about,
    modes: MODES.flatMap((mode) => {
      const ofMode = entries.filter(({ position }) => position.mode === mode);
      return ofMode.length === 0 ? [] : [summariseMode(mode, ofMode)];
    }),
  };
}

function summariseMode(mode: Mode, entries: readonly DayEntry[]): ModeSummary {
  const positions = entries.map(({ position }) => position);
  const views = positions.map(describePosition);
  const known = views.flatMap(({ pnlMicros, costMicros, feesMicros }) =>
    pnlMicros === null || costMicros === null ? [] : [{ pnlMicros, costMicros, feesMicros }],
  );
  const drifts = positions.map(feeDriftMicros).filter((drift) => drift !== null);
  const lateness = distributionOf(positions.map(latenessMsOf).filter((value) => value !== null));
  return {
    mode,
    positionCount: positions.length,
    ends: CLOSED_STATES.flatMap((state) => {
      const count = positions.filter((position) => position.state === state).length;
      return count === 0 ? [] : [{ state, count }];
    }),
    pnlMicros: sum(known.map(({ pnlMicros }) => BigInt(pnlMicros))).toString(),
    costMicros: sum(known.map(({ costMicros }) => BigInt(costMicros))).toString(),
    feesMicros: sum(known.map(({ feesMicros }) => BigInt(feesMicros))).toString(),
    unknownCount: views.length - known.length,
    feeDriftMicros: drifts.length === 0 ? null : sum(drifts).toString(),
    exits: [...Map.groupBy(positions, ({ exitReason }) => exitReason)]
      .map(([reason, { length: count }]) => ({ reason, count }))
      .sort(byCount),
    setbacks: [
      ...Map.groupBy(
        entries.flatMap(({ setbacks }) => setbacks),
        ({ cause }) => cause,
      ),
    ]
      .map(([cause, setbacks]) => ({
        cause,
        count: setbacks.reduce((total, { count }) => total + count, 0),
        healedMedianMs: distributionOf(setbacks.flatMap(({ healedMs }) => healedMs)).medianMs,
      }))
      .sort(byCount),
    lateness: { count: lateness.count, p50Ms: lateness.medianMs, p99Ms: lateness.p99Ms, maxMs: lateness.maxMs },
  };
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

const byCount = (a: { readonly count: number }, b: { readonly count: number }): number => b.count - a.count;
