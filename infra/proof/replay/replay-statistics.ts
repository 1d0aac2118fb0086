import { createRandom } from '#lib/venue/random.ts';
import type { ReplayRow } from './replay-row.ts';

/** In millionths of a dollar. */
export type Estimate = {
  readonly meanMicros: number;
  /** Standard deviation of the rows. */
  readonly deviationMicros: number;
  /** 95 % of the resampled means lie in it. */
  readonly intervalMicros: readonly [number, number];
};

export type ReplayTotal = {
  readonly rows: number;
  readonly windows: number;
  readonly pnl: Estimate;
  readonly holdPnl: Estimate;
  /** What selling earned more than holding. */
  readonly advantage: Estimate;
  /** Spread of the results beside that of holding: below 1 is less risk. Null when holding has none. */
  readonly deviationRatio: number | null;
  /** Of the shares that were bought. */
  readonly unsoldShare: number;
  readonly refusals: number;
  readonly firstExitLatenessMs: { readonly median: number | null; readonly p99: number | null };
};

const RESAMPLES = 4_000;

/**
 * Means, standard deviations and bootstrap intervals. Both sides of a window share its fate, so whole windows are
 * drawn.
 */
export function totalOf(rows: readonly ReplayRow[]): ReplayTotal {
  const windows = [...Map.groupBy(rows, ({ slug }) => slug).values()];
  const estimate = (figure: (row: ReplayRow) => number): Estimate => ({
    meanMicros: Math.round(meanOf(rows.map(figure))),
    deviationMicros: Math.round(deviationOf(rows.map(figure))),
    intervalMicros: intervalOf(windows.map((of) => of.map(figure))),
  });
  const pnl = estimate(({ pnlMicros }) => pnlMicros);
  const holdPnl = estimate(({ holdPnlMicros }) => holdPnlMicros);
  const sharesMicros = sumOf(rows.map((row) => row.sharesMicros));
  const lateness = rows.flatMap(({ firstExitLatenessMs: ms }) => (ms === null ? [] : [ms])).toSorted((a, b) => a - b);
  return {
    rows: rows.length,
    windows: windows.length,
    pnl,
    holdPnl,
    advantage: estimate(({ pnlMicros, holdPnlMicros }) => pnlMicros - holdPnlMicros),
    deviationRatio: holdPnl.deviationMicros === 0 ? null : pnl.deviationMicros / holdPnl.deviationMicros,
    unsoldShare: sharesMicros === 0 ? 0 : 1 - sumOf(rows.map(({ soldMicros }) => soldMicros)) / sharesMicros,
    refusals: sumOf(rows.map(({ refusals }) => refusals)),
    firstExitLatenessMs: { median: quantileOf(lateness, 0.5), p99: quantileOf(lateness, 0.99) },
  };
}

function intervalOf(windows: readonly (readonly number[])[]): [number, number] {
  const sums = windows.map((values) => ({ sum: sumOf(values), count: values.length }));
  const random = createRandom('bootstrap');
  const means = Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    let count = 0;
    for (let drawn = 0; drawn < sums.length; drawn += 1) {
      const window = sums[random.nextInt(sums.length)];
      sum += window?.sum ?? 0;
      count += window?.count ?? 0;
    }
    return count === 0 ? 0 : sum / count;
  }).toSorted((a, b) => a - b);
  return [Math.round(quantileOf(means, 0.025) ?? 0), Math.round(quantileOf(means, 0.975) ?? 0)];
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
const meanOf = (values: readonly number[]): number => (values.length === 0 ? 0 : sumOf(values) / values.length);

function deviationOf(values: readonly number[]): number {
  if (values.length < 2) return 0;
  const mean = meanOf(values);
  return Math.sqrt(sumOf(values.map((value) => (value - mean) ** 2)) / (values.length - 1));
}

/** Of values in ascending order. */
export function quantileOf(ordered: readonly number[], share: number): number | null {
  return ordered[Math.min(Math.floor(ordered.length * share), ordered.length - 1)] ?? null;
}
