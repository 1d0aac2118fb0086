import { StoreUnavailableError } from '#lib/errors/errors.ts';
import type { PositionStore } from '#lib/ports/store/position-store.ts';
import type { ConditionWindow } from '#lib/venue/engine/venue-conditions.ts';
import { FAULT_KINDS } from '../fault-kinds.ts';
import type { ServiceCall } from './function-instance.ts';
import type { MemoryTable } from './memory-position-store.ts';
import { travelMs, type World } from './world.ts';

export type FunctionStore = Pick<
  PositionStore,
  | 'create'
  | 'save'
  | 'find'
  | 'findMany'
  | 'findIdByRequest'
  | 'findIdByMarket'
  | 'findTightened'
  | 'getAccount'
  | 'listDue'
  | 'listClosed'
  | 'countOpen'
  | 'listAttempts'
>;

export type SimStoreOptions = {
  readonly isDown: () => boolean;
  /** Delivers a copy of the wake-up that leads to this save, now. */
  readonly raceSave: (positionId: string) => void;
};

export type OpenStore = (call: ServiceCall) => FunctionStore;

/** The table with its faults and the way to it. */
export function createSimStore(world: World, table: MemoryTable, { isDown, raceSave }: SimStoreOptions): OpenStore {
  const { dice } = world;
  let dueBefore: readonly string[] = [];

  const travel = (): number => {
    const usualMs = travelMs(world);
    if (!dice.roll('store-slow')) return usualMs;
    world.noteDisruption();
    return usualMs + dice.between('store-slow', 1_000, 8_000);
  };
  const fail = (message: string): never => {
    world.noteDisruption();
    throw new StoreUnavailableError(message);
  };
  const assertThere = (): void => {
    if (isDown() || dice.roll('store-throttled')) fail('The table did not accept the call');
  };
  const assertAnswered = (): void => {
    if (dice.roll('store-answer-lost')) fail('The answer of the table was lost');
  };
  const read = <Value>(effect: () => Value): Value => {
    assertThere();
    return effect();
  };
  const write = <Value>(effect: () => Value): Value => {
    assertThere();
    const value = effect();
    assertAnswered();
    return value;
  };
  const travelWithRace = (positionId: string): number => {
    if (!dice.roll('store-conflict')) return travel();
    raceSave(positionId);
    return travel() + dice.between('store-conflict', 5, 300);
  };
  const listDue = (atMs: number, limit?: number): readonly string[] => {
    const due = table.listDue(atMs, limit);
    const isBehind = dice.roll('index-behind');
    const shown = isBehind ? dueBefore : due;
    if (isBehind) world.noteDisruption();
    dueBefore = due;
    return shown;
  };
  return (call) => ({
    create: (position, limits) => call('store.create', travel, () => write(() => table.create(position, limits))),
    save: (change) =>
      call(
        'store.save',
        () => travelWithRace(change.before.positionId),
        () => write(() => table.save(change)),
      ),
    find: (positionId) => call('store.find', travel, () => read(() => table.find(positionId))),
    findMany: (positionIds) =>
      call('store.find', travel, () =>
        read(() => ({ positions: positionIds.flatMap((id) => table.find(id) ?? []), corruptIds: [] })),
      ),
    // No life tightens limits, and a failure of this read is one of the read beside it.
    findTightened: async () => undefined,
    findIdByRequest: (requestId) =>
      call('store.findIdByRequest', travel, () => read(() => table.findIdByRequest(requestId))),
    findIdByMarket: (terms) => call('store.findIdByMarket', travel, () => read(() => table.findIdByMarket(terms))),
    getAccount: (mode, atMs) => call('store.getAccount', travel, () => read(() => table.getAccount(mode, atMs))),
    listDue: (atMs, limit) => call('store.listDue', travel, () => read(() => listDue(atMs, limit))),
    // A life has one position, which no other one follows.
    listClosed: () => call('store.listClosed', travel, () => read(() => ({ positionIds: [] }))),
    countOpen: () => call('store.countOpen', travel, () => read(table.countOpen)),
    listAttempts: (positionId) => call('store.listAttempts', travel, () => read(() => table.listAttempts(positionId))),
  });
}

/** When the table, or Discord, is unavailable in this life: until the calm at the latest. */
export function drawOutages(
  { dice }: Pick<World, 'dice'>,
  kind: 'store-outage' | 'discord-banned',
  startsAtMs: number,
  endsAtMs: number,
): readonly ConditionWindow[] {
  const [minS, maxS] = FAULT_KINDS[kind].duration;
  return dice.rollLife(kind).map((period) => {
    const latestMs = Math.min(period.untilMs ?? 0, 0);
    const fromMs =
      endsAtMs + (period.fromMs ?? dice.between(kind, Math.min(startsAtMs - endsAtMs, latestMs), latestMs));
    if (period.untilMs !== undefined) return { fromMs, untilMs: endsAtMs + period.untilMs };
    const untilMs = fromMs + 1_000 * dice.between(kind, minS, maxS);
    return { fromMs, untilMs: Math.min(untilMs, endsAtMs + period.calmMs) };
  });
}
