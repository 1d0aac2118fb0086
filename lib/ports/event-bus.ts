import type { DomainEvent } from '#lib/domain/news/domain-event.ts';

/** Where the world outside learns what happened. At least once, in no order. */
export type EventBus = {
  /** @throws UpstreamUnavailableError when not every event was taken; publish them all again */
  publish(events: readonly DomainEvent[]): Promise<void>;
};
