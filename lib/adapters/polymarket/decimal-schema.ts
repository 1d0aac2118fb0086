import * as z from 'zod/mini';
import { parseMicros } from '#lib/domain/market/money.ts';

/** At most 15 digits before the point; `.5` is valid. */
const DECIMAL_TEXT = /^(?=\.?\d)(\d{0,15})(?:\.(\d*))?$/;

/**
 * Reads a decimal of zero or more, a string or a number, into micros. Digits beyond the sixth are cut off: the venue
 * settles nothing smaller, and floating point may have added them.
 */
export const DecimalMicrosSchema = z.pipe(
  z.union([z.string().check(z.maxLength(60)), z.number().check(z.nonnegative())]),
  z.transform((value, context) => {
    // `toFixed` writes no exponent below 1e21, which the pattern refuses anyway.
    const match = DECIMAL_TEXT.exec(typeof value === 'number' ? value.toFixed(9) : value.trim());
    if (match === null) {
      context.issues.push({ code: 'custom', input: value, message: 'has to be a decimal number of zero or more' });
      return z.NEVER;
    }
    const [, digits = '', fraction = ''] = match;
    const whole = digits === '' ? '0' : digits;
    return parseMicros(fraction === '' ? whole : `${whole}.${fraction.slice(0, 6)}`);
  }),
);

/** A price: strictly between 0 and 1. */
export const PriceMicrosSchema = DecimalMicrosSchema.check(
  z.refine((micros) => micros > 0n && micros < 1_000_000n, {
    message: 'has to lie between 0 and 1',
  }),
);
