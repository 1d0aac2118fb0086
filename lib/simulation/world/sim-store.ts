import { StoreUnavailableError } from '#lib/errors/errors.ts';
import type { PositionStore } from '#lib/ports/position-store.ts';
import { travelMs, type World } from './world.ts';

/** The methods that functions use. */
export type FunctionStore = Pick<
  PositionStore,
  'create' | 'save' | 'find' | 'findIdByRequest' | 'listDue' | 'countOpen' | 'listAttempts'
>;

export type SimStoreOptions = {
  /** When the table is away altogether. */
  readonly outage: { readonly fromMs: number; readonly untilMs: number } | null;
  /** Has a copy of the wake-up that leads to this save delivered now. */
  readonly raceSave: (positionId: string) => void;
};

/** The table, with everything between a function and it. */
export function createSimStore(world: World, store: FunctionStore, options: SimStoreOptions): FunctionStore {
  const { time, dice } = world;
  let dueBefore: readonly string[] = [];

  const unavailable = (message: string): StoreUnavailableError => {
    world.trouble();
    return new StoreUnavailableError(message);
  };
  const isAway = (): boolean =>
    options.outage !== null && time.nowMs() >= options.outage.fromMs && time.nowMs() < options.outage.untilMs;
  const call = async <Value>(effect: () => Promise<Value>, isWrite = false): Promise<Value> => {
    await time.sleepUntil(time.nowMs() + travelMs(world));
    if (isAway() || dice.roll('store-throttled')) throw unavailable('The table did not take the call');
    if (dice.roll('store-slow')) {
      world.trouble();
      await time.sleepUntil(time.nowMs() + dice.between('store-slow', 1_000, 8_000));
    }
    const value = await effect();
    if (isWrite && dice.roll('store-answer-lost')) throw unavailable('The answer of the table was lost');
    return value;
  };
  return {
    create: (position, limits) => call(() => store.create(position, limits), true),
    save: async (change) => {
      if (dice.roll('store-conflict')) {
        options.raceSave(change.before.positionId);
        await time.sleepUntil(time.nowMs() + dice.between('store-conflict', 5, 300));
      }
      return call(() => store.save(change), true);
    },
    find: (positionId) => call(() => store.find(positionId)),
    findIdByRequest: (requestId) => call(() => store.findIdByRequest(requestId)),
    listDue: (atMs, limit) =>
      call(async () => {
        const due = await store.listDue(atMs, limit);
        const isBehind = dice.roll('index-behind');
        const shown = isBehind ? dueBefore : due;
        if (isBehind) world.trouble();
        dueBefore = due;
        return shown;
      }),
    countOpen: () => call(() => store.countOpen()),
    listAttempts: (positionId) => call(() => store.listAttempts(positionId)),
  };
}
