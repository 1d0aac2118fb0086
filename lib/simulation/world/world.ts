import type { CrashPoint } from '../crash-points.ts';
import type { LifeDice } from '../fault-dice.ts';
import type { VirtualTime } from '../virtual-time.ts';

/** What all parts of one simulated world share. */
export type World = {
  readonly time: VirtualTime;
  /** The time, counted from the market's end. */
  readonly sinceEndMs: () => number;
  readonly dice: LifeDice;
  /** A whole number from 0 up to, and without, its argument: for everything random that is no fault. */
  readonly draw: (endExclusive: number) => number;
  /** Adds a line to the history; the text is only made when somebody reads it. */
  readonly note: (actor: string, text: () => string) => void;
  /** Something happened that the law of liveness makes allowance for: it counts from the last of these. */
  readonly trouble: () => void;
  /** The crash point this life dies at on purpose, so that every one is covered. */
  readonly focus: CrashPoint;
  readonly coveredPoints: Set<CrashPoint>;
  /** Do the clocks of instances differ at the moment? */
  readonly isSkewed: () => boolean;
};

/** How long a call to a service of the same region takes. */
export function travelMs(world: World): number {
  return 2 + world.draw(15);
}
