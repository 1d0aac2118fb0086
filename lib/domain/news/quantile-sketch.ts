/**
 * Quantiles of any number of durations in a bounded memory: values are counted in bins whose edges grow by two per cent, so
 * an answer is within one per cent of the truth, and a day of a million exits takes a few hundred bins. The largest value is
 * kept as it is.
 */
export type QuantileSketch = {
  readonly count: number;
  readonly max: number;
  /** Bin number → how many values; bin 0 holds everything up to 1. */
  readonly bins: ReadonlyMap<number, number>;
};

const GROWTH = 1.02;

export const EMPTY_SKETCH: QuantileSketch = { count: 0, max: 0, bins: new Map() };

/** Negative values count as 0: what is early is not late. */
export function addToSketch(sketch: QuantileSketch, value: number): QuantileSketch {
  const bin = value <= 1 ? 0 : Math.ceil(Math.log(value) / Math.log(GROWTH));
  const bins = new Map(sketch.bins);
  bins.set(bin, (bins.get(bin) ?? 0) + 1);
  return { count: sketch.count + 1, max: Math.max(sketch.max, value), bins };
}

/** The value that `share` (0 to 1) of all values do not exceed, in whole units; null of nothing. */
export function quantileOf(sketch: QuantileSketch, share: number): number | null {
  if (sketch.count === 0) return null;
  const rank = Math.max(1, Math.ceil(share * sketch.count));
  let seen = 0;
  for (const [bin, count] of [...sketch.bins].sort(([a], [b]) => a - b)) {
    seen += count;
    if (seen >= rank) return Math.round(Math.min(middleOf(bin), sketch.max));
  }
  return Math.round(sketch.max);
}

function middleOf(bin: number): number {
  return bin === 0 ? 0 : (GROWTH ** (bin - 1) + GROWTH ** bin) / 2;
}
