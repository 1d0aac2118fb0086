import type { ConditionDice, ConditionPeriod } from '#lib/venue/faults/fault-facts.ts';
import { floatAt, to32Bits } from '#lib/venue/random.ts';
import type { CrashPoint } from './crash-points.ts';
import { FAULT_KINDS, type FaultKind } from './fault-kinds.ts';
import type { Fault, FaultPlan } from './fault-plan.ts';

/** Each kind has a random sequence of its own: without one kind in the plan the others stay the same, for shrinking. */
export type LifeDice = ConditionDice<FaultKind> & {
  /** True when this opportunity goes wrong. `site`: the crash point, for the kinds that have one. */
  roll(kind: FaultKind, site?: CrashPoint): boolean;
  readonly counts: ReadonlyMap<FaultKind, number>;
  /** The numbers of the opportunities that went wrong, for each fault of the plan in the plan's order. */
  hits(): readonly (readonly number[])[];
};

/** Does one of the periods hold? A time that is left open is no limit. */
export function isAnyOn(periods: readonly ConditionPeriod[], sinceEndMs: number): boolean {
  return periods.some(
    ({ fromMs = Number.NEGATIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY }) =>
      sinceEndMs >= fromMs && sinceEndMs < untilMs,
  );
}

export type FaultDiceOptions = {
  /** A whole number from 0 to 2^53 − 1. */
  readonly seed: number;
  readonly plan: FaultPlan;
  /** Virtual time counted from the market's end. */
  readonly sinceEndMs: () => number;
  readonly onFault: (kind: FaultKind, detail: string | undefined) => void;
};

/** One fault of a plan, with its defaults filled in. */
type Rule = {
  /** Its place in the plan. */
  readonly index: number;
  readonly fault: Fault;
  readonly stream: number;
  readonly probability: number;
  readonly isPerLife: boolean;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly countMax: number;
  readonly numbers: ReadonlySet<number> | undefined;
  readonly period: ConditionPeriod;
};

type Rules = { readonly all: readonly Rule[]; readonly byKind: ReadonlyMap<FaultKind, readonly Rule[]> };

/** Kept per plan, because thousands of lives are played under one. */
const RULES = new WeakMap<FaultPlan, Rules>();

function rulesOf(plan: FaultPlan): Rules {
  const known = RULES.get(plan);
  if (known !== undefined) return known;
  const all = plan.faults.map((fault, index) => toRule(fault, index, plan));
  const rules = { all, byKind: Map.groupBy(all, ({ fault }) => fault.kind) };
  RULES.set(plan, rules);
  return rules;
}

/**
 * Settlement begins when the calm does. What belongs to it alone, and deaths at its crash points, may go wrong this
 * much longer.
 */
export const SETTLEMENT_CALM_MS = 300_000;

const isOfSettlement = (site: CrashPoint | undefined): boolean => site?.startsWith('settlement.') === true;

function toRule(fault: Fault, index: number, { calmAfterEndMs: calmMs }: FaultPlan): Rule {
  const isScheduled = fault.at !== undefined;
  const { stream, probability, duration, scope } = FAULT_KINDS[fault.kind];
  const endsMs = scope === 'settlement' ? calmMs + SETTLEMENT_CALM_MS : calmMs;
  return {
    index,
    fault,
    stream,
    probability: isScheduled ? 0 : (fault.probability ?? probability),
    isPerLife: duration !== null,
    fromMs: fault.fromMs ?? Number.NEGATIVE_INFINITY,
    untilMs: Math.min(fault.untilMs ?? Number.POSITIVE_INFINITY, endsMs),
    countMax: fault.countMax ?? Number.POSITIVE_INFINITY,
    numbers: fault.at === undefined ? undefined : new Set(fault.at),
    period: {
      fromMs: fault.fromMs,
      untilMs: fault.untilMs === undefined ? undefined : Math.min(fault.untilMs, calmMs),
      calmMs,
    },
  };
}

/** Most bugs show at the ends of a range: a fifth of all draws lie beyond them and are clamped, a tenth at each end. */
const EXTREMES = 1.25;
const NO_HITS: readonly number[] = [];
const NO_PERIODS: readonly ConditionPeriod[] = [];
/** Not a whole number, so that the arrays of a life hold floats from the start. */
const NOT_DRAWN = -0.5;

/** How many opportunities pass until the next hit, itself included. */
function drawGap(probability: number, draw: () => number): number {
  if (probability >= 1) return 1;
  if (probability <= 0) return Number.POSITIVE_INFINITY;
  return 1 + Math.floor(Math.log(1 - draw()) / Math.log(1 - probability));
}

export function createFaultDice({ plan, sinceEndMs, onFault, ...options }: FaultDiceOptions): LifeDice {
  const seed = to32Bits(options.seed);
  const { all, byKind } = rulesOf(plan);
  // Plain arrays: typed arrays of this size live outside the heap and are slow to allocate for every life.
  const seenCounts = all.map(() => 0);
  const gapDrawCounts = all.map(() => 0);
  // The next opportunity to go wrong is drawn in advance, so that those that go well cost nothing.
  const nextHitsAt = all.map(() => NOT_DRAWN);
  const log = createHitLog(all, onFault);
  const howDrawCounts = new Map<FaultKind, number>();
  // Whether and how are separate sequences, so that a hit planned by its number goes the same way as a drawn one.
  const gapOf = ({ index, probability, stream }: Rule): number =>
    drawGap(probability, () => {
      const place = (gapDrawCounts[index] ?? 0) + 1;
      gapDrawCounts[index] = place;
      return floatAt(seed, 2 * stream, place);
    });
  const drawHow = (kind: FaultKind): number => {
    const place = (howDrawCounts.get(kind) ?? 0) + 1;
    howDrawCounts.set(kind, place);
    return floatAt(seed, 2 * FAULT_KINDS[kind].stream + 1, place);
  };
  /** The number of this opportunity when it goes wrong, or 0. */
  const hitOf = (rule: Rule, site: CrashPoint | undefined): number => {
    const { fault, index } = rule;
    if (log.countOf(rule) >= rule.countMax) return 0;
    if (site !== undefined && fault.sites !== undefined && !fault.sites.includes(site)) return 0;
    // A condition is decided at the start of the life; its times say when it holds.
    if (!rule.isPerLife) {
      const atMs = sinceEndMs();
      const untilMs = isOfSettlement(site) ? rule.untilMs + SETTLEMENT_CALM_MS : rule.untilMs;
      if (atMs >= untilMs || atMs < rule.fromMs) return 0;
    }
    const number = (seenCounts[index] ?? 0) + 1;
    seenCounts[index] = number;
    if (rule.numbers !== undefined) return rule.numbers.has(number) ? number : 0;
    let nextHitAt = nextHitsAt[index] ?? NOT_DRAWN;
    if (nextHitAt === NOT_DRAWN) nextHitsAt[index] = nextHitAt = gapOf(rule);
    if (number < nextHitAt) return 0;
    nextHitsAt[index] = number + gapOf(rule);
    return number;
  };
  return {
    roll: (kind, site) => {
      const rules = byKind.get(kind);
      if (rules === undefined) return false;
      let isHit = false;
      // Every rule counts every opportunity, so that a number means the same in all of them.
      for (const rule of rules) {
        const number = hitOf(rule, site);
        if (number === 0) continue;
        log.noteHit(rule, number);
        isHit = true;
      }
      if (isHit) log.noteFault(kind, site);
      return isHit;
    },
    rollLife: (kind) => {
      const rules = byKind.get(kind);
      if (rules === undefined) return NO_PERIODS;
      const periods: ConditionPeriod[] = [];
      for (const rule of rules) {
        const number = hitOf(rule, undefined);
        if (number === 0) continue;
        log.noteHit(rule, number);
        log.noteFault(kind, undefined);
        periods.push(rule.period);
      }
      return periods;
    },
    between: (kind, fromInclusive, toInclusive) => {
      const count = toInclusive - fromInclusive + 1;
      const place = Math.floor((EXTREMES * drawHow(kind) - (EXTREMES - 1) / 2) * count);
      return fromInclusive + Math.max(0, Math.min(place, count - 1));
    },
    counts: log.counts,
    hits: log.hits,
  };
}

function createHitLog(all: readonly Rule[], onFault: FaultDiceOptions['onFault']) {
  const hits = new Map<Rule, number[]>();
  // Read at every opportunity, so an array and not the map.
  const hitCounts = all.map(() => 0);
  const counts = new Map<FaultKind, number>();
  return {
    counts,
    hits: () => all.map((rule) => hits.get(rule) ?? NO_HITS),
    countOf: ({ index }: Rule): number => hitCounts[index] ?? 0,
    noteHit: (rule: Rule, number: number): void => {
      const earlier = hits.get(rule) ?? [];
      hits.set(rule, earlier);
      earlier.push(number);
      hitCounts[rule.index] = earlier.length;
    },
    noteFault: (kind: FaultKind, site: CrashPoint | undefined): void => {
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      onFault(kind, site);
    },
  };
}
