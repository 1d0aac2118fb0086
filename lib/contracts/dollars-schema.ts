import * as z from 'zod/mini';
import { parseMicros } from '#lib/domain/market/money.ts';

/** Dollars as a JSON number or a decimal string with at most six decimals; parsed to micros. */
export const dollarsSchema = (message: string) =>
  z.pipe(
    z.union([z.string().check(z.maxLength(20)), z.number()], message),
    z.transform((value, context) => {
      try {
        return parseMicros(String(value));
      } catch {
        context.issues.push({ code: 'custom', input: value, message });
        return z.NEVER;
      }
    }),
  );
