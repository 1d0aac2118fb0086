import type { Mode } from '#lib/domain/position/position.ts';

/** A check that must be green before a mode may open, and is not. */
export type Blocker = {
  /** The check's name, as `tminus doctor` prints it. */
  readonly check: string;
  /** What to do about it. */
  readonly advice: string;
};

/** What would stop an exit is looked for before there is anything to get out of. */
export type Readiness = {
  /**
   * The first hard check of this mode that is red, or null. Reads only; safe to repeat. Never throws: a check that cannot be
   * carried out by `deadlineAtMs` is red.
   */
  findBlocker(mode: Mode, deadlineAtMs: number): Promise<Blocker | null>;
};
