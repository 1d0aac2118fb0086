import * as z from 'zod/mini';

/** The latest time that a JavaScript date can hold. */
const CALENDAR_MS_MAX = 8_640_000_000_000_000;
/** Larger numbers are milliseconds, microseconds or nanoseconds: as seconds they would be thousands of years away. */
const MILLIS_MIN = 100_000_000_000;
const MICROS_MIN = MILLIS_MIN * 1_000;
const NANOS_MIN = MICROS_MIN * 1_000;

/** ISO time with a zone. A space instead of the T and a zone without minutes occur. */
const ISO_TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}(?::?\d{2})?)$/i;

/** Unix milliseconds; NaN for a text that is not an ISO time. */
export function parseIsoTimeMs(text: string): number {
  const match = ISO_TIME.exec(text);
  // `Date.parse` alone would accept almost any text.
  if (match === null) return Number.NaN;
  const [, date, time, fraction = '', zone = 'Z'] = match;
  const [, sign, hours, minutes = '00'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? [];
  const offset = sign === undefined ? 'Z' : `${sign}${hours}:${minutes}`;
  return Date.parse(`${date}T${time}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`);
}

/**
 * A time in Unix milliseconds. The venue sends seconds or milliseconds, as text or number; other servers also
 * fractions, finer units and ISO times.
 */
export const TimeMsSchema = z.pipe(
  z.union([z.number().check(z.nonnegative()), z.pipe(z.string().check(z.maxLength(40)), z.transform(readText))]),
  z.pipe(z.transform(toMillis), z.int().check(z.lte(CALENDAR_MS_MAX))),
);

function readText(text: string): number {
  return /^\d{1,19}(?:\.\d{1,9})?$/.test(text) ? Number(text) : parseIsoTimeMs(text);
}

function toMillis(value: number): number {
  if (value >= NANOS_MIN) return Math.floor(value / 1_000_000);
  if (value >= MICROS_MIN) return Math.floor(value / 1_000);
  return Math.floor(value >= MILLIS_MIN ? value : value * 1_000);
}
