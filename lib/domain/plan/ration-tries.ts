import type { PositionRecord } from '#lib/domain/position/position.ts';

type Tries = Pick<PositionRecord, 'attemptCount' | 'marketEndsAtMs' | 'policy'>;

/** From this share of the policy's tries on, what is left is spread over the time that is left. */
const SCARCE_SHARE = 4;

/**
 * The pause before the next try, long enough for the tries that are left to last until the last chance (`lastTryAtMs`). They are counted, so
 * that no fault can make an exit go round without end; but one that has none left while there is time would let the shares expire.
 * An exit by hand leaves half of them to the clock's.
 */
export function rationedPauseMs(record: Tries, nowMs: number, lastTryAtMs: number, pauseMs: number): number {
  const { attemptCount, marketEndsAtMs, policy } = record;
  const clockExitAtMs = marketEndsAtMs - policy.exitLeadMs;
  const isByHand = nowMs < clockExitAtMs;
  const reserve = isByHand ? Math.floor(policy.attemptCountMax / 2) : 0;
  const leftCount = policy.attemptCountMax - attemptCount - reserve;
  if (leftCount > policy.attemptCountMax / SCARCE_SHARE) return pauseMs;
  const leftMs = (isByHand ? clockExitAtMs : lastTryAtMs) - nowMs;
  return Math.max(pauseMs, Math.ceil(leftMs / Math.max(leftCount, 1)));
}
