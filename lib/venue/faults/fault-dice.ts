import type { CrashPoint } from '#lib/simulation/crash-points.ts';
import type { Fault, FaultPlan } from '#lib/simulation/fault-plan.ts';
import { floatAt, to32Bits } from '#lib/venue/random.ts';
import type { FaultKind } from './fault-kinds.ts';
import { ALL_FAULT_KINDS, FAULT_KINDS } from './fault-kinds.ts';

/**
 * Decides what goes wrong in one life. Each kind has a sequence of its own: taking one kind out of a plan leaves the
 * others as they were, which is what makes shrinking work.
 */
export type FaultDice = {
  /** True when this opportunity goes wrong. */
  roll(kind: FaultKind, site?: CrashPoint): boolean;
  /** For a condition of a whole life, asked once: every fault of the kind that befalls this life, with its times. */
  rollLife(kind: FaultKind): readonly Spell[];
  /** A whole number between the two, both included, of the kind's own sequence; each end comes up one time in ten. */
  between(kind: FaultKind, fromInclusive: number, toInclusive: number): number;
  readonly counts: ReadonlyMap<FaultKind, number>;
  /** Which opportunities of each fault of the plan went wrong, in the plan's order. */
  hits(): readonly (readonly number[])[];
};

/** When a condition holds, counted from the market's end; `undefined` where the plan leaves it to chance. */
export type Spell = {
  readonly fromMs: number | undefined;
  /** Never later than the calm. */
  readonly untilMs: number | undefined;
  /** When the calm begins. */
  readonly calmMs: number;
};

/** Does one of the spells hold? A time that is left open is no limit. */
export function isAnyOn(spells: readonly Spell[], sinceEndMs: number): boolean {
  return spells.some(
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

const STREAMS = new Map(ALL_FAULT_KINDS.map((kind, index) => [kind, index]));

function streamOf(kind: FaultKind): number {
  return STREAMS.get(kind) ?? 0;
}

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
  readonly spell: Spell;
};

type Rules = { readonly all: readonly Rule[]; readonly byKind: ReadonlyMap<FaultKind, readonly Rule[]> };

/** Thousands of lives are played under one plan. */
const RULES = new WeakMap<FaultPlan, Rules>();

function rulesOf(plan: FaultPlan): Rules {
  const known = RULES.get(plan);
  if (known !== undefined) return known;
  const all = plan.faults.map((fault, index) => toRule(fault, index, plan));
  const rules = { all, byKind: Map.groupBy(all, ({ fault }) => fault.kind) };
  RULES.set(plan, rules);
  return rules;
}

function toRule(fault: Fault, index: number, { calmAfterEndMs: calmMs }: FaultPlan): Rule {
  const isScheduled = fault.at !== undefined;
  return {
    index,
    fault,
    stream: streamOf(fault.kind),
    probability: isScheduled ? 0 : (fault.probability ?? FAULT_KINDS[fault.kind].probability),
    isPerLife: FAULT_KINDS[fault.kind].per === 'life',
    fromMs: fault.fromMs ?? Number.NEGATIVE_INFINITY,
    untilMs: Math.min(fault.untilMs ?? Number.POSITIVE_INFINITY, calmMs),
    countMax: fault.countMax ?? Number.POSITIVE_INFINITY,
    numbers: fault.at === undefined ? undefined : new Set(fault.at),
    spell: {
      fromMs: fault.fromMs,
      untilMs: fault.untilMs === undefined ? undefined : Math.min(fault.untilMs, calmMs),
      calmMs,
    },
  };
}

/** Waits and times of proof are broken at their ends, if anywhere: a fifth of all draws go beyond them, and are brought back. */
const EXTREMES = 1.25;
const NO_HITS: readonly number[] = [];
const NO_SPELLS: readonly Spell[] = [];
/** Not a whole number, so that the arrays of a life hold floats from the start. */
const NOT_DRAWN = -0.5;

/** How many opportunities pass until the next hit, itself included. */
function drawGap(probability: number, draw: () => number): number {
  if (probability >= 1) return 1;
  if (probability <= 0) return Number.POSITIVE_INFINITY;
  return 1 + Math.floor(Math.log(1 - draw()) / Math.log(1 - probability));
}

export function createFaultDice({ plan, sinceEndMs, onFault, ...options }: FaultDiceOptions): FaultDice {
  const seed = to32Bits(options.seed);
  const { all, byKind } = rulesOf(plan);
  // Plain arrays: typed ones of this size live outside the heap, and are slow to come by for every life.
  const seenCounts = all.map(() => 0);
  const gapDrawCounts = all.map(() => 0);
  /** Which opportunity is the next to go wrong: drawn at once, so that the many that go well cost nothing. */
  const nextHitsAt = all.map(() => NOT_DRAWN);
  const log = createHitLog(all, onFault);
  const howDrawCounts = new Map<FaultKind, number>();
  // Whether and how are drawn apart, so that a hit that is planned by its number goes the same way as one that was drawn.
  const gapOf = ({ index, probability, stream }: Rule): number =>
    drawGap(probability, () => {
      const place = (gapDrawCounts[index] ?? 0) + 1;
      gapDrawCounts[index] = place;
      return floatAt(seed, 2 * stream, place);
    });
  const drawHow = (kind: FaultKind): number => {
    const place = (howDrawCounts.get(kind) ?? 0) + 1;
    howDrawCounts.set(kind, place);
    return floatAt(seed, 2 * streamOf(kind) + 1, place);
  };
  /** The number of this opportunity when it goes wrong, or 0. */
  const hitOf = (rule: Rule, site: CrashPoint | undefined): number => {
    const { fault, index } = rule;
    if (log.countOf(rule) >= rule.countMax) return 0;
    if (site !== undefined && fault.sites !== undefined && !fault.sites.includes(site)) return 0;
    // A condition of a whole life is decided at its start; its times say when it holds.
    if (!rule.isPerLife) {
      const atMs = sinceEndMs();
      if (atMs >= rule.untilMs || atMs < rule.fromMs) return 0;
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
      // Every rule counts every opportunity, whatever the others say: their numbers would mean nothing otherwise.
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
      if (rules === undefined) return NO_SPELLS;
      const spells: Spell[] = [];
      for (const rule of rules) {
        const number = hitOf(rule, undefined);
        if (number === 0) continue;
        log.noteHit(rule, number);
        log.noteFault(kind, undefined);
        spells.push(rule.spell);
      }
      return spells;
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

/** What went wrong in one life so far. */
function createHitLog(all: readonly Rule[], onFault: FaultDiceOptions['onFault']) {
  const hits = new Map<Rule, number[]>();
  // Asked at every opportunity, so it is not looked up in the map.
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
