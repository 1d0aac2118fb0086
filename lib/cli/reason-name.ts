import { describeError } from '#lib/runtime/describe-error.ts';

/** What lies beneath a failure, in one word: it tells "not reached" from "not allowed", and its text may hold what nobody should see. */
export function reasonName(cause: unknown): string {
  // Node names its errors in a code, such as ENOENT, and calls each of them an Error.
  if (cause instanceof Error && 'code' in cause && /^[A-Z][A-Z0-9_]{2,40}$/.test(String(cause.code))) {
    return String(cause.code);
  }
  return describeError(cause).errorName;
}
