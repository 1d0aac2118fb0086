import type { Outcome } from '#lib/domain/market/market.ts';
import type { VenueChain } from '../chain/venue-chain.ts';

type ShareMove = {
  readonly wallet: string;
  readonly slug: string;
  readonly outcome: Outcome;
  readonly sharesMicros: bigint;
};

/** The chain a venue settles on. What shares do without the exchange is possible where the chain lets us act for wallets. */
export type SettlingChain = VenueChain & {
  /** Shares leave the wallet: sold elsewhere, or the wrong ones. */
  moveSharesAway?(move: ShareMove): Promise<void>;
  /** Shares arrive from nowhere: those of the other outcome. */
  mintShares?(move: ShareMove): Promise<void>;
};
