import { en } from 'zod/locales';
import * as z from 'zod/mini';
import { InvalidInputError } from '#lib/errors/errors.ts';

/**
 * Error messages for schemas: `zod/mini`, which keeps bundles small, has none of its own. Passed with each call, and
 * not set for the process, so that a call that forgets it fails a test.
 */
export const IN_ENGLISH = { error: en().localeError };

/** Names from outside are cut to this length in messages. */
const NAME_LENGTH_MAX = 40;
const FAULT_COUNT_MAX = 10;

/**
 * Parses input from outside.
 * @throws InvalidInputError with one sentence that lists each field and its fault, never the values
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

function describeIssue(issue: z.core.$ZodIssue, what: string): string {
  const place = issue.path.length === 0 ? what : issue.path.map((part) => clip(String(part))).join('.');
  // The library's words for a field that is not there; an enumeration names its values instead.
  if (issue.message.endsWith(', received undefined')) return `${place}: is missing`;
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

/** JSON text from outside, or undefined where it is none. The parser's error is left out: it quotes the text. */
export function jsonOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The schema's output, or `fallback` where the input does not match. The library's own `catch` adds 9 kB to each
 * bundle.
 */
export function orElse<Schema extends z.ZodMiniType, Fallback>(schema: Schema, fallback: Fallback) {
  return z.union([
    schema,
    z.pipe(
      z.unknown(),
      z.transform(() => fallback),
    ),
  ]);
}
