import { describe, expect, it } from 'vitest';
import { createEventbridgeEventBus } from '#lib/adapters/eventbridge/eventbridge-event-bus.ts';
import { decodeDomainEvent } from '#lib/contracts/domain-event.ts';
import type { DomainEvent, PositionNews } from '#lib/domain/news/domain-event.ts';
import { stateChangeOf } from '#lib/domain/news/domain-event.ts';
import { UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { anAlert } from '#test/factories/an-alert.ts';
import type { WireAnswer, WireRequest } from './aws-wire.ts';
import { startAwsWire } from './aws-wire.ts';

type Entry = { Source: string; DetailType: string; Detail: string; EventBusName: string };
const entriesOf = ({ body }: WireRequest) => body.Entries as Entry[];

const takeAll = (request: WireRequest): WireAnswer => ({
  status: 200,
  body: { FailedEntryCount: 0, Entries: entriesOf(request).map((_, index) => ({ EventId: String(index) })) },
});

async function publishTo(answer: (request: WireRequest) => WireAnswer, events: readonly DomainEvent[]) {
  const wire = await startAwsWire(answer);
  try {
    await createEventbridgeEventBus({ client: wire.clients.eventbridge, busName: 'tminus-test' }).publish(events);
    return wire.requests;
  } finally {
    await wire.stop();
  }
}

const alertEvent = (version: number): PositionNews => {
  const alert = anAlert({ version });
  return { type: 'position-alert', positionId: alert.positionId, version, alert };
};

describe('createEventbridgeEventBus', () => {
  it('publishes each event under its source and readable type, with the event as detail', async () => {
    const change = stateChangeOf(null, aPosition({ state: 'holding' }));
    if (change === null) throw new Error('holding is a change from nothing');
    const events = [change, alertEvent(3)];
    const [request] = await publishTo(takeAll, events);
    if (request === undefined) throw new Error('nothing was sent');
    expect(request.target).toBe('AWSEvents.PutEvents');
    expect(
      entriesOf(request).map(({ Source, DetailType, EventBusName }) => [Source, DetailType, EventBusName]),
    ).toEqual([
      ['tminus', 'Position State Changed', 'tminus-test'],
      ['tminus', 'Position Alert', 'tminus-test'],
    ]);
    expect(entriesOf(request).map(({ Detail }) => decodeDomainEvent(JSON.parse(Detail)))).toEqual(events);
  });

  it('sends at most ten at once, all of them, and nothing for nothing', async () => {
    const events = Array.from({ length: 23 }, (_, index) => alertEvent(index + 1));
    const requests = await publishTo(takeAll, events);
    expect(requests.map((request) => entriesOf(request).length)).toEqual([10, 10, 3]);
    expect(requests.flatMap(entriesOf).map(({ Detail }) => JSON.parse(Detail).version)).toEqual(
      events.map(({ version }) => version),
    );
    expect(await publishTo(takeAll, [])).toEqual([]);
  });

  it('says so when the bus took only some of the events', async () => {
    const takeOne = (): WireAnswer => ({
      status: 200,
      body: { FailedEntryCount: 1, Entries: [{ EventId: '1' }, { ErrorCode: 'ThrottlingException' }] },
    });
    const publishing = publishTo(takeOne, [alertEvent(1), alertEvent(2)]);
    await expect(publishing).rejects.toBeInstanceOf(UpstreamUnavailableError);
    await expect(publishing).rejects.toMatchObject({ context: { refusedCount: 1, reason: 'ThrottlingException' } });
  });

  it('says so when the bus does not answer', async () => {
    const publishing = publishTo(() => ({ status: 500, errorType: 'InternalException' }), [alertEvent(1)]);
    await expect(publishing).rejects.toBeInstanceOf(UpstreamUnavailableError);
  });
});
