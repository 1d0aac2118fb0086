import { DETAIL_TYPES, EVENT_SOURCE, encodeDomainEvent } from '#lib/contracts/domain-event.ts';
import type { DomainEvent } from '#lib/domain/news/domain-event.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { EventBus } from '#lib/ports/event-bus.ts';
import type { ServiceCall } from './function-instance.ts';
import type { SimQueue } from './sim-queue.ts';
import { travelMs, type World } from './world.ts';

/** The event bus with its rule, which puts events for people into the discord queue. */
export function createSimBus(world: World, queue: SimQueue<DomainEvent>, call: ServiceCall): EventBus {
  const { dice } = world;
  const travel = (): number => travelMs(world);
  return {
    publish: (events) =>
      call('bus.publish', travel, () => {
        if (dice.roll('bus-unavailable')) throw new UpstreamUnavailableError('The bus did not accept the events');
        for (const event of events) {
          if (isForPeople(event)) queue.send(event, 0, 0);
        }
        if (dice.roll('bus-answer-lost')) throw new UpstreamUnavailableError('The answer of the bus was lost');
      }),
  };
}

/** The event as EventBridge writes it for a rule's target. */
export function encodeBusEvent(event: DomainEvent): string {
  return `{"source":"${EVENT_SOURCE}","detail-type":"${DETAIL_TYPES[event.type]}","detail":${encodeDomainEvent(event)}}`;
}

/** The rule of every deployment: a change of state reaches Discord only when it is news. */
function isForPeople(event: DomainEvent): boolean {
  return event.type !== 'position-state-changed' || event.isNews;
}
