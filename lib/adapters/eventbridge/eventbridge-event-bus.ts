import type { EventBridgeClient, PutEventsResultEntry } from '@aws-sdk/client-eventbridge';
import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { DETAIL_TYPES, EVENT_SOURCE, encodeDomainEvent } from '#lib/contracts/domain-event.ts';
import type { DomainEvent } from '#lib/domain/news/domain-event.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import type { EventBus } from '#lib/ports/event-bus.ts';

const ENTRY_COUNT_MAX = 10;

/** Domain events on the stage's own bus, for the Discord rule and for users' own rules. */
export function createEventbridgeEventBus(deps: {
  readonly client: EventBridgeClient;
  readonly busName: string;
}): EventBus {
  return {
    publish: async (events) => {
      for (let start = 0; start < events.length; start += ENTRY_COUNT_MAX) {
        await putEvents(deps, events.slice(start, start + ENTRY_COUNT_MAX));
      }
    },
  };
}

async function putEvents(
  deps: { readonly client: EventBridgeClient; readonly busName: string },
  events: readonly DomainEvent[],
): Promise<void> {
  const Entries = events.map((event) => ({
    EventBusName: deps.busName,
    Source: EVENT_SOURCE,
    DetailType: DETAIL_TYPES[event.type],
    Detail: encodeDomainEvent(event),
  }));
  let refused: readonly PutEventsResultEntry[];
  try {
    const answer = await deps.client.send(new PutEventsCommand({ Entries }));
    refused =
      (answer.FailedEntryCount ?? 0) > 0 ? (answer.Entries ?? []).filter((entry) => entry.EventId === undefined) : [];
    if ((answer.FailedEntryCount ?? 0) === 0) return;
  } catch (error) {
    const reason = error instanceof Error ? error.name : typeof error;
    throw new UpstreamUnavailableError(
      'The event bus was not reached',
      { service: 'eventbridge', reason },
      { cause: error },
    );
  }
  // A successful request may have failed entries.
  throw new UpstreamUnavailableError('The event bus did not accept every event', {
    service: 'eventbridge',
    refusedCount: refused.length,
    reason: refused[0]?.ErrorCode ?? 'unknown',
  });
}
