/**
 * The life of a benchmark position: production's order of events, in less time. Nothing about the exit itself is changed (how
 * early it is prepared, when the book is read, which pauses follow): only how much of the window lies before and after it.
 */

/** The exit is due this long before the market's end: a plain timer, up to a minute late, still finds a market. */
export const EXIT_LEAD_MS = 66_000;

/** A timer's minute on AWS is five seconds here, grain and jitter alike, so that one fires before the exit is due. */
export const TIMER_GRAIN_MS = 5_000;
const TIMER_LEAD_MS = 35_000;

/**
 * From the last opening to the due time: the buys settle, the timers fire, as on AWS a good while before the exit, and nothing is
 * left of either's load when the exits begin.
 */
const QUIET_MS = 50_000;
/** Generous for one opening on a busy machine; being done earlier costs nothing but waiting. */
const OPENING_MS = 150;
const START_MS = 2_000;

/** Shares settle soon after the buy, as on the venue when nothing is wrong: this measures punctuality, not patience. */
const SETTLEMENT_MS = 800;

/**
 * Production prepares an exit three seconds ahead and reads the book one second ahead, at most ten exits in a process. Here one
 * process prepares all exits, at some milliseconds each, so both begin as much earlier as that takes; at most as early as
 * the function's timeout allows.
 */
const PREPARE_LEAD_MS = 3_000;
const BOOK_LEAD_MS = 1_000;
const PREPARE_LEAD_MS_MAX = 8_500;
const PREPARING_MS = 10;

const BENCH_ENV = {
  EXIT_LEAD_MS: String(EXIT_LEAD_MS),
  OPEN_TIME_TO_EXIT_MS_MIN: '9000',
  // The price of a market may move a few ticks between read and buy; the buy is not what is measured.
  OPEN_SLACK_TICKS: '20',
  TIMER_LEAD_MS: String(TIMER_LEAD_MS),
  TIMER_MARGIN_MS: '1000',
  PAPER_SETTLEMENT_FIXED_MS: String(SETTLEMENT_MS),
  LIMIT_OPEN_COUNT: '10000',
  LIMIT_EXPOSURE_MICROS: '1000000000000',
  LIMIT_DAY_LOSS_MICROS: '1000000000000',
} as const;

export function benchEnv(positionCount: number): Readonly<Record<string, string>> {
  const preparingMs = positionCount * PREPARING_MS;
  const prepareLeadMs = Math.min(Math.max(PREPARE_LEAD_MS, 2_000 + preparingMs), PREPARE_LEAD_MS_MAX);
  return {
    ...BENCH_ENV,
    EXIT_PREPARE_LEAD_MS: String(prepareLeadMs),
    EXIT_BOOK_LEAD_MS: String(Math.min(BOOK_LEAD_MS + preparingMs, prepareLeadMs)),
  };
}

/** The one second on which every exit is due: whole, as the end of a market is, and on the timers' grain. */
export function planDueAtMs(nowMs: number, positionCount: number): number {
  const earliestAtMs = nowMs + START_MS + positionCount * OPENING_MS + QUIET_MS;
  return Math.ceil(earliestAtMs / TIMER_GRAIN_MS) * TIMER_GRAIN_MS;
}
