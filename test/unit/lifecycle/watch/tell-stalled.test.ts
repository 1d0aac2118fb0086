import { expect, it } from 'vitest';
import { stalledAlert } from '#lib/domain/news/alert-after.ts';
import type { DomainEvent } from '#lib/domain/news/domain-event.ts';
import { InvariantError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { tellStalled } from '#lib/lifecycle/watch/tell-stalled.ts';
import { aPosition } from '#test/factories/a-position.ts';

const clock = { nowMs: () => 1_773_307_380_000 };
const stalled = [1, 2].map((n) => aPosition({ state: 'exiting', positionId: `position-${n}`, version: n + 3 }));

it('exits without a step are paged for in one message, each by its version', async () => {
  const published: (readonly DomainEvent[])[] = [];
  const bus = { publish: async (events: readonly DomainEvent[]) => void published.push(events) };
  expect(await tellStalled({ bus, clock }, stalled)).toBe(true);
  const alertOf = (position: (typeof stalled)[number]) => stalledAlert(position, 1_773_307_380_000);
  expect(published).toEqual([
    stalled.map((each) => ({
      ...{ type: 'position-alert', positionId: each.positionId, version: each.version, alert: alertOf(each) },
    })),
  ]);
});

it('without such an exit the bus is not called', async () => {
  const bus = { publish: () => Promise.reject(new InvariantError('Called')) };
  expect(await tellStalled({ bus, clock }, [])).toBe(true);
});

it('a bus that does not answer is reported, and any other failure is thrown', async () => {
  const failing = (error: Error) => ({ bus: { publish: () => Promise.reject(error) }, clock });
  expect(await tellStalled(failing(new UpstreamUnavailableError('Away')), stalled)).toBe(false);
  await expect(tellStalled(failing(new InvariantError('A bug')), stalled)).rejects.toBeInstanceOf(InvariantError);
});
