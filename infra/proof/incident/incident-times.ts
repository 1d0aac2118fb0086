/**
 * A night in under a minute: the time before the exit and the exit itself are short, the pauses of both sides and the
 * venue's settlement are the real ones.
 */

/**
 * The exit is due this long before the market's end; two minutes in production. What heals has healed by then, and a try ten seconds
 * after the last refused one still finds two seconds left for its order, on a machine that is busy.
 */
export const EXIT_LEAD_MS = 36_000;
/**
 * The window begins this long before it is listed, and no earlier: a generated market keeps bids for what was bought until a fifth of
 * its window is left, which has to be after everything that heals has healed.
 */
export const STARTED_BEFORE_MS = 1_000;
/** From the market's listing to the time at which the exit is due: both sides buy, and what they bought settles. */
const OPENING_MS = 8_000;
/** Shares are bought and settled by then; what happens to them outside the exchange happens now. */
export const DISTURBED_LEAD_MS = 1_500;
/**
 * A condition that heals does so this long after the exit was due: longer than the worker's three tries last from the latest
 * of its looks, so that none of them is saved by luck. In the field they last from seconds to minutes.
 */
export const HEALS_AFTER_MS = 20_500;
/** Who is called by a page mends it this long after the exit was due. */
export const HUMAN_AFTER_MS = 14_000;

/** End of a market that is listed now: a whole second, as real windows have. */
export function planEndMs(nowMs: number): number {
  return Math.ceil((nowMs + OPENING_MS + EXIT_LEAD_MS) / 1_000) * 1_000;
}

/** Settings of the functions: the same stack, quicker. */
export const INCIDENT_ENV = {
  EXIT_LEAD_MS: String(EXIT_LEAD_MS),
  EXIT_LAST_ORDER_LEAD_MS: '4000',
  EXIT_DEADLINE_LEAD_MS: '3000',
  OPEN_TIME_TO_EXIT_MS_MIN: '1000',
  // So near its end a market moves by cents within the second: the buys must not be what this is about.
  OPEN_SLACK_TICKS: '12',
  TIMER_LEAD_MS: '2000',
  TIMER_MARGIN_MS: '1000',
  LIMIT_OPEN_COUNT: '100',
  LIMIT_EXPOSURE_MICROS: '1000000000000',
  LIMIT_DAY_LOSS_MICROS: '1000000000000',
} as const;

export const TIMER_GRAIN_MS = 1_000;
export const TIMER_JITTER_MS = 1_000;
export const SWEEP_PERIOD_MS = 5_000;
