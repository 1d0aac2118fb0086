import type { ConditionDice, ConditionPeriod, FaultDuration } from '../faults/fault-facts.ts';
import { VENUE_FAULT_KINDS, VENUE_FAULTS, type VenueFaultKind } from '../faults/venue-faults.ts';

/** When a condition holds: from, and up to without, in Unix milliseconds. */
export type ConditionWindow = { readonly fromMs: number; readonly untilMs: number };

export type VenueConditions = {
  isOn(kind: VenueFaultKind, atMs: number): boolean;
  /** The window that began last by then; before the first, the first. */
  window(kind: VenueFaultKind, atMs: number): ConditionWindow | undefined;
  readonly lookUpLagMs: number;
  readonly feeRounding: 'floor' | 'round';
  readonly feePer: 'level' | 'order';
};

const FOR_EVER_MS = Number.MAX_SAFE_INTEGER;
const MARKET_OVER_EARLY_MS_MAX = 100_000;

type Life = { readonly startsAtMs: number; readonly endsAtMs: number };

/** Draws the venue's conditions between the opening and the market's end. */
export function drawConditions(dice: ConditionDice<VenueFaultKind>, life: Life): VenueConditions {
  const windows = new Map<VenueFaultKind, readonly ConditionWindow[]>();
  for (const kind of VENUE_FAULT_KINDS) {
    const { duration } = VENUE_FAULTS[kind];
    if (duration === null) continue;
    const drawn = dice.rollLife(kind).map((period) => drawWindow(dice, kind, duration, period, life));
    if (drawn.length === 0) continue;
    windows.set(
      kind,
      drawn.toSorted((a, b) => a.fromMs - b.fromMs),
    );
  }
  return {
    isOn: (kind, atMs) => {
      const known = windows.get(kind);
      if (known === undefined) return false;
      for (const { fromMs, untilMs } of known) if (atMs >= fromMs && atMs < untilMs) return true;
      return false;
    },
    window: (kind, atMs) => {
      const known = windows.get(kind);
      return known?.findLast(({ fromMs }) => fromMs <= atMs) ?? known?.[0];
    },
    lookUpLagMs: windows.has('look-up-behind') ? dice.between('look-up-behind', 500, 15_000) : 0,
    feeRounding: windows.has('fee-rounded-down') ? 'floor' : 'round',
    feePer: windows.has('fee-per-order') ? 'order' : 'level',
  };
}

function drawWindow(
  dice: ConditionDice<VenueFaultKind>,
  kind: VenueFaultKind,
  duration: Exclude<FaultDuration, 'moment'>,
  period: ConditionPeriod,
  { startsAtMs, endsAtMs }: Life,
): ConditionWindow {
  if (duration === 'life') {
    return {
      fromMs: period.fromMs === undefined ? 0 : endsAtMs + period.fromMs,
      untilMs: period.untilMs === undefined ? FOR_EVER_MS : endsAtMs + period.untilMs,
    };
  }
  // A market that stops early does so while its exit is under way.
  const earliestMs = kind === 'market-over' ? endsAtMs - MARKET_OVER_EARLY_MS_MAX : startsAtMs;
  const latestMs = endsAtMs - 1 + Math.min(period.untilMs ?? 0, 0);
  const drawnMs = dice.between(kind, Math.min(earliestMs, latestMs), latestMs);
  const fromMs = period.fromMs === undefined ? drawnMs : endsAtMs + period.fromMs;
  if (period.untilMs !== undefined) return { fromMs, untilMs: endsAtMs + period.untilMs };
  const untilMs = duration === 'to-end' ? FOR_EVER_MS : fromMs + 1_000 * dice.between(kind, duration[0], duration[1]);
  return { fromMs, untilMs };
}
