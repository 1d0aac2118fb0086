import type { MarketVersion } from '#lib/domain/market/market.ts';
import type { Mode } from '#lib/domain/position/position.ts';

/** A failed check that stops the openings of a mode. */
export type Blocker = {
  /** The check's name, as `tminus doctor` prints it. */
  readonly check: string;
  /** What to do about it. */
  readonly advice: string;
  /** Only markets of this version are concerned; null for all markets. */
  readonly marketVersion: MarketVersion | null;
};

/** Checks before an opening what would stop its exit. */
export type Readiness = {
  /**
   * The hard checks of this mode that are red. Reads only; safe to repeat. Never throws: a check without a result by
   * `deadlineAtMs` is red.
   */
  listBlockers(mode: Mode, deadlineAtMs: number): Promise<readonly Blocker[]>;
};
