import type { CrashPoint } from './crash-points.ts';
import type { FaultKind } from './fault-kinds.ts';
import { ALL_FAULT_KINDS, FAULT_KINDS } from './fault-kinds.ts';
import type { Fault, FaultPlan } from './fault-plan.ts';
import { floatAt } from './random.ts';

/**
 * Decides what goes wrong in one life. Each kind has a sequence of its own: taking one kind out of a plan leaves the
 * others as they were, which is what makes shrinking work.
 */
export type FaultDice = {
  /** True when this opportunity goes wrong. */
  roll(kind: FaultKind, site?: CrashPoint): boolean;
  /** A whole number between the two, both included, of the kind's own sequence. */
  between(kind: FaultKind, fromInclusive: number, toInclusive: number): number;
  /** The first fault of the kind, for its times. */
  find(kind: FaultKind): Fault | undefined;
  readonly counts: ReadonlyMap<FaultKind, number>;
  /** Which opportunities of each fault of the plan went wrong, in the plan's order. */
  hits(): readonly (readonly number[])[];
};

export type FaultDiceOptions = {
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

type Entry = {
  readonly fault: Fault;
  readonly probability: number;
  readonly isPerLife: boolean;
  readonly fromMs: number;
  readonly untilMs: number;
  readonly countMax: number;
  readonly hits: number[];
  seenCount: number;
  drawCount: number;
  /** Which opportunity is the next to go wrong: drawn at once, so that the many that go well cost nothing. */
  nextHitAt: number;
};

function toEntry(fault: Fault, plan: FaultPlan): Entry {
  const isScheduled = fault.at !== undefined;
  return {
    fault,
    probability: isScheduled ? 0 : (fault.probability ?? FAULT_KINDS[fault.kind].probability),
    isPerLife: FAULT_KINDS[fault.kind].per === 'life',
    fromMs: fault.fromMs ?? Number.NEGATIVE_INFINITY,
    untilMs: Math.min(fault.untilMs ?? Number.POSITIVE_INFINITY, plan.calmAfterEndMs),
    countMax: fault.countMax ?? Number.POSITIVE_INFINITY,
    hits: [],
    seenCount: 0,
    drawCount: 0,
    nextHitAt: 0,
  };
}

/** How many opportunities pass until the next hit, itself included. */
function drawGap(probability: number, draw: () => number): number {
  if (probability >= 1) return 1;
  if (probability <= 0) return Number.POSITIVE_INFINITY;
  return 1 + Math.floor(Math.log(1 - draw()) / Math.log(1 - probability));
}

export function createFaultDice({ seed, plan, sinceEndMs, onFault }: FaultDiceOptions): FaultDice {
  const all = plan.faults.map((fault) => toEntry(fault, plan));
  const entries = new Map<FaultKind, Entry[]>();
  for (const entry of all) {
    const list = entries.get(entry.fault.kind);
    if (list === undefined) entries.set(entry.fault.kind, [entry]);
    else list.push(entry);
  }
  const counts = new Map<FaultKind, number>();
  const drawCounts = new Map<FaultKind, number>();
  // Whether and how are drawn apart, so that a hit that is planned by its number goes the same way as one that was drawn.
  const gapOf = (entry: Entry): number =>
    drawGap(entry.probability, () => {
      entry.drawCount += 1;
      return floatAt(seed, 2 * streamOf(entry.fault.kind), entry.drawCount);
    });
  const drawHow = (kind: FaultKind): number => {
    const place = (drawCounts.get(kind) ?? 0) + 1;
    drawCounts.set(kind, place);
    return floatAt(seed, 2 * streamOf(kind) + 1, place);
  };
  const isHit = (entry: Entry, site: CrashPoint | undefined): boolean => {
    const { fault } = entry;
    if (entry.hits.length >= entry.countMax) return false;
    if (site !== undefined && fault.sites !== undefined && !fault.sites.includes(site)) return false;
    // A condition of a whole life is decided at its start; its times say when it holds.
    if (!entry.isPerLife) {
      const atMs = sinceEndMs();
      if (atMs >= entry.untilMs || atMs < entry.fromMs) return false;
    }
    entry.seenCount += 1;
    if (fault.at !== undefined) return fault.at.includes(entry.seenCount);
    if (entry.nextHitAt === 0) entry.nextHitAt = gapOf(entry);
    if (entry.seenCount < entry.nextHitAt) return false;
    entry.nextHitAt = entry.seenCount + gapOf(entry);
    return true;
  };
  return {
    roll: (kind, site) => {
      const candidates = entries.get(kind);
      if (candidates === undefined) return false;
      for (const entry of candidates) {
        if (!isHit(entry, site)) continue;
        entry.hits.push(entry.seenCount);
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
        onFault(kind, site);
        return true;
      }
      return false;
    },
    between: (kind, fromInclusive, toInclusive) =>
      fromInclusive + Math.floor(drawHow(kind) * (toInclusive - fromInclusive + 1)),
    find: (kind) => entries.get(kind)?.[0]?.fault,
    counts,
    hits: () => all.map((entry) => entry.hits),
  };
}
