import type { PositionTerms } from '#lib/domain/position/position.ts';

export type TimerSettings = {
  /** The timer service fires at multiples of this, up to this much late. EventBridge Scheduler: one minute. */
  readonly grainMs: number;
  /** How long before the exit is due the timer fires. More than a grain, so that a late timer is still early. */
  readonly leadMs: number;
  /** A time nearer than this counts as past, because the service refuses times in the past. */
  readonly marginMs: number;
  /** The timer has to fire by market end − this, the deadline. */
  readonly deadlineLeadMs: number;
};

export const DEFAULT_TIMER_SETTINGS: TimerSettings = {
  grainMs: 60_000,
  leadMs: 90_000,
  marginMs: 5_000,
  deadlineLeadMs: 5_000,
};

/** The latest grain at or before exit due − lead; else the next from which even a late timer helps; else null. */
export function planTimerAtMs(
  position: { readonly exitDueAtMs: number; readonly marketEndsAtMs: number; readonly nowMs: number } & TimerSettings,
): number | null {
  const { grainMs } = position;
  const earliestAtMs = position.nowMs + position.marginMs;
  const preferredAtMs = Math.floor((position.exitDueAtMs - position.leadMs) / grainMs) * grainMs;
  if (preferredAtMs >= earliestAtMs) return preferredAtMs;
  const nextAtMs = Math.ceil(earliestAtMs / grainMs) * grainMs;
  return nextAtMs + grainMs <= position.marketEndsAtMs - position.deadlineLeadMs ? nextAtMs : null;
}

/** Longest delay of an SQS message. */
const DELAY_MS_MAX = 900_000;

export type ExitTime = Pick<PositionTerms, 'origin' | 'policy'> & { readonly exitDueAtMs: number };

/** A far exit has none. Nor has a canary's, so that a broken timer service shows as lateness. */
export function hasDelayedMessage({ origin, exitDueAtMs, policy }: ExitTime, nowMs: number): boolean {
  return origin !== 'canary' && exitDueAtMs - policy.prepareLeadMs - nowMs <= DELAY_MS_MAX;
}

/** The timer's message waits this long after the due time, so that no exit is prepared twice. */
const TIMER_AFTER_DUE_MS = 2_000;

/** When the timer's message may begin the exit. At once if it is the only message. */
export function timerStartsExitAtMs(position: ExitTime & Pick<PositionTerms, 'openedAtMs'>): number {
  return hasDelayedMessage(position, position.openedAtMs) ? position.exitDueAtMs + TIMER_AFTER_DUE_MS : 0;
}
