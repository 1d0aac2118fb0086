import { isOfCanary } from '#lib/domain/news/domain-event.ts';
import { RateLimitedError, StoreUnavailableError } from '#lib/errors/errors.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { Notice, Notifier } from '#lib/ports/notifier.ts';
import type { NoticeClaim, NoticeLedger } from '#lib/ports/store/notice-ledger.ts';

export type DeliverNoticeDeps = {
  readonly ledger: NoticeLedger;
  readonly notifier: Notifier;
  readonly clock: Clock;
};

export type DeliverNoticeCommand = {
  readonly notice: Notice;
  readonly noticeKey: string;
  /** When this invocation has to end; the claim is held until then. */
  readonly deadlineAtMs: number;
};

export type DeliverNoticeOutcome =
  /** `remembered` is false when the ledger could not be written: the notice may be delivered again. */
  | { readonly outcome: 'delivered'; readonly remembered: boolean }
  | { readonly outcome: 'already-delivered' }
  /** A change of state that is reported by an alert, or not at all; or an alarm that was never raised. */
  | { readonly outcome: 'not-news' }
  /** A canary's notice: it is noted in the ledger and not delivered. */
  | { readonly outcome: 'canary-seen' };

/** How long a claim outlives the deadline of its invocation: clocks differ. */
const LEASE_GRACE_MS = 2_000;
/**
 * The notifier's own deadline. A wait that leaves less time is left to the queue, so that every request of this
 * invocation ends before its claim does.
 */
const REQUEST_MS_MAX = 5_000;

/**
 * Delivers one notice to a human at least once, and normally once:
 *   1. claim the notice in the ledger: a copy that was delivered, or is being delivered, stops here;
 *   2. deliver it; when the receiver asks for a pause, wait if there is time, otherwise leave it to the queue;
 *   3. mark it as sent.
 * A crash between 2 and 3 delivers it twice: the claim expires and the redelivery cannot know. A ledger that does not
 * answer does not stop an alert, because its failure may be the alert's cause.
 *
 * @throws RateLimitedError the receiver asks for a pause, or a copy is being delivered; deliver again
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
  if (notice.kind === 'watch-alarm' && notice.wasNeverRaised === true) return { outcome: 'not-news' };
  if (notice.kind === 'event' && isOfCanary(notice.event)) {
    await deps.ledger.markSent(noticeKey);
    return { outcome: 'canary-seen' };
  }
  const leaseMs = Math.max(0, command.deadlineAtMs - deps.clock.nowMs()) + LEASE_GRACE_MS;
  const claim = await tryClaim(deps, noticeKey, leaseMs);
  if (claim === 'sent') return { outcome: 'already-delivered' };
  // Not `already-delivered`: the other invocation may crash, and then this is the only copy.
  if (claim === 'busy') throw new RateLimitedError('Another invocation is delivering this notice', leaseMs);
  try {
    await notifyPatiently(deps, command);
  } catch (error) {
    if (claim === 'claimed') await ignoreUnavailable(() => deps.ledger.release(noticeKey));
    throw error;
  }
  // An error here would make the queue deliver the notice again.
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

/** False when the store was unavailable. */
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

/** Doubles with every try: eight tries outlast an hour without Discord. Bans of an address last that long. */
const FIRST_DELAY_MS = 60_000;
const DELAY_MS_MAX = 900_000;
/** Doubles as well: a receiver that asks for a second each time must not use up all tries within seconds. */
const FIRST_ASKED_DELAY_MS = 1_000;

/** Pause before a failed notice is tried again: at least what the receiver asked for, and growing. */
export function noticeRetryDelayMs(error: unknown, receiveCount: number): number {
  const grownMs = (firstMs: number) => Math.min(DELAY_MS_MAX, firstMs * 2 ** (receiveCount - 1));
  if (error instanceof RateLimitedError) return Math.max(error.retryAfterMs, grownMs(FIRST_ASKED_DELAY_MS));
  return grownMs(FIRST_DELAY_MS);
}
