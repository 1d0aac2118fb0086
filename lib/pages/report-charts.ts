import type { Distribution } from '#lib/domain/history/distribution.ts';
import type { EquityPoint, ModeHistory, ResultGroup } from '#lib/domain/history/history.ts';
import { formatMicros } from '#lib/domain/market/money.ts';
import { tookText } from '#lib/words/time-text.ts';

/** Columns for the charts of one mode: seconds, dollars and counts. Only what is drawn is rounded to a number. */
export function chartsOf({ equity, days, lateness, healing }: ModeHistory) {
  return {
    equity: equityColumns(equity),
    days: dayColumns(days),
    lateness: barsOf(lateness),
    healing: barsOf(healing),
  };
}

const usd = (micros: bigint): number => Number(formatMicros(micros, 6));

/** More points than this are not told apart in a chart, and make a page of megabytes. */
const POINT_COUNT_MAX = 2_000;

function equityColumns(equity: readonly EquityPoint[]) {
  const points = thinOut(equity);
  const [first] = points;
  const start = first === undefined ? [] : [{ atMs: first.atMs - 1, equityMicros: 0n }];
  const all = [...start, ...points];
  return {
    seconds: all.map(({ atMs }) => atMs / 1_000),
    dollars: all.map(({ equityMicros }) => usd(equityMicros)),
  };
}

/** Of each stretch the lowest and the highest point, and the last of all: no fall and no high is lost. */
function thinOut(equity: readonly EquityPoint[]): readonly EquityPoint[] {
  if (equity.length <= POINT_COUNT_MAX) return equity;
  const size = Math.ceil((equity.length * 2) / POINT_COUNT_MAX);
  const kept = new Set<EquityPoint>();
  for (let start = 0; start < equity.length; start += size) {
    const part = equity.slice(start, start + size);
    const sorted = part.toSorted((a, b) => (a.equityMicros < b.equityMicros ? -1 : 1));
    for (const point of part) if (point === sorted[0] || point === sorted.at(-1)) kept.add(point);
  }
  const last = equity.at(-1);
  if (last !== undefined) kept.add(last);
  return [...kept];
}

/** Gains and losses apart, because they are drawn in two colours. A day without a known result has neither. */
function dayColumns(days: readonly ResultGroup[]) {
  const results = days.map(({ resultMicros, count, unknownCount }) => (count > unknownCount ? resultMicros : null));
  const part = (isIn: (micros: bigint) => boolean) =>
    results.map((micros) => (micros !== null && isIn(micros) ? usd(micros) : null));
  return {
    seconds: days.map(({ key }) => Date.parse(`${key}T00:00:00Z`) / 1_000),
    gains: part((micros) => micros >= 0n),
    losses: part((micros) => micros < 0n),
  };
}

/** Without the empty bins before the first and after the last one. */
function barsOf({ bins }: Distribution) {
  const first = bins.findIndex(({ count }) => count > 0);
  const last = bins.findLastIndex(({ count }) => count > 0);
  const shown = first < 0 ? [] : bins.slice(first, last + 1);
  return {
    labels: shown.map(({ fromMs }, index) => {
      const end = bins[first + index + 1]?.fromMs;
      return end === undefined ? `≥ ${tookText(fromMs)}` : `< ${tookText(end)}`;
    }),
    counts: shown.map(({ count }) => count),
  };
}
