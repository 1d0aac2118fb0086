import { describe, expect, it } from 'vitest';
import type { Mode } from '#lib/domain/position/position.ts';
import type { Halt } from '#lib/domain/position/risk-limits.ts';
import { haltAgain, haltOpenings, liftOwnHalt } from '#lib/lifecycle/delivery/own-halt.ts';

const OWN: Halt = { sinceMs: 5, by: 'bob', reason: 'deploying' };
const FOREIGN: Halt = { sinceMs: 1, by: 'alice', reason: 'incident' };

function aStore(paper: Halt | null, live: Halt | null) {
  const halts = { paper, live };
  const store = {
    getAccount: async (mode: Mode) => {
      return { mode, openCount: 0, exposureMicros: 0n, dayLossMicros: 0n, halt: halts[mode] };
    },
    setHalt: async (mode: Mode, halt: Halt | null) => {
      halts[mode] = halt;
    },
  };
  return { halts, deps: { store, nowMs: () => 9 } };
}

describe('the halt of a deployment', () => {
  it('is of the modes that were not halted', async () => {
    const { deps, halts } = aStore(null, FOREIGN);
    expect(await haltOpenings(deps, OWN)).toEqual({ halt: OWN, modes: ['paper'], foreign: ['live'] });
    expect(halts).toEqual({ paper: OWN, live: FOREIGN });
  });

  it.each([
    { ...OWN, sinceMs: 6 },
    { ...OWN, by: 'alice' },
    { ...OWN, reason: 'incident' },
  ])('is not taken for one that differs in a word or the time, case %#', async (other) => {
    const { deps, halts } = aStore(OWN, other);
    expect(await liftOwnHalt(deps, { halt: OWN, modes: ['paper', 'live'], foreign: [] })).toEqual(['live']);
    expect(halts).toEqual({ paper: null, live: other });
  });

  it('is lifted where it is its own only', async () => {
    const { deps, halts } = aStore(FOREIGN, OWN);
    expect(await liftOwnHalt(deps, { halt: OWN, modes: ['live'], foreign: ['paper'] }, ['paper'])).toEqual([]);
    expect(halts).toEqual({ paper: FOREIGN, live: OWN });
  });

  it('comes back where no other operator has halted meanwhile', async () => {
    const { deps, halts } = aStore(null, FOREIGN);
    await haltAgain(deps, { halt: OWN, modes: ['paper', 'live'], foreign: [] });
    expect(halts).toEqual({ paper: OWN, live: FOREIGN });
  });
});
