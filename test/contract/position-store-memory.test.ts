import { createMemoryPositionStore } from '#lib/simulation/memory-position-store.ts';
import { describePositionStore } from './position-store.contract.ts';

describePositionStore('the position store in memory', async () => {
  const store = createMemoryPositionStore();
  return { store, alertsOf: async (positionId) => store.alertsOf(positionId) };
});
