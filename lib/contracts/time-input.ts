import * as z from 'zod/mini';

/** A time without an offset would mean another hour on each machine. */
const MESSAGE = 'must be a time with its zone such as 2026-12-01T15:00:00Z, or Unix milliseconds';
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/i;
const MILLIS = /^\d{12,14}$/;
/** The year 1973: a smaller number is a time in seconds. */
const MILLIS_MIN = 100_000_000_000;
const MILLIS_MAX = 99_999_999_999_999;

/** A time in ISO 8601 with its offset, or in Unix milliseconds as number or text; parsed to milliseconds. */
export const TimeInputSchema = z.pipe(
  z.union([z.string().check(z.maxLength(40)), z.number()], MESSAGE),
  z.transform((value, context) => {
    const atMs = parseTimeInput(value);
    if (Number.isSafeInteger(atMs) && atMs >= MILLIS_MIN && atMs <= MILLIS_MAX) return atMs;
    context.issues.push({ code: 'custom', input: value, message: MESSAGE });
    return z.NEVER;
  }),
);

function parseTimeInput(value: string | number): number {
  if (typeof value === 'number') return value;
  const text = value.trim();
  if (MILLIS.test(text)) return Number(text);
  return ISO.test(text) ? Date.parse(text) : Number.NaN;
}
