import { InvalidInputError } from '#lib/errors/errors.ts';
import type { FaultDice } from '../faults/fault-dice.ts';
import { FAULT_KINDS, type FaultKind } from '../faults/fault-kinds.ts';
import { createRandom } from '../random.ts';
import type { ConditionWindow, VenueConditions } from './venue-conditions.ts';

/** Kinds of `FAULT_KINDS` that concern the venue and what it tells in public. */
export const VENUE_FAULT_KINDS = [
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
  'wrong-token',
  'buy-fee-in-shares',
  'look-up-behind',
  'unsettled',
  'retrying',
  'ghost-fill',
  'filled-late',
  'partial-fill',
  'wrong-price',
  'reply-lost-before',
  'reply-lost-after',
  'late-arrival',
  'rate-limited',
  'internal-error',
  'context-canceled',
  'html-answer',
  'slow-answer',
  'unknown-refusal',
  'account-blocked',
  'look-up-down',
  'market-data-down',
  'market-data-slow',
  'book-missing',
  'reference-price-down',
] as const satisfies readonly FaultKind[];
export type VenueFaultKind = (typeof VENUE_FAULT_KINDS)[number];

/** Something that is wrong with the venue from now on. */
export type VenueCondition = {
  readonly kind: VenueFaultKind;
  /** Unix milliseconds: from then on (now unless given), and up to without (for ever unless given). */
  readonly fromMs?: number;
  readonly untilMs?: number;
  /** Share of the opportunities that go wrong, 0 to 1; all of them unless given. For a lasting state: is it on at all? */
  readonly probability?: number;
  /** At most so many opportunities; not for lasting states. */
  readonly count?: number;
  /** Slug of the only market concerned. */
  readonly market?: string;
  /** Instead of what the kind would draw: milliseconds, a percentage, or 0 and 1 for "not placed" and "placed". */
  readonly value?: number;
};

type ActiveCondition = VenueCondition & ConditionWindow & { readonly isOn: boolean; countLeft: number };

/** What an engine is given: the conditions of its market, and dice that fall as they say. */
export type SwitchedFaults = {
  readonly conditions: VenueConditions;
  readonly dice: Pick<FaultDice, 'roll' | 'between'>;
};

export type SwitchableConditions = {
  /** @throws InvalidInputError */
  set(condition: VenueCondition): void;
  clear(): void;
  list(): readonly VenueCondition[];
  /** For one market, or (null) for requests that belong to none. */
  of(market: string | null): SwitchedFaults;
};

export type SwitchableConditionsDeps = {
  readonly seed: string;
  nowMs(): number;
  /** How the venue rounds the fees of a market (or, null, of none) at the moment. */
  fees(market: string | null): Pick<VenueConditions, 'feeRounding' | 'feePer'>;
};

const FOR_EVER_MS = Number.MAX_SAFE_INTEGER;
const USUAL_LOOK_UP_LAG_MS = 3_000;

/**
 * The venue's faults as switches: nothing is wrong until somebody says so, and it can be said while the venue runs. The
 * simulator draws its conditions beforehand instead (`drawConditions`).
 */
export function createSwitchableConditions(deps: SwitchableConditionsDeps): SwitchableConditions {
  const random = createRandom(`${deps.seed}|conditions`);
  let active: ActiveCondition[] = [];
  const find = (kind: FaultKind, market: string | null, fits: (condition: ActiveCondition) => boolean) =>
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
    // The condition may have been used up by the very roll this draw belongs to.
    between: (kind, fromInclusive, toInclusive) =>
      find(kind, market, (each) => each.isOn)?.value ?? fromInclusive + random.nextInt(toInclusive - fromInclusive + 1),
  });

  return {
    set: (condition) => {
      checkCondition(condition);
      const { fromMs = deps.nowMs(), untilMs = FOR_EVER_MS, count = Number.POSITIVE_INFINITY } = condition;
      const isState = FAULT_KINDS[condition.kind].per === 'life';
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
  if (!VENUE_FAULT_KINDS.includes(kind)) {
    throw new InvalidInputError(`No such condition of the venue; known: ${VENUE_FAULT_KINDS.join(', ')}`);
  }
  if (fromMs !== undefined && untilMs !== undefined && untilMs < fromMs) {
    throw new InvalidInputError('The condition ends (untilMs) before it begins (fromMs)');
  }
  if (probability !== undefined && !(probability >= 0 && probability <= 1)) {
    throw new InvalidInputError('probability has to lie between 0 and 1');
  }
  if (count === undefined) return;
  if (!Number.isSafeInteger(count) || count < 0) throw new InvalidInputError('count has to be a whole number');
  if (FAULT_KINDS[kind].per === 'life') {
    throw new InvalidInputError(`${kind} is a state that lasts: give untilMs instead of count`);
  }
}
