import type { CrashPoint } from '../crash-points.ts';
import type { LifeDice } from '../fault-dice.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What all ports of one simulated life share. */
export type World = {
  readonly time: VirtualTime;
  /** The time, counted from the market's end. */
  readonly sinceEndMs: () => number;
  readonly dice: LifeDice;
  /** A whole number from 0 up to, and without, its argument: for everything random that is no fault. */
  readonly draw: (endExclusive: number) => number;
  /** Adds a line to the history. The text is made only when a history is kept. */
  readonly note: (actor: string, text: () => string) => void;
  /** Reports a disruption that law 1 makes allowance for: its 90 s count from the last one. */
  readonly noteDisruption: () => void;
  /** The crash point at which this life's functions die on purpose, so that every point is covered. */
  readonly focus: CrashPoint;
  readonly coveredPoints: Set<CrashPoint>;
  /** Do the clocks of function instances differ at the moment? */
  readonly isSkewed: () => boolean;
};

/** How long a call to a service of the same region takes. */
export function travelMs(world: World): number {
  return 2 + world.draw(15);
}
