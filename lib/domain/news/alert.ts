import type { HeardWords } from '#lib/domain/position/heard-words.ts';
import type { PositionView } from '#lib/domain/position/position-view.ts';
import type { RefusalCause } from '#lib/domain/refusal/refusal.ts';

/** `info`: as planned. `warning`: money or shares in doubt. `page`: the operator has to act. */
export type AlertSeverity = 'info' | 'warning' | 'page';

export const ALERT_KINDS = [
  'forced-exit',
  'rule-exit',
  'low-sale',
  'sell-failed',
  'held',
  'unsettled-at-deadline',
  'buy-unknown',
  'buy-voided',
  'late-fill',
  'needs-human',
  'exit-failing',
  'exit-stalled',
  'exit-overdue',
  'settlement-late',
  'redemption-failing',
  'venue-disagrees',
  'hedged',
  'merged',
  'redeemed',
  'worthless',
  'stranded',
] as const;
/**
 * - `forced-exit`: sold by the clock, final.
 * - `rule-exit`: sold because a stop-loss, take-profit or trailing stop fired, final.
 * - `low-sale`: sold, final, and far below the last price seen, by the clock or by hand.
 * - `sell-failed`: shares were left at the deadline, or a sale failed on chain after it. The market's result decides.
 * - `held`: by its rule the due exit was left out, and the shares wait for the market's result.
 * - `unsettled-at-deadline`: all shares are sold, but not all trades are final.
 * - `buy-unknown`: at the deadline it was not known whether the buy had filled. A lost answer alone raises no alert,
 *   because it is looked up within a second.
 * - `buy-voided`: nothing was bought.
 * - `late-fill`: a fill showed up after the deadline.
 * - `needs-human`: a cause that no retry fixes. The exit continues.
 * - `exit-failing`: for 30 s no sell has succeeded, a pause that long begins, or shares are left a minute before the
 *   market's end because there are no bids, 30 s for any other reason. Told once in an exit, which goes on. Also an
 *   exit that cannot begin: it was due 30 s ago, and no look-up shows what the buy brought.
 * - `exit-stalled`: the exit is due and no step of it was taken for 30 s. The sweep tells it, without a record, because
 *   what takes the steps does not.
 * - `exit-overdue`: shares are left five minutes after the exit was due, and the market still trades. Told once.
 * - `settlement-late`: not settled ten minutes after the market's end. Told once.
 * - `redemption-failing`: refused for good, or failed three times. Told once; it goes on for days.
 * - `hedged`: sells were blocked, and the other outcome was bought. The pairs pay a dollar a share.
 * - `merged`: exited by merging pairs, with the result.
 * - `venue-disagrees`: the venue's public data name another result than the chain, which pays.
 */
export type AlertKind = (typeof ALERT_KINDS)[number];

/** Saved in the same transaction as the event, as `ALERT#<version>` (law 9). */
export type Alert = {
  readonly positionId: string;
  readonly version: number;
  readonly kind: AlertKind;
  readonly severity: AlertSeverity;
  readonly atMs: number;
  /** Of the refusal that pages, or the most frequent one of a sale that failed. */
  readonly cause: RefusalCause | null;
  /** The venue's last words, if they are the reason. */
  readonly venueText: string | null;
  /**
   * Everything it said instead of an outcome, and how often; the last words first. Empty if they are not the reason.
   */
  readonly venueWords: readonly HeardWords[];
  readonly position: PositionView;
};
