import type { Mode } from '#lib/domain/position/position.ts';

/** A failed check that stops the openings of a mode. */
export type Blocker = {
  /** The check's name, as `tminus doctor` prints it. */
  readonly check: string;
  /** What to do about it. */
  readonly advice: string;
};

/** Checks before an opening what would stop its exit. */
export type Readiness = {
  /**
   * The first hard check of this mode that is red, or null. Reads only; safe to repeat. Never throws: a check without a
   * result by `deadlineAtMs` is red.
   */
  findBlocker(mode: Mode, deadlineAtMs: number): Promise<Blocker | null>;
};
