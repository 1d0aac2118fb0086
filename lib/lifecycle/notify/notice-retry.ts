import { RateLimitedError } from '#lib/errors/errors.ts';

/** Doubles with every try: five tries outlast a quarter of an hour without Discord. */
const FIRST_DELAY_MS = 60_000;
const DELAY_MS_MAX = 900_000;

/** When a notice that could not be told is tried again: when we were asked to, else after a pause that grows. */
export function noticeRetryDelayMs(error: unknown, receiveCount: number): number {
  if (error instanceof RateLimitedError) return error.retryAfterMs;
  return Math.min(DELAY_MS_MAX, FIRST_DELAY_MS * 2 ** (receiveCount - 1));
}
