import type { DomainEvent } from '#lib/domain/news/domain-event.ts';

/** Publishes domain events. Delivery is at least once and unordered. */
export type EventBus = {
  /** @throws UpstreamUnavailableError when not every event was accepted; publish all of them again */
  publish(events: readonly DomainEvent[]): Promise<void>;
};
