import { DETAIL_TYPES, EVENT_SOURCE, encodeDomainEvent } from '#lib/contracts/domain-event.ts';
import { RateLimitedError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { EventBus } from '#lib/ports/event-bus.ts';
import type { Notice, Notifier } from '#lib/ports/notifier.ts';
import type { SimQueue } from './sim-queue.ts';
import { travelMs, type World } from './world.ts';

/** The event bus and its rule, which puts every event into the discord queue. */
export function createSimBus(world: World, queue: SimQueue): EventBus {
  const { time, dice } = world;
  return {
    publish: async (events) => {
      await time.sleepUntil(time.nowMs() + travelMs(world));
      if (dice.roll('bus-unavailable')) throw new UpstreamUnavailableError('The bus did not take the events');
      for (const event of events) {
        const body = `{"source":"${EVENT_SOURCE}","detail-type":"${DETAIL_TYPES[event.type]}","detail":${encodeDomainEvent(event)}}`;
        queue.send(body, 0, 0);
      }
      if (dice.roll('bus-answer-lost')) throw new UpstreamUnavailableError('The answer of the bus was lost');
    },
  };
}

/** Discord: what was told, as often as it was. */
export function createSimNotifier(world: World, onTold: (notice: Notice) => void): Notifier {
  const { time, dice } = world;
  return {
    notify: async (notice) => {
      await time.sleepUntil(time.nowMs() + 100 + world.draw(200));
      if (dice.roll('discord-429')) {
        throw new RateLimitedError('Discord asks to wait', dice.between('discord-429', 500, 20_000));
      }
      if (dice.roll('discord-5xx')) throw new UpstreamUnavailableError('Discord failed');
      onTold(notice);
      if (dice.roll('discord-answer-lost')) throw new UpstreamUnavailableError('The answer of Discord was lost');
    },
  };
}
