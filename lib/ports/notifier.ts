import type { DomainEvent } from '#lib/domain/news/domain-event.ts';

export type Notice =
  | { readonly kind: 'event'; readonly event: DomainEvent }
  /** Something of the suite itself is wrong, or is over. Its parts are null where the alarm does not tell them. */
  | {
      readonly kind: 'watch-alarm';
      readonly name: string;
      readonly state: 'ALARM' | 'OK' | 'INSUFFICIENT_DATA';
      /** What a person loses while it lasts. */
      readonly impact: string | null;
      /** What was measured. */
      readonly reason: string | null;
      /** Where to look up what to do. */
      readonly runbook: string | null;
    }
  /** Free text from elsewhere. */
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
