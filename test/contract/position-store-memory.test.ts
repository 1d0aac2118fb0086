import { createMemoryPositionStore } from '#lib/simulation/world/memory-position-store.ts';
import { describeClosedDays } from './closed-days.contract.ts';
import { describePositionStore } from './position-store.contract.ts';

const makeStore = async () => {
  const store = createMemoryPositionStore();
  return { store, alertsOf: async (positionId: string) => store.alertsOf(positionId) };
};

describePositionStore('the position store in memory', makeStore);
describeClosedDays('the closed days in memory', makeStore);
