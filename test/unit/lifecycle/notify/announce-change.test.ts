import { expect, it } from 'vitest';
import type { DomainEvent } from '#lib/domain/news/domain-event.ts';
import type { OperatorAction } from '#lib/domain/news/operator-action.ts';
import { describePosition } from '#lib/domain/position/position-view.ts';
import { type AnnouncedChange, announceChange } from '#lib/lifecycle/notify/announce-change.ts';
import { aPosition } from '#test/factories/a-position.ts';
import { anAlert } from '#test/factories/an-alert.ts';

async function announced(change: AnnouncedChange) {
  const published: DomainEvent[][] = [];
  const bus = { publish: async (events: readonly DomainEvent[]) => void published.push([...events]) };
  return { event: await announceChange({ bus }, change), published };
}

const alert = anAlert();
const action: OperatorAction = {
  ...{ actionId: 'halt-1', action: 'halt', mode: 'live', atMs: 1, by: 'alice', reason: 'maintenance', limits: null },
};
const holding = aPosition({ state: 'holding' });
const { positionId, version } = holding;

it.each<[string, AnnouncedChange, DomainEvent]>([
  ['an alert', { kind: 'alert', alert }, { type: 'position-alert', positionId, version: alert.version, alert }],
  ['an action of an operator', { kind: 'action', action }, { type: 'operator-action', action }],
  [
    'a new state',
    { kind: 'state', before: aPosition({ state: 'buying' }), after: holding },
    {
      ...{ type: 'position-state-changed', positionId, version, from: 'buying', to: 'holding', isNews: true },
      position: describePosition(holding),
    },
  ],
])('%s is published as its event, alone', async (_what, change, event) => {
  expect(await announced(change)).toEqual({ event, published: [[event]] });
});

it.each<[string, AnnouncedChange]>([
  ['a row that keeps its state', { kind: 'state', before: holding, after: { ...holding, version: 4 } }],
  ['any other record', { kind: 'other' }],
])('%s is not announced', async (_what, change) => {
  expect(await announced(change)).toEqual({ event: null, published: [] });
});
