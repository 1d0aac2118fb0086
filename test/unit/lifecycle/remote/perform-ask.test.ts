import { describe, expect, it } from 'vitest';
import { CorruptRowError, StoreUnavailableError, UpstreamUnavailableError } from '#lib/errors/errors.ts';
import { type PerformAskDeps, performAsk } from '#lib/lifecycle/remote/perform-ask.ts';
import type { AskRecord, Offer, RemoteAction } from '#lib/ports/store/ask-log.ts';
import { createTradingWorld } from '#test/fakes/trading-world.ts';

const ALICE = { userId: '111', name: 'alice' };

/** A position on paper, and a desk that has offered `offered` as ask 1. */
async function aDesk(offered?: Offer['action'], overrides: Partial<PerformAskDeps> = {}) {
  const world = createTradingWorld();
  world.faults.isDeliveryOn = false;
  await world.open();
  const atMs = world.clock.nowMs();
  const offer = offered === undefined ? null : { action: offered, atMs, untilMs: atMs + 60_000 };
  const first: AskRecord = {
    ...{ askId: '1', action: { kind: 'exit-all' }, asker: ALICE, atMs, offer, takenBy: null, answer: null },
  };
  const asks: PerformAskDeps['asks'] = {
    claim: async () => 'new',
    find: async (askId) => (askId === '1' ? first : undefined),
    saveAnswer: async (_askId, answer) => answer,
    takeOffer: async () => 'taken',
  };
  const { store, clock, deps } = world;
  const desk = { store, clock, asks, queue: deps.queue, marketData: deps.marketData, ...overrides };
  const ask = (action: RemoteAction, afterMs = 0) =>
    clock.run(performAsk(desk, { ...first, askId: '2', action, atMs: atMs + afterMs, offer: null }));
  return { world, asks, first, ask, confirm: (afterMs = 0) => ask({ kind: 'confirm', askId: '1' }, afterMs) };
}

describe('an offer', () => {
  it('holds for a minute from its preview', async () => {
    const { ask, world } = await aDesk();
    const nowMs = world.clock.nowMs();
    const offer = { action: { kind: 'exit-all' }, atMs: nowMs, untilMs: nowMs + 60_000 };
    expect(await ask({ kind: 'exit-all' })).toMatchObject({ kind: 'offered', offer });
  });

  it.each([
    [60_000, 'exits-asked', undefined],
    [60_001, 'offer-over', 'expired'],
  ])('that is confirmed after %s ms: %s', async (afterMs, kind, reason) => {
    const outcome = await (await aDesk({ kind: 'exit-all' })).confirm(afterMs);
    expect(outcome).toMatchObject({ kind, ...(reason && { reason }) });
  });

  it('that was used says so, also when it is old', async () => {
    const { asks, first } = await aDesk({ kind: 'exit-all' });
    const used = { ...asks, find: async () => ({ ...first, takenBy: '7' }) };
    const { confirm } = await aDesk(undefined, { asks: used });
    expect(await confirm(70_000)).toEqual({ kind: 'offer-over', reason: 'used' });
  });

  it('that two confirm at the same moment is taken by one', async () => {
    const { asks } = await aDesk({ kind: 'exit-all' });
    const { confirm, world } = await aDesk(undefined, {
      asks: { ...(await aDesk({ kind: 'exit-all' })).asks, ...asks, takeOffer: async () => 'taken-before' },
    });
    expect(await confirm()).toEqual({ kind: 'offer-over', reason: 'used' });
    expect((await world.position()).exitRequest).toBeUndefined();
  });
});

describe('the exit of all', () => {
  it('is offered where a row cannot be read, beside those that can and without any', async () => {
    const { world } = await aDesk();
    const corrupt = { ...world.store, findMany: async () => ({ positions: [], corruptIds: ['odd'] }) };
    const alone = await aDesk(undefined, { store: corrupt });
    expect(await alone.ask({ kind: 'exit-all' })).toMatchObject({ kind: 'offered' });
    const findMany: typeof world.store.findMany = async (ids) => ({
      ...(await world.store.findMany(ids)),
      corruptIds: ['odd'],
    });
    const beside = await aDesk(undefined, { store: { ...world.store, findMany } });
    expect(await beside.ask({ kind: 'exit-all' })).toMatchObject({ kind: 'offered' });
  });

  it('is offered where the index does not show what the counters count', async () => {
    const { world } = await aDesk();
    const countOpen = async () => ({ paper: 2, live: 0 });
    const behind = await aDesk(undefined, { store: { ...world.store, countOpen } });
    expect(await behind.ask({ kind: 'exit-all' })).toMatchObject({ kind: 'offered', preview: { moreCount: 1 } });
  });

  it('leaves alone what was opened after its preview', async () => {
    const { world } = await aDesk();
    const earlier = { ...world.store, findMany: async () => ({ positions: [{ ...later }], corruptIds: [] }) };
    const later = { ...(await world.position()), openedAtMs: world.clock.nowMs() + 5_000 };
    const { confirm } = await aDesk({ kind: 'exit-all' }, { store: earlier });
    expect(await confirm()).toMatchObject({ kind: 'exits-asked', askedCount: 0, failed: [] });
  });

  it('names those whose exit could not be asked for, and counts the others', async () => {
    const { world } = await aDesk();
    const position = await world.position();
    const odd = { ...position, positionId: 'odd' };
    const findMany = async () => ({ positions: [position, odd], corruptIds: ['row'] });
    const find: typeof world.store.find = async (id) => {
      if (id === 'odd') throw new StoreUnavailableError('throttled');
      return world.store.find(id);
    };
    const { confirm } = await aDesk({ kind: 'exit-all' }, { store: { ...world.store, findMany, find } });
    expect(await confirm()).toEqual({
      ...{ kind: 'exits-asked', askedCount: 1, failed: [odd], awaitingCount: 0, corruptIds: ['row'], unseenCount: 0 },
    });
  });
});

it.each([
  ['paper' as const, ['paper']],
  [null, ['paper', 'live']],
])('a halt is of the mode that was named, or of both: %s', async (mode, halted) => {
  const { world, confirm } = await aDesk({ kind: 'halt', mode, reason: 'maintenance' });
  const halt = { by: 'Discord: alice (111)', reason: 'maintenance' };
  const accounts = halted.map((each) => ({ mode: each, halt }));
  expect(await confirm()).toMatchObject({ kind: 'halt-asked', outcome: 'new', accounts });
  const live = await world.store.getAccount('live', world.clock.nowMs());
  expect(live.halt === null).toBe(mode === 'paper');
});

it.each(['exit', 'hold'] as const)('an %s of a position that is gone says so, and hides no failure', async (kind) => {
  const action = { kind, positionId: 'gone' };
  expect(await (await aDesk(action)).confirm()).toEqual({ kind: 'no-such-position', target: 'gone' });
  const { world } = await aDesk();
  for (const failure of [new CorruptRowError('odd', {}), new UpstreamUnavailableError('Away')]) {
    const broken = { ...world.store, find: () => Promise.reject(failure) };
    await expect((await aDesk(action, { store: broken })).confirm()).rejects.toBe(failure);
  }
});
