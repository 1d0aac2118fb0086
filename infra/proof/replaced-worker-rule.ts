/**
 * The worker that T-minus replaces, as its incident review describes it: a poll every ten seconds, and three tries to
 * sell stake ÷ entry price, five seconds apart. Its three models (incident, punctuality, rivals) share these figures.
 */
export const REPLACED_WORKER = { pollPeriodMs: 10_000, tryCount: 3, tryPauseMs: 5_000 } as const;
