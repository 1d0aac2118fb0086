import { StoreUnavailableError } from '#lib/errors/errors.ts';
import type { PositionStore } from '#lib/ports/position-store.ts';
import type { MemoryTable } from '../memory-position-store.ts';
import type { Caller } from './incarnation.ts';
import { travelMs, type World } from './world.ts';

/** The methods that functions use. */
export type FunctionStore = Pick<
  PositionStore,
  'create' | 'save' | 'find' | 'findIdByRequest' | 'listDue' | 'countOpen' | 'listAttempts'
>;

export type SimStoreOptions = {
  /** Is the table away altogether? */
  readonly isAway: () => boolean;
  /** Has a copy of the wake-up that leads to this save delivered now. */
  readonly raceSave: (positionId: string) => void;
};

/** The store's port as one incarnation has it. */
export type OpenStore = (call: Caller) => FunctionStore;

/** The table, with everything between a function and it. */
export function createSimStore(world: World, table: MemoryTable, { isAway, raceSave }: SimStoreOptions): OpenStore {
  const { dice } = world;
  let dueBefore: readonly string[] = [];

  const travel = (): number => {
    const usualMs = travelMs(world);
    if (!dice.roll('store-slow')) return usualMs;
    world.trouble();
    return usualMs + dice.between('store-slow', 1_000, 8_000);
  };
  const fail = (message: string): never => {
    world.trouble();
    throw new StoreUnavailableError(message);
  };
  const assertThere = (): void => {
    if (isAway() || dice.roll('store-throttled')) fail('The table did not take the call');
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
  const listDue = (atMs: number, limit: number): readonly string[] => {
    const due = table.listDue(atMs, limit);
    const isBehind = dice.roll('index-behind');
    const shown = isBehind ? dueBefore : due;
    if (isBehind) world.trouble();
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
    findIdByRequest: (requestId) =>
      call('store.findIdByRequest', travel, () => read(() => table.findIdByRequest(requestId))),
    listDue: (atMs, limit) => call('store.listDue', travel, () => read(() => listDue(atMs, limit))),
    countOpen: () => call('store.countOpen', travel, () => read(table.countOpen)),
    listAttempts: (positionId) => call('store.listAttempts', travel, () => read(() => table.listAttempts(positionId))),
  });
}
