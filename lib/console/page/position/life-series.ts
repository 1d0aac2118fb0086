import type { ChartPoint, LifeChart, LifeSpan } from '#lib/console/position/position-message.ts';

/**
 * Several series over one axis of time, as uPlot takes them: seconds first, then a column for each; null without a
 * point.
 */
export function mergeSeries(series: readonly (readonly ChartPoint[])[]): [number[], ...(number | null)[][]] {
  const times = [...new Set(series.flatMap((points) => points.map(({ atMs }) => atMs)))].sort((a, b) => a - b);
  const columns = series.map((points) => {
    const prices = new Map(points.map(({ atMs, price }) => [atMs, price]));
    return times.map((atMs) => prices.get(atMs) ?? null);
  });
  return [times.map((atMs) => atMs / 1_000), ...columns];
}

/** Around the life, in seconds: a market of days is not shown whole for a position of minutes. */
export function shownSpan({ marks, bids }: LifeChart, span: LifeSpan): [number, number] {
  const { openedAtMs, exitDueAtMs, marketEndsAtMs, closedAtMs } = span;
  const happened = [...marks, ...bids].map(({ atMs }) => atMs);
  const first = Math.min(openedAtMs, ...happened);
  const last = Math.max(exitDueAtMs, ...happened, closedAtMs ?? 0);
  // The end of the market is in sight where it follows soon after what is shown.
  const end = marketEndsAtMs - last < last - first ? Math.max(last, marketEndsAtMs) : last;
  const marginMs = Math.max((end - first) * MARGIN, 1_000);
  return [(first - marginMs) / 1_000, (end + marginMs) / 1_000];
}

const MARGIN = 0.04;
