import { createShareTransfers } from '#lib/adapters/polygon/history/share-transfers.ts';
import { createPolygonWalletTokens } from '#lib/adapters/polygon/settlement/polygon-wallet-tokens.ts';
import { costOfShares } from '#lib/adapters/polymarket/data-api/cost-of-shares.ts';
import { createPolymarketWalletPositions } from '#lib/adapters/polymarket/data-api/polymarket-wallet-positions.ts';
import { versionOfToken } from '#lib/adapters/polymarket/market-data/market-ids.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { WalletReadings } from '#lib/ports/wallet/wallet-readings.ts';

export type CreateLiveReadings = { readonly clock: Clock; readonly rpcUrl: string; readonly dataHost: string };

/**
 * The chain decides how many shares there are, and what the wallet did by the venue's index says what they cost.
 * Nothing here can sign.
 */
export function createLiveReadings({ clock, rpcUrl, dataHost }: CreateLiveReadings): WalletReadings {
  const tokens = createPolygonWalletTokens({ clock, rpcUrl, versionOf: versionOfToken });
  const positions = createPolymarketWalletPositions({ clock, dataHost });
  return {
    ...createShareTransfers({ clock, rpcUrl }),
    async readShares({ wallet, tokenId, otherTokenId }, deadlineAtMs) {
      const { block, sharesOf } = await tokens.readShares(wallet, [tokenId, otherTokenId], deadlineAtMs);
      const { number: blockNumber, atMs: blockAtMs } = block;
      const sharesMicros = sharesOf.get(tokenId) ?? 0n;
      return { blockNumber, blockAtMs, sharesMicros, otherSharesMicros: sharesOf.get(otherTokenId) ?? 0n };
    },
    async findCost({ wallet, tokenId, conditionId }, sharesMicros, deadlineAtMs) {
      const query = { walletAddress: wallet, conditionId, sinceMs: 0 };
      const { activities, unreadableCount } = await positions.listActivity(query, deadlineAtMs);
      return unreadableCount > 0 ? null : costOfShares(activities, tokenId, sharesMicros);
    },
  };
}
