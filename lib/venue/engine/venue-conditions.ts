import type { FaultDice, Spell } from '../faults/fault-dice.ts';
import type { FaultKind } from '../faults/fault-kinds.ts';

/** When a condition holds: from, and up to without, in Unix milliseconds. */
export type ConditionWindow = { readonly fromMs: number; readonly untilMs: number };

/** The state a venue is in besides its ledger. */
export type VenueConditions = {
  isOn(kind: FaultKind, atMs: number): boolean;
  /** The one that began last by then; before the first, the first. */
  window(kind: FaultKind, atMs: number): ConditionWindow | undefined;
  /** How late orders and trades show in look-ups. */
  readonly lookUpLagMs: number;
  readonly feeRounding: 'floor' | 'round';
  readonly feePer: 'level' | 'order';
};

export type ConditionDice = Pick<FaultDice, 'rollLife' | 'between'>;

const FOR_EVER_MS = Number.MAX_SAFE_INTEGER;

/** How long each condition lasts, from and to, in seconds; `null`: from its start on. */
const DURATIONS_S = {
  'no-bids': [10, 120],
  'tick-change': null,
  'engine-restart': [90, 90],
  'trading-disabled': [5, 60],
  'cancel-only': [5, 60],
  'market-over': null,
  'market-not-ready': [5, 30],
  'stale-cache': [10, 200],
  'own-resting-order': null,
  'stuck-matched-counter': [10, 300],
  'missing-approval': [5, 300],
  'wrong-wallet': [5, 300],
  'already-sold': null,
} as const satisfies Partial<Record<FaultKind, readonly [number, number] | null>>;
type TimedCondition = keyof typeof DURATIONS_S;

const TIMED: readonly TimedCondition[] = [
  'no-bids',
  'tick-change',
  'engine-restart',
  'trading-disabled',
  'cancel-only',
  'market-over',
  'market-not-ready',
  'stale-cache',
  'own-resting-order',
  'stuck-matched-counter',
  'missing-approval',
  'wrong-wallet',
  'already-sold',
];

/** Conditions that hold for the whole life, unless the plan has times for them. */
const WHOLE: readonly FaultKind[] = ['wrong-token', 'buy-fee-in-shares', 'short-shares', 'look-up-behind'];

/** Draws what will be wrong with the venue between the opening and the market's end. */
export function drawConditions(
  dice: ConditionDice,
  life: { readonly startsAtMs: number; readonly endsAtMs: number },
): VenueConditions {
  const windows = new Map<FaultKind, readonly ConditionWindow[]>();
  const keep = (kind: FaultKind, drawn: readonly ConditionWindow[]): void => {
    if (drawn.length > 0)
      windows.set(
        kind,
        drawn.toSorted((a, b) => a.fromMs - b.fromMs),
      );
  };
  for (const kind of TIMED) {
    keep(
      kind,
      dice.rollLife(kind).map((spell) => drawWindow(dice, kind, spell, life)),
    );
  }
  for (const kind of WHOLE) {
    keep(
      kind,
      dice.rollLife(kind).map((spell) => wholeWindow(spell, life.endsAtMs)),
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
    feeRounding: dice.rollLife('fee-rounded-down').length > 0 ? 'floor' : 'round',
    feePer: dice.rollLife('fee-per-order').length > 0 ? 'order' : 'level',
  };
}

function wholeWindow({ fromMs, untilMs }: Spell, endsAtMs: number): ConditionWindow {
  return {
    fromMs: fromMs === undefined ? 0 : endsAtMs + fromMs,
    untilMs: untilMs === undefined ? FOR_EVER_MS : endsAtMs + untilMs,
  };
}

function drawWindow(
  dice: ConditionDice,
  kind: TimedCondition,
  spell: Spell,
  life: { readonly startsAtMs: number; readonly endsAtMs: number },
): ConditionWindow {
  // A market that ends early does so while its exit is under way.
  const earliestMs = kind === 'market-over' ? life.endsAtMs - 100_000 : life.startsAtMs;
  const latestMs = life.endsAtMs - 1 + Math.min(spell.untilMs ?? 0, 0);
  const drawnMs = dice.between(kind, Math.min(earliestMs, latestMs), latestMs);
  const fromMs = spell.fromMs === undefined ? drawnMs : life.endsAtMs + spell.fromMs;
  if (spell.untilMs !== undefined) return { fromMs, untilMs: life.endsAtMs + spell.untilMs };
  const duration = DURATIONS_S[kind];
  const untilMs = duration === null ? FOR_EVER_MS : fromMs + 1_000 * dice.between(kind, duration[0], duration[1]);
  return { fromMs, untilMs };
}
