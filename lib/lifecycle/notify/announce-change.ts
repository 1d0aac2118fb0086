import type { Alert } from '#lib/domain/news/alert.ts';
import { type DomainEvent, stateChangeOf } from '#lib/domain/news/domain-event.ts';
import type { OperatorAction } from '#lib/domain/news/operator-action.ts';
import type { Position } from '#lib/domain/position/position.ts';
import type { EventBus } from '#lib/ports/event-bus.ts';

/**
 * A record of the table's stream: a position that changed, an alert that was raised, what an operator did, or nothing
 * to announce.
 */
export type AnnouncedChange =
  | { readonly kind: 'state'; readonly before: Position | null; readonly after: Position }
  | { readonly kind: 'alert'; readonly alert: Alert }
  | { readonly kind: 'action'; readonly action: OperatorAction }
  | { readonly kind: 'other' };

function toDomainEvent(change: AnnouncedChange): DomainEvent | null {
  switch (change.kind) {
    case 'state':
      return stateChangeOf(change.before, change.after);
    case 'alert': {
      const { alert } = change;
      return { type: 'position-alert', positionId: alert.positionId, version: alert.version, alert };
    }
    case 'action':
      return { type: 'operator-action', action: change.action };
    case 'other':
      return null;
  }
}

/**
 * Publishes the domain event that a change of the table stands for, and returns it; null when there is none.
 * @throws UpstreamUnavailableError announce the same change again
 */
export async function announceChange(
  deps: { readonly bus: EventBus },
  change: AnnouncedChange,
): Promise<DomainEvent | null> {
  const event = toDomainEvent(change);
  if (event !== null) await deps.bus.publish([event]);
  return event;
}
