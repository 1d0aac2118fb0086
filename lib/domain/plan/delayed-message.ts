import type { PositionTerms } from '#lib/domain/position/position.ts';

/** Longest delay of a queue message (SQS): a later exit is woken by its timer alone, and by the message that sends on. */
const DELAY_MS_MAX = 900_000;

/** What an exit's delayed message depends on. */
export type ExitTime = Pick<PositionTerms, 'origin' | 'policy'> & { readonly exitDueAtMs: number };

/**
 * Does an exit have a delayed message of its own, seen from this moment? Not when it is too far away, and never a canary's:
 * that one relies on the timer alone, so that a timer service that has stopped shows in its lateness.
 */
export function hasDelayedMessage({ origin, exitDueAtMs, policy }: ExitTime, nowMs: number): boolean {
  return origin === 'request' && exitDueAtMs - policy.prepareLeadMs - nowMs <= DELAY_MS_MAX;
}

/**
 * The timer's message is sent on to this long after the due time, to see whether the delayed one has begun the exit. Were both
 * to come before it, every exit would be prepared twice, once for nothing, at the busiest moment; were it to come just after
 * it, it would be read for nothing while the answers of a crowd are written down. By then they are.
 */
const TIMER_PATIENCE_MS = 2_000;

/** When the timer's message may begin the exit; at once where it is the only message. */
export function timerTurnAtMs(position: ExitTime & Pick<PositionTerms, 'openedAtMs'>): number {
  return hasDelayedMessage(position, position.openedAtMs) ? position.exitDueAtMs + TIMER_PATIENCE_MS : 0;
}
