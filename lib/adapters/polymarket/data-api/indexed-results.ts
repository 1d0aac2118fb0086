import { ONE_MICROS } from '#lib/domain/market/money.ts';
import type { MarketResults } from '#lib/ports/venue/market-results.ts';
import type { WalletPositions } from '#lib/ports/wallet/wallet-positions.ts';

/** Results as the venue's index reads them from the chain: seconds after it, and through another node than ours. */
export function createIndexedResults({ findResolutions }: Pick<WalletPositions, 'findResolutions'>): MarketResults {
  return {
    async findWinner({ conditionId }, deadlineAtMs) {
      const found = (await findResolutions([conditionId], deadlineAtMs)).get(conditionId);
      const [first, second] = found?.payoutsMicros ?? [];
      // The first payout is that of Up: the order of a condition's outcomes is that of the market's (venue §5.3).
      if (first === ONE_MICROS && second === 0n) return 'UP';
      return first === 0n && second === ONE_MICROS ? 'DOWN' : null;
    },
  };
}
