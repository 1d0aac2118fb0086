/** How the durable timer (wake-up A) works; production values below, scaled down where tests run the real stack quickly. */
export type TimerSettings = {
  /** The timer service fires on whole multiples of this, and up to this much late: one minute for EventBridge Scheduler. */
  readonly grainMs: number;
  /** How long before the exit is due the timer should fire; more than a grain, so that it is early even when it is late. */
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
 * When the timer should be set to: the latest whole grain at or before exit due − lead; when that is gone, the next whole grain
 * from which the timer, a full grain late, still fires before the deadline. Null when no such grain is left.
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
