import type { CrashPoint } from './crash-points.ts';
import type { FaultKind } from './fault-kinds.ts';
import { FAULT_KINDS } from './fault-kinds.ts';
import type { Fault, FaultPlan } from './fault-plan.ts';
import type { Random } from './random.ts';
import { createRandom } from './random.ts';

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
};

export type FaultDiceOptions = {
  readonly seed: string;
  readonly plan: FaultPlan;
  /** Virtual time counted from the market's end. */
  readonly sinceEndMs: () => number;
  readonly onFault: (kind: FaultKind, detail: string | undefined) => void;
};

type Entry = { readonly fault: Fault; readonly probability: number; seenCount: number; hitCount: number };

export function createFaultDice({ seed, plan, sinceEndMs, onFault }: FaultDiceOptions): FaultDice {
  const entries = new Map<FaultKind, Entry[]>();
  for (const fault of plan.faults) {
    const probability = fault.at === undefined ? (fault.probability ?? FAULT_KINDS[fault.kind].probability) : 0;
    const entry = { fault, probability, seenCount: 0, hitCount: 0 };
    const list = entries.get(fault.kind);
    if (list === undefined) entries.set(fault.kind, [entry]);
    else list.push(entry);
  }
  const randoms = new Map<FaultKind, Random>();
  const counts = new Map<FaultKind, number>();
  const randomOf = (kind: FaultKind): Random => {
    const known = randoms.get(kind);
    if (known !== undefined) return known;
    const random = createRandom(`${seed}|${kind}`);
    randoms.set(kind, random);
    return random;
  };
  const isHit = (entry: Entry, site: CrashPoint | undefined): boolean => {
    const { fault } = entry;
    if (site !== undefined && fault.sites !== undefined && !fault.sites.includes(site)) return false;
    const atMs = sinceEndMs();
    // A condition of a whole life is decided at its start; its times say when it holds.
    const isInTime =
      FAULT_KINDS[fault.kind].per === 'life' ||
      (atMs < Math.min(fault.untilMs ?? Number.POSITIVE_INFINITY, plan.calmAfterEndMs) &&
        atMs >= (fault.fromMs ?? Number.NEGATIVE_INFINITY));
    if (!isInTime || entry.hitCount >= (fault.countMax ?? Number.POSITIVE_INFINITY)) return false;
    entry.seenCount += 1;
    if (fault.at !== undefined) return fault.at.includes(entry.seenCount);
    return entry.probability > 0 && randomOf(fault.kind).nextFloat() < entry.probability;
  };
  return {
    roll: (kind, site) => {
      for (const entry of entries.get(kind) ?? []) {
        if (!isHit(entry, site)) continue;
        entry.hitCount += 1;
        counts.set(kind, (counts.get(kind) ?? 0) + 1);
        onFault(kind, site);
        return true;
      }
      return false;
    },
    between: (kind, fromInclusive, toInclusive) =>
      fromInclusive + randomOf(kind).nextInt(toInclusive - fromInclusive + 1),
    find: (kind) => entries.get(kind)?.[0]?.fault,
    counts,
  };
}
