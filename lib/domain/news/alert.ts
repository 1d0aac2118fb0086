import type { PositionView } from '#lib/domain/position/position-view.ts';
import type { RefusalCause } from '#lib/domain/refusal/refusal.ts';

/** `info`: as planned. `warning`: money or shares in doubt. `page`: a human has to act. */
export type AlertSeverity = 'info' | 'warning' | 'page';

export const ALERT_KINDS = [
  'forced-exit',
  'sell-failed',
  'unsettled-at-deadline',
  'buy-unknown',
  'buy-voided',
  'late-fill',
  'needs-human',
  'redeemed',
  'worthless',
  'stranded',
] as const;
/**
 * - `forced-exit`: sold by the clock, final.
 * - `sell-failed`: the deadline passed with shares left, or a sale failed on chain after it; the market's result
 *   decides.
 * - `unsettled-at-deadline`: all sold, not all trades final.
 * - `buy-unknown`: at the deadline nobody knew whether the buy had gone through. That an answer is lost is no news by
 *   itself: it is looked up within a second, and told once the deadline comes first.
 * - `buy-voided`: nothing was bought.
 * - `late-fill`: a fill showed up after the deadline write.
 * - `needs-human`: a cause that no retry mends; the exit goes on meanwhile.
 */
export type AlertKind = (typeof ALERT_KINDS)[number];

/** Written in the transaction that made it true, as `ALERT#<version>`: exactly one per event (law 9). */
export type Alert = {
  readonly positionId: string;
  readonly version: number;
  readonly kind: AlertKind;
  readonly severity: AlertSeverity;
  readonly atMs: number;
  /** The refusal that calls for a human, for `needs-human`. */
  readonly cause: RefusalCause | null;
  /** The venue's words, when they are the reason. */
  readonly venueText: string | null;
  /** The position as it stood: what, how much, why, what it cost. */
  readonly position: PositionView;
};
