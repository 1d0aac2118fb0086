import type { PositionTerms } from '#lib/domain/position/position.ts';

/**
 * How the durable timer (wake-up A) works; production values below, scaled down where tests run the real stack quickly.
 */
export type TimerSettings = {
  /**
   * The timer service fires on whole multiples of this, and up to this much late: one minute for EventBridge Scheduler.
   */
  readonly grainMs: number;
  /**
   * How long before the exit is due the timer should fire; more than a grain, so that it is early even when it is late.
   */
  readonly leadMs: number;
  /** Time to make the timer: nearer than this counts as past, because the service refuses a time in the past. */
  readonly marginMs: number;
  /** Firing at market end − this still helps: it is when the end is written. */
  readonly deadlineLeadMs: number;
};

/** The timer of lib/domain/README.md, wake-ups; the deadline is the exit policy's T − 5 s. */
export const DEFAULT_TIMER_SETTINGS: TimerSettings = {
  grainMs: 60_000,
  leadMs: 90_000,
  marginMs: 5_000,
  deadlineLeadMs: 5_000,
};

/**
 * When the timer should be set to: the latest whole grain at or before exit due − lead; when that is gone, the next
 * whole grain from which the timer, a full grain late, still fires before the deadline. Null when no such grain is
 * left.
 */
export function planTimerAtMs(
  position: { readonly exitDueAtMs: number; readonly marketEndsAtMs: number; readonly nowMs: number } & TimerSettings,
): number | null {
  const { grainMs } = position;
  const earliestAtMs = position.nowMs + position.marginMs;
  const wishedAtMs = Math.floor((position.exitDueAtMs - position.leadMs) / grainMs) * grainMs;
  if (wishedAtMs >= earliestAtMs) return wishedAtMs;
  const nextAtMs = Math.ceil(earliestAtMs / grainMs) * grainMs;
  return nextAtMs + grainMs <= position.marketEndsAtMs - position.deadlineLeadMs ? nextAtMs : null;
}

/**
 * Longest delay of a queue message (SQS): a later exit is woken by its timer alone, and by the message that sends on.
 */
const DELAY_MS_MAX = 900_000;

/** What an exit's delayed message depends on. */
export type ExitTime = Pick<PositionTerms, 'origin' | 'policy'> & { readonly exitDueAtMs: number };

/**
 * Does an exit have a delayed message of its own, seen from this moment? Not when it is too far away, and never a
 * canary's: that one relies on the timer alone, so that a timer service that has stopped shows in its lateness.
 */
export function hasDelayedMessage({ origin, exitDueAtMs, policy }: ExitTime, nowMs: number): boolean {
  return origin === 'request' && exitDueAtMs - policy.prepareLeadMs - nowMs <= DELAY_MS_MAX;
}

/**
 * The timer's message is sent on to this long after the due time, to see whether the delayed one has begun the exit.
 * Were both to come before it, every exit would be prepared twice, once for nothing, at the busiest moment; were it to
 * come just after it, it would be read for nothing while the answers of a crowd are written down. By then they are.
 */
const TIMER_PATIENCE_MS = 2_000;

/** When the timer's message may begin the exit; at once where it is the only message. */
export function timerStartsExitAtMs(position: ExitTime & Pick<PositionTerms, 'openedAtMs'>): number {
  return hasDelayedMessage(position, position.openedAtMs) ? position.exitDueAtMs + TIMER_PATIENCE_MS : 0;
}
