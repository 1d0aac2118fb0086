import type { DomainEvent } from '#lib/domain/domain-event.ts';

export type Notice =
  | { readonly kind: 'event'; readonly event: DomainEvent }
  /** Free text from elsewhere, e.g. a CloudWatch alarm. */
  | { readonly kind: 'alarm'; readonly title: string; readonly text: string };

/** Tells a human. */
export type Notifier = {
  /**
   * @throws RateLimitedError with the time to wait
   * @throws UpstreamUnavailableError not delivered for all we know; delivering again is safe
   * @throws RejectedByUpstreamError never deliverable as it is
   */
  notify(notice: Notice): Promise<void>;
};
