const RETRY_AFTER_MS_MAX = 300_000;

/** `Retry-After` in seconds, the only form that is seen here, in milliseconds; null without one that can be used. */
export function retryAfterMs(headers: Pick<Headers, 'get'>): number | null {
  return secondsToRetryMs(headers.get('retry-after'));
}

/** The same for a figure from somewhere else, such as an answer's body. */
export function secondsToRetryMs(value: unknown): number | null {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds <= 0) return null;
  return Math.min(Math.ceil(seconds * 1_000), RETRY_AFTER_MS_MAX);
}
