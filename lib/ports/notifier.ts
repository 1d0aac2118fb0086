import { type DomainEvent, isOfCanary } from '#lib/domain/news/domain-event.ts';

export type Notice =
  | { readonly kind: 'event'; readonly event: DomainEvent }
  /** An alarm about the suite itself. A part is null when the alarm does not have it. */
  | {
      readonly kind: 'watch-alarm';
      readonly name: string;
      readonly state: 'ALARM' | 'OK' | 'INSUFFICIENT_DATA';
      /** What the operator loses while it lasts. */
      readonly impact: string | null;
      /** What was measured. */
      readonly reason: string | null;
      /** Where the operator finds what to do. */
      readonly runbook: string | null;
      readonly isPage?: true | undefined;
      /** It has its first data, and they are good. */
      readonly wasNeverRaised?: true | undefined;
    }
  /** Free text from elsewhere. */
  | { readonly kind: 'alarm'; readonly title: string; readonly text: string; readonly isPage?: true | undefined };

/** Whether the operator has to be woken: an alert or an alarm that pages, while it lasts. Never for a canary. */
export function isPage(notice: Notice): boolean {
  switch (notice.kind) {
    case 'alarm':
      return notice.isPage === true;
    case 'watch-alarm':
      return notice.isPage === true && notice.state === 'ALARM';
    case 'event': {
      const { event } = notice;
      return event.type === 'position-alert' && event.alert.severity === 'page' && !isOfCanary(event);
    }
  }
}

/** Notifies a human. */
export type Notifier = {
  /**
   * @throws RateLimitedError with the time to wait
   * @throws UpstreamUnavailableError probably not delivered; delivering again is safe
   * @throws RejectedByUpstreamError the receiver will never accept it
   */
  notify(notice: Notice): Promise<void>;
};
