import { DETAIL_TYPES, EVENT_SOURCE, encodeDomainEvent } from '#lib/contracts/domain-event.ts';
import type { DomainEvent } from '#lib/domain/news/domain-event.ts';
import { RateLimitedError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { EventBus } from '#lib/ports/event-bus.ts';
import type { Notice, Notifier } from '#lib/ports/notifier.ts';
import type { Caller } from './incarnation.ts';
import type { SimQueue } from './sim-queue.ts';
import { travelMs, type World } from './world.ts';

/** The event bus and its rules, which put what people are to read into the discord queue. */
export function createSimBus(world: World, queue: SimQueue<DomainEvent>, call: Caller): EventBus {
  const { dice } = world;
  const travel = (): number => travelMs(world);
  return {
    publish: (events) =>
      call('bus.publish', travel, () => {
        if (dice.roll('bus-unavailable')) throw new UpstreamUnavailableError('The bus did not take the events');
        for (const event of events) {
          if (isForPeople(event)) queue.send(event, 0, 0);
        }
        if (dice.roll('bus-answer-lost')) throw new UpstreamUnavailableError('The answer of the bus was lost');
      }),
  };
}

/** An event as EventBridge writes it for the target of a rule. */
export function encodeBusEvent(event: DomainEvent): string {
  return `{"source":"${EVENT_SOURCE}","detail-type":"${DETAIL_TYPES[event.type]}","detail":${encodeDomainEvent(event)}}`;
}

/** As the rules of every deployment have it: a change of state that is no news goes nowhere. */
function isForPeople(event: DomainEvent): boolean {
  return event.type !== 'position-state-changed' || event.isNews;
}

/** Discord: what was told, as often as it was. */
export function createSimNotifier(world: World, onTold: (notice: Notice) => void, call: Caller): Notifier {
  const { dice } = world;
  const travel = (): number => 100 + world.draw(200);
  return {
    notify: (notice) =>
      call('notifier.notify', travel, () => {
        if (dice.roll('discord-429')) {
          throw new RateLimitedError('Discord asks to wait', dice.between('discord-429', 500, 20_000));
        }
        if (dice.roll('discord-5xx')) throw new UpstreamUnavailableError('Discord failed');
        onTold(notice);
        if (dice.roll('discord-answer-lost')) throw new UpstreamUnavailableError('The answer of Discord was lost');
      }),
  };
}
