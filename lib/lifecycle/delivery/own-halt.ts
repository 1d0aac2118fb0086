import { MODES, type Mode } from '#lib/domain/position/position.ts';
import type { Halt } from '#lib/domain/position/risk-limits.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';

export type HaltDeps = {
  readonly store: Pick<PositionStore, 'getAccount' | 'setHalt'>;
  readonly nowMs: () => number;
};

/** A halt of this run, and the modes that another operator had halted before it. */
export type OwnHalt = { readonly halt: Halt; readonly modes: readonly Mode[]; readonly foreign: readonly Mode[] };

/** Halts what is not halted yet. A halt that is there already keeps its words, and is not this run's to lift. */
export async function haltOpenings(deps: HaltDeps, halt: Halt): Promise<OwnHalt> {
  const standing = await Promise.all(MODES.map((mode) => findHalt(deps, mode)));
  const foreign = MODES.filter((_, index) => standing[index] !== null);
  const own = { halt, modes: MODES.filter((mode) => !foreign.includes(mode)), foreign };
  try {
    for (const mode of own.modes) await deps.store.setHalt(mode, halt);
  } catch (error) {
    // The lost write may have halted. Best effort: the error is what the caller has to know.
    await liftOwnHalt(deps, own).catch(() => undefined);
    throw error;
  }
  return own;
}

/** Lifts this run's halt, where it still stands. Returns the modes that another operator has halted meanwhile. */
export async function liftOwnHalt(deps: HaltDeps, own: OwnHalt, modes = own.modes): Promise<readonly Mode[]> {
  const taken: Mode[] = [];
  for (const mode of modes.filter((each) => own.modes.includes(each))) {
    const standing = await findHalt(deps, mode);
    if (standing === null) continue;
    const lifted = { atMs: deps.nowMs(), by: own.halt.by, reason: own.halt.reason };
    if (isSame(standing, own.halt)) await deps.store.setHalt(mode, null, lifted);
    else taken.push(mode);
  }
  return taken;
}

/** Puts back what was lifted for a test, unless another operator has halted it meanwhile. */
export async function haltAgain(deps: HaltDeps, own: OwnHalt): Promise<void> {
  for (const mode of own.modes) if ((await findHalt(deps, mode)) === null) await deps.store.setHalt(mode, own.halt);
}

async function findHalt({ store, nowMs }: HaltDeps, mode: Mode): Promise<Halt | null> {
  return (await store.getAccount(mode, nowMs())).halt;
}

const isSame = (a: Halt, b: Halt): boolean => a.sinceMs === b.sinceMs && a.by === b.by && a.reason === b.reason;
