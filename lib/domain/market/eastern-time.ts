/**
 * Eastern time, in which the venue names its hourly and daily markets. Computed from the rule in force since 2007
 * (15 U.S.C. §260a): daylight time from the second Sunday of March to the first Sunday of November, at 2 a.m. local
 * time.
 */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A time of day in New York. The `month` counts from 0. */
export type EasternTime = {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
};

export function easternTimeAt(atMs: number): EasternTime {
  const local = new Date(atMs + easternOffsetMs(atMs));
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth(),
    day: local.getUTCDate(),
    hour: local.getUTCHours(),
  };
}

/**
 * The moments at which clocks in New York show this hour: one; two in the hour that November repeats; none in the hour
 * that March leaves out, and for a date that does not exist.
 */
export function easternMoments({ year, month, day, hour }: EasternTime): readonly number[] {
  const date = new Date(Date.UTC(year, month, day));
  if (date.getUTCMonth() !== month || date.getUTCDate() !== day) return [];
  const asUtcMs = Date.UTC(year, month, day, hour);
  return [DAYLIGHT_OFFSET_MS, STANDARD_OFFSET_MS]
    .map((offsetMs) => ({ atMs: asUtcMs - offsetMs, offsetMs }))
    .filter(({ atMs, offsetMs }) => easternOffsetMs(atMs) === offsetMs)
    .map(({ atMs }) => atMs);
}

const STANDARD_OFFSET_MS = -5 * HOUR_MS;
const DAYLIGHT_OFFSET_MS = -4 * HOUR_MS;

function easternOffsetMs(atMs: number): number {
  const year = new Date(atMs + STANDARD_OFFSET_MS).getUTCFullYear();
  const beginsAtMs = nthSundayMs(year, 2, 2) + 2 * HOUR_MS - STANDARD_OFFSET_MS;
  const endsAtMs = nthSundayMs(year, 10, 1) + 2 * HOUR_MS - DAYLIGHT_OFFSET_MS;
  return atMs >= beginsAtMs && atMs < endsAtMs ? DAYLIGHT_OFFSET_MS : STANDARD_OFFSET_MS;
}

/** Midnight UTC of the nth Sunday of a month. */
function nthSundayMs(year: number, month: number, nth: number): number {
  const firstMs = Date.UTC(year, month, 1);
  const daysToSunday = (7 - new Date(firstMs).getUTCDay()) % 7;
  return firstMs + (daysToSunday + 7 * (nth - 1)) * DAY_MS;
}
