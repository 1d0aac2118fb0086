import { describe, expect, it } from 'vitest';
import { RateLimitedError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { noticeRetryDelayMs } from '#lib/lifecycle/notify/notice-retry.ts';

describe('a notice that could not be told', () => {
  it('is tried again when Discord said so', () => {
    expect(noticeRetryDelayMs(new RateLimitedError('wait', 42_000), 3)).toBe(42_000);
  });

  it('is tried again after pauses that outlast a quarter of an hour without Discord', () => {
    const down = new UpstreamUnavailableError('down');
    const delays = [1, 2, 3, 4].map((receiveCount) => noticeRetryDelayMs(down, receiveCount));
    expect(delays).toEqual([60_000, 120_000, 240_000, 480_000]);
    expect(delays.reduce((sum, delay) => sum + delay, 0)).toBeGreaterThanOrEqual(900_000);
    expect(noticeRetryDelayMs(down, 40)).toBe(900_000);
  });
});
