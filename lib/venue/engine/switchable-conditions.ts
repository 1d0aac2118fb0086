import { InvalidInputError } from '#lib/errors/errors.ts';
import { VENUE_FAULT_KINDS, VENUE_FAULTS, type VenueDice, type VenueFaultKind } from '../faults/venue-faults.ts';
import { createRandom } from '../random.ts';
import type { ConditionWindow, VenueConditions } from './venue-conditions.ts';

/** A running venue has fee rounding among its settings, and its chain delivers what was bought. */
const SIMULATED_ONLY = ['fee-rounded-down', 'fee-per-order', 'short-shares'] as const;

export type SwitchableFaultKind = Exclude<VenueFaultKind, (typeof SIMULATED_ONLY)[number]>;
export const SWITCHABLE_FAULT_KINDS: readonly SwitchableFaultKind[] = VENUE_FAULT_KINDS.filter(isSwitchable);

function isSwitchable(kind: VenueFaultKind): kind is SwitchableFaultKind {
  return SIMULATED_ONLY.every((each) => each !== kind);
}

export type VenueCondition = {
  readonly kind: SwitchableFaultKind;
  /** Unix milliseconds: from then on (now unless given), and up to without (for ever unless given). */
  readonly fromMs?: number;
  readonly untilMs?: number;
  /** Share of the opportunities, 0 to 1, and 1 unless given; of a lasting state the chance that it is on. */
  readonly probability?: number;
  readonly count?: number;
  readonly market?: string;
  /** Replaces the number that the kind draws: milliseconds, a percentage, or 0 and 1 for "not placed" and "placed". */
  readonly value?: number;
};

type ActiveCondition = VenueCondition & ConditionWindow & { readonly isOn: boolean; countLeft: number };

export type SwitchedFaults = { readonly conditions: VenueConditions; readonly dice: VenueDice };

export type SwitchableConditions = {
  /** @throws InvalidInputError */
  set(condition: VenueCondition): void;
  clear(): void;
  list(): readonly VenueCondition[];
  of(market: string | null): SwitchedFaults;
};

export type SwitchableConditionsDeps = {
  readonly seed: string;
  nowMs(): number;
  fees(market: string | null): Pick<VenueConditions, 'feeRounding' | 'feePer'>;
};

const FOR_EVER_MS = Number.MAX_SAFE_INTEGER;
const USUAL_LOOK_UP_LAG_MS = 3_000;

/** Faults that are set and cleared while a venue runs. The simulator draws them instead (`drawConditions`). */
export function createSwitchableConditions(deps: SwitchableConditionsDeps): SwitchableConditions {
  const random = createRandom(`${deps.seed}|conditions`);
  let active: ActiveCondition[] = [];
  const find = (kind: VenueFaultKind, market: string | null, fits: (condition: ActiveCondition) => boolean) =>
    active.findLast((each) => each.kind === kind && (each.market ?? market) === market && fits(each));
  const isWithin = (each: ActiveCondition, atMs: number): boolean =>
    each.isOn && each.countLeft > 0 && atMs >= each.fromMs && atMs < each.untilMs;

  const conditionsOf = (market: string | null): VenueConditions => ({
    isOn: (kind, atMs) => find(kind, market, (each) => isWithin(each, atMs)) !== undefined,
    window: (kind) => find(kind, market, (each) => each.isOn),
    get lookUpLagMs() {
      const behind = find('look-up-behind', market, (each) => isWithin(each, deps.nowMs()));
      return behind === undefined ? 0 : (behind.value ?? USUAL_LOOK_UP_LAG_MS);
    },
    get feeRounding() {
      return deps.fees(market).feeRounding;
    },
    get feePer() {
      return deps.fees(market).feePer;
    },
  });
  const diceOf = (market: string | null): SwitchedFaults['dice'] => ({
    roll: (kind) => {
      const hit = find(kind, market, (each) => isWithin(each, deps.nowMs()));
      if (hit === undefined || random.nextFloat() >= (hit.probability ?? 1)) return false;
      hit.countLeft -= 1;
      return true;
    },
    // The roll that this draw belongs to may have used up the condition's count.
    between: (kind, fromInclusive, toInclusive) =>
      find(kind, market, (each) => each.isOn)?.value ?? fromInclusive + random.nextInt(toInclusive - fromInclusive + 1),
  });

  return {
    set: (condition) => {
      checkCondition(condition);
      const { fromMs = deps.nowMs(), untilMs = FOR_EVER_MS, count = Number.POSITIVE_INFINITY } = condition;
      const isState = VENUE_FAULTS[condition.kind].duration !== null;
      const isOn = !isState || random.nextFloat() < (condition.probability ?? 1);
      active = [...active, { ...condition, fromMs, untilMs, isOn, countLeft: count }];
    },
    clear: () => {
      active = [];
    },
    list: () => active.filter((each) => each.countLeft > 0).map(({ isOn, countLeft, ...condition }) => condition),
    of: (market) => ({ conditions: conditionsOf(market), dice: diceOf(market) }),
  };
}

function checkCondition({ kind, fromMs, untilMs, probability, count }: VenueCondition): void {
  if (!SWITCHABLE_FAULT_KINDS.includes(kind)) {
    throw new InvalidInputError(`No such condition of the venue; known: ${SWITCHABLE_FAULT_KINDS.join(', ')}`);
  }
  if (fromMs !== undefined && untilMs !== undefined && untilMs < fromMs) {
    throw new InvalidInputError('The condition ends (untilMs) before it begins (fromMs)');
  }
  if (probability !== undefined && !(probability >= 0 && probability <= 1)) {
    throw new InvalidInputError('probability has to lie between 0 and 1');
  }
  if (count === undefined) return;
  if (!Number.isSafeInteger(count) || count < 0) throw new InvalidInputError('count has to be a whole number');
  if (VENUE_FAULTS[kind].duration !== null) {
    throw new InvalidInputError(`${kind} is a state that lasts: give untilMs instead of count`);
  }
}
