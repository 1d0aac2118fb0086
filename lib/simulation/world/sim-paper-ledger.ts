import { StoreUnavailableError } from '#lib/errors/errors.ts';
import type { PaperLedger } from '#lib/ports/paper-ledger.ts';
import { travelMs, type World } from './world.ts';

/** The paper exchange's table. */
export function createSimPaperLedger(world: World, ledger: PaperLedger): PaperLedger {
  const { time, dice } = world;
  const arrive = async (): Promise<void> => {
    await time.sleepUntil(time.nowMs() + travelMs(world));
    if (dice.roll('store-throttled')) throw new StoreUnavailableError('The table did not take the call');
  };
  return {
    read: async (account) => {
      await arrive();
      return ledger.read(account);
    },
    record: async (account, sequence, order) => {
      await arrive();
      if (dice.roll('paper-ledger-conflict')) return 'conflict';
      const recording = await ledger.record(account, sequence, order);
      if (dice.roll('store-answer-lost')) throw new StoreUnavailableError('The answer of the table was lost');
      return recording;
    },
  };
}
