/**
 * Times of a run in under a minute. The time before the exit and the exit itself are shorter than in production. The
 * pauses of both sides and the venue's settlement are the real ones.
 */

/**
 * From the due time to the market's end; two minutes in production. Conditions that end by themselves have ended by
 * then, and a try ten seconds after the last refused one still has two seconds for its order on a busy machine.
 */
export const EXIT_LEAD_MS = 36_000;
/**
 * The window starts this long before its listing and no earlier: a generated market keeps bids for bought shares until
 * a fifth of its window is left, which must be after all conditions have ended.
 */
export const STARTED_BEFORE_MS = 1_000;
/** From the listing to the due time: both sides buy and their shares settle, on a busy machine as well. */
const OPENING_MS = 12_000;
/** From the change of the account outside the exchange to the due time. Shares have settled by then. */
export const DISTURBED_LEAD_MS = 1_500;
/**
 * A condition that ends by itself ends this long after the due time. The worker has given up by then, wherever its
 * phase is. In the field such conditions last from seconds to minutes.
 */
export const HEALS_AFTER_MS = 20_500;
/** From the due time to the operator's repair after a page. */
export const OPERATOR_AFTER_MS = 14_000;

/** End of a market that is listed now: a whole second, as real windows have. */
export function planEndMs(nowMs: number): number {
  return Math.ceil((nowMs + OPENING_MS + EXIT_LEAD_MS) / 1_000) * 1_000;
}

/** Settings of the functions. */
export const INCIDENT_ENV = {
  EXIT_LEAD_MS: String(EXIT_LEAD_MS),
  EXIT_LAST_ORDER_LEAD_MS: '4000',
  EXIT_DEADLINE_LEAD_MS: '3000',
  OPEN_TIME_TO_EXIT_MS_MIN: '1000',
  // This near its end a market moves by cents within a second, and the buys must be matched.
  OPEN_SLACK_TICKS: '20',
  TIMER_LEAD_MS: '2000',
  TIMER_MARGIN_MS: '1000',
  LIMIT_OPEN_COUNT: '100',
  LIMIT_EXPOSURE_MICROS: '1000000000000',
  LIMIT_DAY_LOSS_MICROS: '1000000000000',
} as const;

export const TIMER_GRAIN_MS = 1_000;
export const TIMER_JITTER_MS = 1_000;
export const SWEEP_PERIOD_MS = 5_000;
