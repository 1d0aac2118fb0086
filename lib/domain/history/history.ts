import { findWindowName } from '#lib/domain/market/up-down-markets.ts';
import { latenessMsOf } from '#lib/domain/position/exit-lateness.ts';
import {
  type ClosedPosition,
  type ExitReason,
  MODES,
  type Mode,
  type OpenPosition,
  type PositionState,
} from '#lib/domain/position/position.ts';
import {
  type PositionResult,
  type ResultSums,
  resultOf,
  sumResults,
  unclaimedMicrosOf,
} from '#lib/domain/position/position-totals.ts';
import { utcDay } from '#lib/domain/position/risk-limits.ts';
import { REFUSAL_CAUSES, type SetbackCause, WAIT_CODES } from '#lib/domain/refusal/refusal.ts';
import { type Distribution, distributionOf } from './distribution.ts';

/** A position that ended, and how long each run of refused sells lasted until a sell was taken, or until its end. */
export type HistoryEntry = {
  readonly position: ClosedPosition;
  /** Null where the timeline cannot be read: then it is not known. */
  readonly healedMs: readonly number[] | null;
};

/** The realised result of a mode after one more position had ended. */
export type EquityPoint = {
  readonly atMs: number;
  readonly positionId: string;
  readonly resultMicros: bigint;
  readonly equityMicros: bigint;
};

/** `key` is null for markets that are no up/down window, and have no asset. */
export type ResultGroup = ResultSums & { readonly key: string | null };
export type EndGroup = ResultSums & { readonly state: PositionState; readonly exitReason: ExitReason };

/** Of one cause, buys included: how often, and in how many positions. */
export type RefusalCount = { readonly cause: SetbackCause; readonly count: number; readonly positionCount: number };

export type OpenSums = {
  readonly count: number;
  /** What those cost whose cost is known. */
  readonly costMicros: bigint;
  readonly costUnknownCount: number;
  /** Positions whose market has paid, and whose cash is not in the wallet yet. */
  readonly unclaimedCount: number;
  readonly unclaimedMicros: bigint;
};

/** What came of the positions of one mode. Amounts are micros, and results are after fees. */
export type ModeHistory = {
  readonly mode: Mode;
  readonly ended: ResultSums;
  /** What the signing key paid to merge and redeem: POL, not dollars. */
  readonly gasWei: bigint;
  /** Oldest first, by the time of the end. Positions without a known result are in none of them. */
  readonly equity: readonly EquityPoint[];
  /** The deepest fall of the equity below an earlier high, or below its beginning. Zero or negative. */
  readonly drawdownMicros: bigint;
  /** By the UTC day of the end, oldest first; days without an end are left out. */
  readonly days: readonly ResultGroup[];
  /** The largest first, as in all groups below. */
  readonly assets: readonly ResultGroup[];
  readonly windows: readonly ResultGroup[];
  readonly ends: readonly EndGroup[];
  /** From the time an exit was due to its first order. */
  readonly lateness: Distribution;
  /** From the first refused sell to the next one that was taken, or to the end of the position. */
  readonly healing: Distribution;
  /** Positions with refusals whose timeline cannot be read. */
  readonly healingUnknownCount: number;
  readonly refusals: readonly RefusalCount[];
  /** Now, and not in the period alone. */
  readonly open: OpenSums;
};

/** The end is exclusive. Paper and live are never added up. Modes without a position are left out. */
export type History = {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly modes: readonly ModeHistory[];
  /** Rows that cannot be read as positions: they are in no sum. */
  readonly corruptIds: readonly string[];
};

type Line = HistoryEntry & PositionResult;

export function summariseHistory(
  entries: readonly HistoryEntry[],
  open: readonly OpenPosition[],
  about: Omit<History, 'modes'>,
): History {
  const lines = entries.map((entry): Line => ({ ...entry, ...resultOf(entry.position) }));
  const modes = MODES.flatMap((mode) => {
    const ended = lines.filter(({ position }) => position.mode === mode);
    const still = open.filter((position) => position.mode === mode);
    return ended.length + still.length === 0 ? [] : [summariseMode(mode, ended, still)];
  });
  return { ...about, modes };
}

function summariseMode(mode: Mode, lines: readonly Line[], open: readonly OpenPosition[]): ModeHistory {
  const equity = equityOf(lines);
  const ends = Map.groupBy(lines, ({ position: { state, exitReason } }) => `${state} ${exitReason}`);
  return {
    mode,
    ended: sumResults(lines),
    gasWei: lines.reduce((sum, { gasWei }) => sum + gasWei, 0n),
    equity,
    drawdownMicros: drawdownOf(equity),
    days: groupsBy(lines, ({ closedAtMs }) => utcDay(closedAtMs)).toSorted((a, b) => compare(a.key, b.key)),
    assets: groupsBy(lines, ({ asset }) => asset),
    windows: groupsBy(lines, ({ marketSlug, marketEndsAtMs }) => findWindowName(marketSlug, marketEndsAtMs) ?? null),
    ends: [...ends.values()]
      .flatMap((group) => {
        const [first] = group;
        if (first === undefined) return [];
        const { state, exitReason } = first.position;
        return [{ state, exitReason, ...sumResults(group) }];
      })
      .toSorted(byCount),
    lateness: distributionOf(lines.map(({ position }) => latenessMsOf(position)).filter((value) => value !== null)),
    healing: distributionOf(lines.flatMap(({ healedMs }) => healedMs ?? [])),
    healingUnknownCount: lines.filter(({ healedMs }) => healedMs === null).length,
    refusals: countRefusals(lines),
    open: sumOpen(open),
  };
}

function groupsBy(lines: readonly Line[], keyOf: (position: ClosedPosition) => string | null): readonly ResultGroup[] {
  const groups = Map.groupBy(lines, ({ position }) => keyOf(position));
  return [...groups].map(([key, group]) => ({ key, ...sumResults(group) })).toSorted(byCount);
}

/** Ids decide between positions that ended in the same millisecond, so that the curve is the same each time. */
function equityOf(lines: readonly Line[]): readonly EquityPoint[] {
  const known = lines.flatMap(({ position: { closedAtMs: atMs, positionId }, resultMicros }) =>
    resultMicros === null ? [] : [{ atMs, positionId, resultMicros }],
  );
  let equityMicros = 0n;
  return known
    .toSorted((a, b) => a.atMs - b.atMs || compare(a.positionId, b.positionId))
    .map((each) => {
      equityMicros += each.resultMicros;
      return { ...each, equityMicros };
    });
}

function drawdownOf(equity: readonly EquityPoint[]): bigint {
  let [highMicros, deepestMicros] = [0n, 0n];
  for (const { equityMicros } of equity) {
    if (equityMicros > highMicros) highMicros = equityMicros;
    if (equityMicros - highMicros < deepestMicros) deepestMicros = equityMicros - highMicros;
  }
  return deepestMicros;
}

function countRefusals(lines: readonly Line[]): readonly RefusalCount[] {
  const counts = new Map<SetbackCause, RefusalCount>();
  for (const { position } of lines) {
    for (const cause of [...REFUSAL_CAUSES, ...WAIT_CODES]) {
      const count = position.refusals[cause] ?? 0;
      if (count === 0) continue;
      const before = counts.get(cause) ?? { cause, count: 0, positionCount: 0 };
      counts.set(cause, { cause, count: before.count + count, positionCount: before.positionCount + 1 });
    }
  }
  return [...counts.values()].toSorted(byCount);
}

function sumOpen(open: readonly OpenPosition[]): OpenSums {
  const costs = open.map((position) => resultOf(position).costMicros);
  const unclaimed = open.map(unclaimedMicrosOf).filter((micros) => micros > 0n);
  return {
    count: open.length,
    costMicros: costs.reduce<bigint>((sum, micros) => sum + (micros ?? 0n), 0n),
    costUnknownCount: costs.filter((micros) => micros === null).length,
    unclaimedCount: unclaimed.length,
    unclaimedMicros: unclaimed.reduce((sum, micros) => sum + micros, 0n),
  };
}

type Counted = { readonly count: number };
const byCount = (a: Counted, b: Counted): number => b.count - a.count;
const compare = (a: string | null, b: string | null): number => ((a ?? '') < (b ?? '') ? -1 : a === b ? 0 : 1);
