import { createMemoryRedemptionStore } from '#lib/simulation/world/memory-redemption-store.ts';
import { describeRedemptionStore } from './redemption-store.contract.ts';

describeRedemptionStore('the redemption store in memory', async () => createMemoryRedemptionStore());
