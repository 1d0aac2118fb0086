import { feeDriftMicros } from '#lib/domain/position/fill-totals.ts';
import {
  CLOSED_STATES,
  type ClosedPosition,
  type ClosedState,
  type ExitReason,
  MODES,
  type Mode,
} from '#lib/domain/position/position.ts';
import { describePosition, realisedPnlMicros } from '#lib/domain/position/position-view.ts';
import type { SetbackCause } from '#lib/domain/refusal/refusal.ts';
import { addToSketch, EMPTY_SKETCH, type QuantileSketch, quantileOf } from './quantile-sketch.ts';

/** Why sells were not taken, and how long it took each time until one was; null when none was in the end. */
export type Setback = { readonly cause: SetbackCause; readonly count: number; readonly healedMs: readonly number[] };

/** One position that ended, as a day counts it. */
export type DayEntry = { readonly position: ClosedPosition; readonly setbacks: readonly Setback[] };

/** One mode's day, in JSON's own types; amounts are decimal strings of millionths, durations whole milliseconds. */
export type ModeSummary = {
  readonly mode: Mode;
  readonly positionCount: number;
  readonly ends: readonly { readonly state: ClosedState; readonly count: number }[];
  readonly pnlMicros: string;
  readonly costMicros: string;
  readonly feesMicros: string;
  /** True fees minus the estimate, over the positions of which the true fee is known; null when it is of none. */
  readonly feeDriftMicros: string | null;
  readonly exits: readonly { readonly reason: ExitReason; readonly count: number }[];
  /** Half of the setbacks of a cause were over after `healedMedianMs`; null when none was. */
  readonly setbacks: readonly {
    readonly cause: SetbackCause;
    readonly count: number;
    readonly healedMedianMs: number | null;
  }[];
  /** From the exit's due time to the first sell. */
  readonly lateness: {
    readonly count: number;
    readonly p50Ms: number | null;
    readonly p99Ms: number | null;
    readonly maxMs: number | null;
  };
};

/** A UTC day, `2026-11-22`. Canaries are not in it. A mode in which nothing ended is not either. */
export type DaySummary = {
  readonly stage: string;
  readonly day: string;
  readonly modes: readonly ModeSummary[];
  /** Positions that ended that day and whose rows cannot be read. */
  readonly unreadableCount: number;
};

type ModeTally = {
  readonly ends: ReadonlyMap<ClosedState, number>;
  readonly exits: ReadonlyMap<ExitReason, number>;
  readonly setbacks: ReadonlyMap<SetbackCause, { readonly count: number; readonly healed: QuantileSketch }>;
  readonly pnlMicros: bigint;
  readonly costMicros: bigint;
  readonly feesMicros: bigint;
  readonly feeDriftMicros: bigint | null;
  readonly lateness: QuantileSketch;
};

/** What has been added up so far. Grows with the number of states, reasons and causes, not with that of positions. */
export type DayTally = ReadonlyMap<Mode, ModeTally>;

export const EMPTY_DAY: DayTally = new Map();

const EMPTY_MODE: ModeTally = {
  ends: new Map(),
  exits: new Map(),
  setbacks: new Map(),
  pnlMicros: 0n,
  costMicros: 0n,
  feesMicros: 0n,
  feeDriftMicros: null,
  lateness: EMPTY_SKETCH,
};

export function addToDay(day: DayTally, { position, setbacks }: DayEntry): DayTally {
  const tally = day.get(position.mode) ?? EMPTY_MODE;
  const view = describePosition(position);
  const drift = feeDriftMicros(position);
  const added: ModeTally = {
    ends: withOneMore(tally.ends, position.state),
    exits: withOneMore(tally.exits, position.exitReason),
    setbacks: setbacks.reduce(addSetback, tally.setbacks),
    pnlMicros: tally.pnlMicros + realisedPnlMicros(position),
    costMicros: tally.costMicros + BigInt(view.costMicros),
    feesMicros: tally.feesMicros + BigInt(view.feesMicros),
    feeDriftMicros: drift === null ? tally.feeDriftMicros : (tally.feeDriftMicros ?? 0n) + drift,
    lateness:
      position.firstExitAttemptAtMs === null
        ? tally.lateness
        : addToSketch(tally.lateness, position.firstExitAttemptAtMs - position.exitDueAtMs),
  };
  return new Map([...day, [position.mode, added]]);
}

function withOneMore<Key>(counts: ReadonlyMap<Key, number>, key: Key): ReadonlyMap<Key, number> {
  return new Map([...counts, [key, (counts.get(key) ?? 0) + 1]]);
}

function addSetback(setbacks: ModeTally['setbacks'], { cause, count, healedMs }: Setback): ModeTally['setbacks'] {
  const known = setbacks.get(cause) ?? { count: 0, healed: EMPTY_SKETCH };
  const added = { count: known.count + count, healed: healedMs.reduce(addToSketch, known.healed) };
  return new Map([...setbacks, [cause, added]]);
}

/** The figures of the day, the most frequent of each kind first. */
export function summariseDay(
  day: DayTally,
  about: { readonly stage: string; readonly day: string; readonly unreadableCount: number },
): DaySummary {
  return {
    ...about,
    modes: MODES.flatMap((mode) => {
      const tally = day.get(mode);
      return tally === undefined ? [] : [summariseMode(mode, tally)];
    }),
  };
}

function summariseMode(mode: Mode, tally: ModeTally): ModeSummary {
  const { lateness } = tally;
  return {
    mode,
    positionCount: [...tally.ends.values()].reduce((sum, count) => sum + count, 0),
    ends: CLOSED_STATES.flatMap((state) => {
      const count = tally.ends.get(state);
      return count === undefined ? [] : [{ state, count }];
    }),
    pnlMicros: tally.pnlMicros.toString(),
    costMicros: tally.costMicros.toString(),
    feesMicros: tally.feesMicros.toString(),
    feeDriftMicros: tally.feeDriftMicros?.toString() ?? null,
    exits: [...tally.exits].map(([reason, count]) => ({ reason, count })).sort(byCount),
    setbacks: [...tally.setbacks]
      .map(([cause, { count, healed }]) => ({ cause, count, healedMedianMs: quantileOf(healed, 0.5) }))
      .sort(byCount),
    lateness: {
      count: lateness.count,
      p50Ms: quantileOf(lateness, 0.5),
      p99Ms: quantileOf(lateness, 0.99),
      maxMs: lateness.count === 0 ? null : lateness.max,
    },
  };
}

const byCount = (a: { readonly count: number }, b: { readonly count: number }): number => b.count - a.count;
