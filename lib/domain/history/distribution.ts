/** Whole milliseconds. Quantiles are null without values. */
export type Distribution = {
  readonly count: number;
  readonly medianMs: number | null;
  readonly p90Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
  /** Each bin goes from `fromMs` to the next one's; the last has no end. All are listed, empty ones too. */
  readonly bins: readonly { readonly fromMs: number; readonly count: number }[];
};

/**
 * The same for every history, so that two can be compared. Judgement: the first retries follow after 1, 1, 2, 3 and 5
 * s, and an exit that has not healed after a minute has missed most of its time.
 */
const BINS_FROM_MS = [0, 100, 250, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 60_000, 300_000] as const;

/** Of durations; one below zero counts in the first bin. */
export function distributionOf(values: readonly number[]): Distribution {
  const sorted = values.toSorted((a, b) => a - b);
  return {
    count: values.length,
    medianMs: quantileOf(sorted, 0.5),
    p90Ms: quantileOf(sorted, 0.9),
    p99Ms: quantileOf(sorted, 0.99),
    maxMs: quantileOf(sorted, 1),
    bins: BINS_FROM_MS.map((fromMs, index) => {
      const endMs = BINS_FROM_MS[index + 1] ?? Number.POSITIVE_INFINITY;
      const isIn = (value: number) => (index === 0 || value >= fromMs) && value < endMs;
      return { fromMs, count: sorted.filter(isIn).length };
    }),
  };
}

/**
 * Of ascending values the smallest that at least `share` (0 to 1) of all values do not exceed. Null without values.
 */
function quantileOf(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(1, Math.ceil(share * sorted.length)) - 1] ?? null;
}
