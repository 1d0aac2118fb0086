import type { PositionRecord } from './position.ts';

type ExitTimes = Pick<PositionRecord, 'firstExitAttemptAtMs' | 'exitDueAtMs' | 'holdLook'>;

/**
 * From the time an exit was due to its first order; 0 for an early one. Null without an order, and for an exit that its
 * rule held: it was not late.
 */
export function latenessMsOf({ firstExitAttemptAtMs, exitDueAtMs, holdLook }: ExitTimes): number | null {
  if (firstExitAttemptAtMs === null || holdLook !== undefined) return null;
  return Math.max(firstExitAttemptAtMs - exitDueAtMs, 0);
}
