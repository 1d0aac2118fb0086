/**
 * When and how a position is forced out. Saved with the position, so that a deployment never changes the rules of a life
 * that has begun. Every time is counted back from the market's end (T).
 */
export type PriceRung = {
  /** The rung holds from here to the next one. */
  readonly fromLeadMs: number;
  /** How far below the best bid we still sell; `any` is one tick, the lowest price there is. */
  readonly slackTicks: number | 'any';
  /** With no bid in sight: the lowest share, in percent, of the entry price we still accept. */
  readonly blindPercent: number;
};

export type ExitPolicy = {
  /** The exit is due at T − this. */
  readonly exitLeadMs: number;
  /** At T − this the end is written, sold or not. */
  readonly deadlineLeadMs: number;
  /** No new order after T − this: its answer could not be written down in time. */
  readonly lastOrderLeadMs: number;
  /** Longest wait for an order's answer. */
  readonly requestDeadlineMs: number;
  /** How much longer than the request deadline an attempt belongs to the invocation that saved it. */
  readonly leaseGraceMs: number;
  /** A wake-up is taken this much early: what can be done before the due time is done before it. */
  readonly prepareLeadMs: number;
  /** The book is read this long before the order is posted, so that its price is the market's, not history's. */
  readonly bookLeadMs: number;
  /** Pauses between tries; the last one repeats. */
  readonly retryDelaysMs: readonly number[];
  /** Pauses for causes that only a human mends. */
  readonly slowRetryDelayMs: number;
  readonly attemptCountMax: number;
  /** The user's own floor; nothing is ever sold below it. */
  readonly minPriceMicros: bigint;
  readonly priceLadder: readonly PriceRung[];
};

/**
 * Production values. Sources: the deadlines of lib/domain/README.md, wake-ups; the ladder is judgement over the recorded books, where the
 * mid moves a median 11 cents in the minute after T − 120 s and the spread is one cent in 86 % of the snapshots.
 */
export const DEFAULT_EXIT_POLICY: ExitPolicy = {
  exitLeadMs: 120_000,
  deadlineLeadMs: 5_000,
  lastOrderLeadMs: 8_000,
  requestDeadlineMs: 6_000,
  leaseGraceMs: 2_000,
  prepareLeadMs: 3_000,
  bookLeadMs: 1_000,
  retryDelaysMs: [1_000, 1_000, 2_000, 3_000, 5_000, 5_000, 10_000],
  slowRetryDelayMs: 10_000,
  attemptCountMax: 60,
  minPriceMicros: 1n,
  priceLadder: [
    { fromLeadMs: Number.MAX_SAFE_INTEGER, slackTicks: 2, blindPercent: 80 },
    { fromLeadMs: 90_000, slackTicks: 5, blindPercent: 50 },
    { fromLeadMs: 45_000, slackTicks: 10, blindPercent: 20 },
    { fromLeadMs: 15_000, slackTicks: 'any', blindPercent: 0 },
  ],
};
