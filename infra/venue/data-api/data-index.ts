import type { PlayingVenue } from '#lib/venue/books/playing-venue.ts';
import type { Trading } from '../trading/start-trading.ts';
import { createChainIndex } from './chain-index.ts';
import { createWalletIndex, type WalletIndex } from './wallet-index.ts';

export type DataIndexDeps = {
  readonly trading: Trading;
  readonly venue: PlayingVenue;
  nowMs(): number;
};

/** Reads trades from the venue's engines, and balances, redemptions and results from its chain where it has one. */
export function createDataIndex({ trading, venue, nowMs }: DataIndexDeps): (asOfMs: number) => Promise<WalletIndex> {
  const { chain } = trading.privateDeps;
  const readChain = chain === null ? null : createChainIndex(chain.rpcUrl);
  return async (asOfMs) =>
    createWalletIndex({
      traded: trading.markets.list(),
      facts: readChain === null ? null : await readChain(),
      findMarket: (tokenId) => venue.findByToken(tokenId, nowMs())?.market,
      asOfMs,
    });
}
