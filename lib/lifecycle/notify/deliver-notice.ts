import { isOfCanary } from '#lib/domain/news/domain-event.ts';
import { RateLimitedError, StoreUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { NoticeClaim, NoticeLedger } from '#lib/ports/notice-ledger.ts';
import type { Notice, Notifier } from '#lib/ports/notifier.ts';

export type DeliverNoticeDeps = {
  readonly ledger: NoticeLedger;
  readonly notifier: Notifier;
  readonly clock: Clock;
};

export type DeliverNoticeCommand = {
  readonly notice: Notice;
  readonly noticeKey: string;
  /** When this invocation has to be done; the claim is held for that long. */
  readonly deadlineAtMs: number;
};

export type DeliverNoticeOutcome =
  /** Told. `remembered` is false when the ledger could not be asked or written: the same notice may be told again. */
  | { readonly outcome: 'delivered'; readonly remembered: boolean }
  | { readonly outcome: 'already-delivered' }
  /** A change of state that an alert, or nobody, tells. */
  | { readonly outcome: 'not-news' }
  /** A canary's: nobody is told, and the ledger says that it came this far. */
  | { readonly outcome: 'canary-seen' };

/** How long a claim outlives the deadline of its invocation: clocks differ. */
const LEASE_GRACE_MS = 2_000;
/**
 * Telling may take this long (the notifier's own deadline). A wait that leaves less is left to the queue, so that every
 * request of this invocation ends before its claim does.
 */
const REQUEST_MS_MAX = 5_000;

/**
 * Tells one notice to a human, at least once and as a rule once.
 *
 * 1. Claim the notice in the ledger: a copy that was told, or is being told, stops here.
 * 2. Tell it. Asked to wait by the receiver, wait if the time is there; else the queue delivers again.
 * 3. Mark it as sent.
 *
 * Dying between 2 and 3 tells it twice: the claim lapses and the redelivery cannot know. A ledger that does not answer never
 * keeps an alert back, because its failure may be what the alert is about.
 *
 * @throws RateLimitedError told to wait, or a copy is being told right now; deliver again
 * @throws UpstreamUnavailableError, RejectedByUpstreamError as the notifier
 * @throws StoreUnavailableError a canary's notice could not be noted; deliver again
 */
export async function deliverNotice(
  deps: DeliverNoticeDeps,
  command: DeliverNoticeCommand,
): Promise<DeliverNoticeOutcome> {
  const { notice, noticeKey } = command;
  if (notice.kind === 'event' && notice.event.type === 'position-state-changed' && !notice.event.isNews) {
    return { outcome: 'not-news' };
  }
  if (notice.kind === 'event' && isOfCanary(notice.event)) {
    await deps.ledger.markSent(noticeKey);
    return { outcome: 'canary-seen' };
  }
  const leaseMs = Math.max(0, command.deadlineAtMs - deps.clock.nowMs()) + LEASE_GRACE_MS;
  const claim = await tryClaim(deps, noticeKey, leaseMs);
  if (claim === 'sent') return { outcome: 'already-delivered' };
  // Not "already delivered": the other one may die on the way, and then only this copy is left.
  if (claim === 'busy') throw new RateLimitedError('Another invocation is telling this notice', leaseMs);
  try {
    await notifyPatiently(deps, command);
  } catch (error) {
    if (claim === 'claimed') await ignoreUnavailable(() => deps.ledger.release(noticeKey));
    throw error;
  }
  // Throwing here would have the queue deliver again what was just told.
  const isMarked = await ignoreUnavailable(() => deps.ledger.markSent(noticeKey));
  return { outcome: 'delivered', remembered: isMarked };
}

async function tryClaim(deps: DeliverNoticeDeps, noticeKey: string, leaseMs: number): Promise<NoticeClaim | 'unasked'> {
  try {
    return await deps.ledger.claim(noticeKey, leaseMs);
  } catch (error) {
    if (error instanceof StoreUnavailableError) return 'unasked';
    throw error;
  }
}

/** True when it worked. */
async function ignoreUnavailable(effect: () => Promise<void>): Promise<boolean> {
  try {
    await effect();
    return true;
  } catch (error) {
    if (error instanceof StoreUnavailableError) return false;
    throw error;
  }
}

async function notifyPatiently(deps: DeliverNoticeDeps, command: DeliverNoticeCommand): Promise<void> {
  for (;;) {
    try {
      await deps.notifier.notify(command.notice);
      return;
    } catch (error) {
      if (!(error instanceof RateLimitedError)) throw error;
      const resumeAtMs = deps.clock.nowMs() + Math.max(1, error.retryAfterMs);
      if (resumeAtMs + REQUEST_MS_MAX > command.deadlineAtMs) throw error;
      await deps.clock.sleepUntil(resumeAtMs);
    }
  }
}

/** Doubles with every try: five tries outlast a quarter of an hour without Discord. */
const FIRST_DELAY_MS = 60_000;
const DELAY_MS_MAX = 900_000;

/** When a notice that could not be told is tried again: when we were asked to, else after a pause that grows. */
export function noticeRetryDelayMs(error: unknown, receiveCount: number): number {
  if (error instanceof RateLimitedError) return error.retryAfterMs;
  return Math.min(DELAY_MS_MAX, FIRST_DELAY_MS * 2 ** (receiveCount - 1));
}
