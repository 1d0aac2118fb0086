import type { FaultDice } from '../fault-dice.ts';
import type { FaultKind } from '../fault-kinds.ts';

/** When a condition holds: from, and up to without, in Unix milliseconds. */
export type ConditionWindow = { readonly fromMs: number; readonly untilMs: number };

/** The state a venue is in besides its ledger. */
export type VenueConditions = {
  isOn(kind: FaultKind, atMs: number): boolean;
  window(kind: FaultKind): ConditionWindow | undefined;
  /** How late orders and trades show in look-ups. */
  readonly lookUpLagMs: number;
  readonly feeRounding: 'floor' | 'round';
  readonly feePer: 'level' | 'order';
};

export type ConditionDice = Pick<FaultDice, 'roll' | 'between' | 'find'>;

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

/** Conditions that hold for the whole life. */
const WHOLE: readonly FaultKind[] = ['wrong-token', 'buy-fee-in-shares', 'look-up-behind'];

/** Draws what will be wrong with the venue between the opening and the market's end. */
export function drawConditions(
  dice: ConditionDice,
  life: { readonly startsAtMs: number; readonly endsAtMs: number; readonly draw: (endExclusive: number) => number },
): VenueConditions {
  const windows = new Map<FaultKind, ConditionWindow>();
  for (const kind of TIMED) {
    if (dice.roll(kind)) windows.set(kind, drawWindow(dice, kind, life));
  }
  for (const kind of WHOLE) {
    if (dice.roll(kind)) windows.set(kind, { fromMs: 0, untilMs: FOR_EVER_MS });
  }
  return {
    isOn: (kind, atMs) => {
      const window = windows.get(kind);
      return window !== undefined && atMs >= window.fromMs && atMs < window.untilMs;
    },
    window: (kind) => windows.get(kind),
    lookUpLagMs: windows.has('look-up-behind') ? dice.between('look-up-behind', 500, 15_000) : 0,
    feeRounding: life.draw(2) === 0 ? 'floor' : 'round',
    feePer: life.draw(2) === 0 ? 'level' : 'order',
  };
}

function drawWindow(
  dice: ConditionDice,
  kind: TimedCondition,
  life: { readonly startsAtMs: number; readonly endsAtMs: number },
): ConditionWindow {
  const fault = dice.find(kind);
  // A market that ends early does so while its exit is under way.
  const earliestMs = kind === 'market-over' ? life.endsAtMs - 100_000 : life.startsAtMs;
  const drawnMs = dice.between(kind, earliestMs, life.endsAtMs - 1);
  const fromMs = fault?.fromMs === undefined ? drawnMs : life.endsAtMs + fault.fromMs;
  if (fault?.untilMs !== undefined) return { fromMs, untilMs: life.endsAtMs + fault.untilMs };
  const duration = DURATIONS_S[kind];
  const untilMs = duration === null ? FOR_EVER_MS : fromMs + 1_000 * dice.between(kind, duration[0], duration[1]);
  return { fromMs, untilMs };
}
