import { createShareTransfers } from '#lib/adapters/polygon/history/share-transfers.ts';
import { createPolygonWalletTokens } from '#lib/adapters/polygon/settlement/polygon-wallet-tokens.ts';
import { createPolymarketWalletPositions } from '#lib/adapters/polymarket/data-api/polymarket-wallet-positions.ts';
import { versionOfToken } from '#lib/adapters/polymarket/market-data/market-ids.ts';
import type { Clock } from '#lib/ports/clock.ts';
import type { WalletPositions } from '#lib/ports/wallet-positions.ts';
import type { WalletReadings } from '#lib/ports/wallet-readings.ts';

export type CreateLiveReadings = { readonly clock: Clock; readonly rpcUrl: string; readonly dataHost: string };

/** The chain decides how many shares there are, and the venue's index says what they cost. Nothing here can sign. */
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
    findCost: ({ wallet, tokenId }, sharesMicros, deadlineAtMs) =>
      findCost(positions, { wallet, tokenId, sharesMicros, deadlineAtMs }),
  };
}

/** The index rounds sizes to four decimals (venue §10.2). */
const ROUNDING_MICROS = 100n;

type CostQuery = {
  readonly wallet: string;
  readonly tokenId: string;
  readonly sharesMicros: bigint;
  readonly deadlineAtMs: number;
};

async function findCost(
  positions: Pick<WalletPositions, 'listHoldings'>,
  { wallet, tokenId, sharesMicros, deadlineAtMs }: CostQuery,
): Promise<bigint | null> {
  const { holdings } = await positions.listHoldings(wallet, deadlineAtMs);
  const held = holdings.find((each) => each.tokenId === tokenId);
  if (held?.entry == null) return null;
  const differenceMicros = held.sharesMicros - sharesMicros;
  const isSame = differenceMicros < ROUNDING_MICROS && -differenceMicros < ROUNDING_MICROS;
  return isSame ? held.entry.costMicros + held.entry.feesMicros : null;
}
