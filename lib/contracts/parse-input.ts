import type * as z from 'zod/mini';
import { InvalidInputError } from '#lib/errors/errors.ts';
import { IN_ENGLISH } from './in-english.ts';

/**
 * Parses outside input, or names everything that is wrong with it.
 * @throws InvalidInputError with one sentence that lists field and fault, never the values
 */
export function parseInput<Schema extends z.ZodMiniType>(
  schema: Schema,
  input: unknown,
  what: string,
): z.output<Schema> {
  const result = schema.safeParse(input, IN_ENGLISH);
  if (result.success) return result.data;
  const faults = result.error.issues.slice(0, FAULT_COUNT_MAX).map((issue) => describeIssue(issue, what));
  throw new InvalidInputError(`The ${what} is not valid: ${faults.join('; ')}`);
}

/** A field's name comes from outside too: its beginning is enough to find it. */
const NAME_LENGTH_MAX = 40;
const FAULT_COUNT_MAX = 10;

function describeIssue(issue: z.core.$ZodIssue, what: string): string {
  const place = issue.path.length === 0 ? what : issue.path.map((part) => clip(String(part))).join('.');
  if (issue.code !== 'unrecognized_keys') return `${place}: ${issue.message}`;
  const names = issue.keys.slice(0, FAULT_COUNT_MAX).map((key) => `"${clip(key)}"`);
  return `${place}: unknown field ${names.join(', ')}; leave it out`;
}

function clip(name: string): string {
  return name.length <= NAME_LENGTH_MAX ? name : `${name.slice(0, NAME_LENGTH_MAX)}…`.toWellFormed();
}

/** Parses JSON text from outside. @throws InvalidInputError when it is not JSON */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidInputError(`The ${what} is not JSON`, { length: text.length });
  }
}
