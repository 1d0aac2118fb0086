import type { Fault, FaultPlan } from './fault-plan.ts';
import type { LawNumber } from './laws/evidence.ts';
import { type LifeReport, playLife } from './life.ts';
import type { Sabotage } from './life-world.ts';

export type ShrinkOptions = {
  readonly seed: number;
  readonly plan: FaultPlan;
  readonly law: LawNumber;
  readonly sabotage?: Sabotage;
};

/** A plan that is not minimal after this many tries is reported as it is. */
const TRIES_MAX = 600;

/**
 * The shortest plan under which the seed breaks the same law: the faults that happened, by their numbers, of which
 * halves and then single ones are removed while the law stays broken.
 */
export async function shrinkPlan(options: ShrinkOptions): Promise<FaultPlan> {
  const { plan, law } = options;
  let tryCount = 0;
  const play = (faults: readonly Fault[]): Promise<LifeReport> => {
    tryCount += 1;
    return playLife({ ...options, plan: { ...plan, faults: [...faults] } });
  };
  const isBroken = async (faults: readonly Fault[]): Promise<boolean> =>
    tryCount < TRIES_MAX && (await play(faults)).violations.some((violation) => violation.law === law);

  const { hits } = await play(plan.faults);
  const spelledOut = plan.faults.flatMap((fault, index) => (hits[index] ?? []).map((hit) => atNumber(fault, hit)));
  const faults = (await isBroken(spelledOut)) ? spelledOut : plan.faults;
  return { ...plan, faults: [...(await removeWhile(faults, isBroken))] };
}

function atNumber({ probability: _probability, countMax: _countMax, ...fault }: Fault, hit: number): Fault {
  return { ...fault, at: [hit] };
}

async function removeWhile(
  all: readonly Fault[],
  isBroken: (faults: readonly Fault[]) => Promise<boolean>,
): Promise<readonly Fault[]> {
  let kept = all;
  for (let size = Math.ceil(kept.length / 2); size >= 1; ) {
    const countBefore = kept.length;
    for (let start = 0; start < kept.length; ) {
      const fewer = [...kept.slice(0, start), ...kept.slice(start + size)];
      if (await isBroken(fewer)) kept = fewer;
      else start += size;
    }
    // A fault that was needed beside another may not be needed without it.
    if (size > 1) size = Math.ceil(size / 2);
    else if (kept.length === countBefore) break;
  }
  return kept;
}
