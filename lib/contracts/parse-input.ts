import type * as z from 'zod';
import { InvalidInputError } from '#lib/errors/errors.ts';

/**
 * Parses outside input, or names everything that is wrong with it.
 * @throws InvalidInputError with one sentence that lists field and fault, never the values
 */
export function parseInput<Schema extends z.ZodType>(schema: Schema, input: unknown, what: string): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const faults = result.error.issues
    .slice(0, 10)
    .map((issue) => `${issue.path.length === 0 ? what : issue.path.join('.')}: ${issue.message}`);
  throw new InvalidInputError(`The ${what} is not valid: ${faults.join('; ')}`);
}

/** Parses JSON text from outside. @throws InvalidInputError when it is not JSON */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidInputError(`The ${what} is not JSON`, { length: text.length });
  }
}
