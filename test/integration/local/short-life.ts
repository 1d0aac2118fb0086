/** A whole life in seconds: the same stack, with the settings that exist for this. */
export const SHORT_LIFE_MS = 20_000;

export const SHORT_LIFE_ENV = {
  EXIT_LEAD_MS: '15000',
  EXIT_DEADLINE_LEAD_MS: '1000',
  EXIT_LAST_ORDER_LEAD_MS: '2000',
  OPEN_TIME_TO_EXIT_MS_MIN: '1000',
  TIMER_GRAIN_MS: '1000',
  TIMER_LEAD_MS: '2000',
  TIMER_MARGIN_MS: '1000',
  // So near its end a market moves by the second; the buy must not be what these tests are about.
  OPEN_SLACK_TICKS: '20',
  PAPER_SETTLEMENT_FIXED_MS: '5500',
} as const;
