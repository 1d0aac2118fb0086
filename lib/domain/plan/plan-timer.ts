import type { PositionTerms } from '#lib/domain/position/position.ts';

/** Settings of the exit timer. Tests that run the real stack scale them down. */
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

/**
 * The latest grain at or before exit due − lead. If that has passed, the next grain from which even a late timer fires
 * before the deadline. Null if there is none.
 */
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

/**
 * Whether the exit has a delayed message of its own. Not if it is too far away. A canary never has one: it relies on
 * the timer, so that a broken timer service shows as lateness.
 */
export function hasDelayedMessage({ origin, exitDueAtMs, policy }: ExitTime, nowMs: number): boolean {
  return origin === 'request' && exitDueAtMs - policy.prepareLeadMs - nowMs <= DELAY_MS_MAX;
}

/**
 * How long after the due time the timer's message checks whether the delayed message has begun the exit. Earlier, each
 * exit would be prepared twice, at the busiest moment.
 */
const TIMER_AFTER_DUE_MS = 2_000;

/** When the timer's message may begin the exit. At once if it is the only message. */
export function timerStartsExitAtMs(position: ExitTime & Pick<PositionTerms, 'openedAtMs'>): number {
  return hasDelayedMessage(position, position.openedAtMs) ? position.exitDueAtMs + TIMER_AFTER_DUE_MS : 0;
}
