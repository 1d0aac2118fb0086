import { assertNever } from './broken-law.ts';
import { DUST_SHARES_MICROS, openOrderHashes, remainingSharesMicros } from './fill-totals.ts';
import { floorTo, minMicros } from './money.ts';
import { isUnresolved } from './order-attempt.ts';
import type { ExitingPosition, HoldingPosition, OpenPosition, PositionRecord } from './position.ts';
import { deadlineAtMs } from './position.ts';

/** What the next invocation has to do for a position, decided from the row and the time alone. */
export type NextStep =
  /** Nothing is due yet, or nothing is left to do before the market's result. */
  | { readonly step: 'nothing-due' }
  /** The exit can do nothing more: no order may be posted and none is open. Only the deadline is left to be written. */
  | { readonly step: 'wait-for-deadline'; readonly untilMs: number }
  /** Another invocation may still be at work on the attempt. */
  | { readonly step: 'wait-for-lease'; readonly untilMs: number }
  /** The opening died before its buy was written down. */
  | { readonly step: 'abandon-buy' }
  /** T − 5 s has come. */
  | { readonly step: 'write-deadline' }
  /** Ask the venue about orders that are not final. */
  | { readonly step: 'look-up'; readonly orderHashes: readonly string[] }
  /** Post a sell of so many shares at `postAtMs`, or now when that has passed. */
  | { readonly step: 'sell'; readonly sharesMicros: bigint; readonly postAtMs: number };

const NOTHING_DUE: NextStep = { step: 'nothing-due' };

/** Pure heart of every wake-up. The deadline comes first: it needs no answer from anybody and touches no attempt. */
export function planNextStep(position: OpenPosition, nowMs: number): NextStep {
  if (position.state !== 'awaiting-resolution' && nowMs >= deadlineAtMs(position)) return { step: 'write-deadline' };
  const posting = position.attempts.find((attempt) => attempt.phase === 'posting');
  if (posting?.phase === 'posting' && nowMs < posting.leaseUntilMs) {
    return { step: 'wait-for-lease', untilMs: posting.leaseUntilMs };
  }
  switch (position.state) {
    case 'buying':
      if (position.attemptCount > 0) return lookUp(position);
      return nowMs >= position.wakeUp.atMs ? { step: 'abandon-buy' } : NOTHING_DUE;
    case 'holding':
      return nowMs >= position.exitDueAtMs - position.policy.prepareLeadMs ? exit(position, nowMs) : lookUp(position);
    case 'exiting':
      return exit(position, nowMs);
    case 'awaiting-resolution':
      return lookUp(position);
    default:
      return assertNever(position);
  }
}

function lookUp(position: PositionRecord): NextStep {
  const orderHashes = openOrderHashes(position);
  return orderHashes.length === 0 ? NOTHING_DUE : { step: 'look-up', orderHashes };
}

/** How many shares the next sell may name: what is left, what the venue would let go, in steps of 0.01 share. */
export function sellableSharesMicros(position: HoldingPosition | ExitingPosition): bigint {
  const remaining = remainingSharesMicros(position);
  const clamp = position.state === 'exiting' ? position.sellableMicros : null;
  return floorTo(clamp === null ? remaining : minMicros(remaining, clamp), DUST_SHARES_MICROS);
}

function exit(position: HoldingPosition | ExitingPosition, nowMs: number): NextStep {
  if (position.attempts.some(isUnresolved)) return lookUp(position);
  const next = sell(position, nowMs);
  return next.step === 'nothing-due' ? { step: 'wait-for-deadline', untilMs: deadlineAtMs(position) } : next;
}

function sell(position: HoldingPosition | ExitingPosition, nowMs: number): NextStep {
  const sharesMicros = sellableSharesMicros(position);
  const dueMs = position.state === 'holding' ? position.exitDueAtMs : position.wakeUp.atMs;
  const postAtMs = Math.max(nowMs, dueMs);
  const isTooLate = postAtMs > position.marketEndsAtMs - position.policy.lastOrderLeadMs;
  const isSpent = position.attemptCount >= position.policy.attemptCountMax;
  return sharesMicros === 0n || isTooLate || isSpent ? lookUp(position) : { step: 'sell', sharesMicros, postAtMs };
}
