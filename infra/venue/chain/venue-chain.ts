import type { ChainWallets } from '#infra/shared/local-chain.ts';
import type { MarketVersion, Outcome } from '#lib/domain/market/market.ts';
import type { MarketIds } from '#lib/venue/books/market-version.ts';

/** A signed order of the venue's second protocol, amounts in micros, as it was posted. */
export type SignedVenueOrder = {
  readonly salt: string;
  readonly maker: string;
  readonly signer: string;
  readonly tokenId: string;
  readonly makerAmount: string;
  readonly takerAmount: string;
  readonly side: 'BUY' | 'SELL';
  readonly signatureType: 0 | 1 | 2 | 3;
  readonly timestamp: string;
  readonly metadata: string;
  readonly builder: string;
  readonly signature: string;
};

/** One fill for the exchange contract: shares one way, cash the other, the fee out of the taker's cash. */
export type ChainFill = {
  readonly order: SignedVenueOrder;
  /** Address of the exchange contract: the order's signing domain. */
  readonly exchange: string;
  /** Matched shares: price and limit are computed with them. */
  readonly sharesMicros: bigint;
  /** Shares that a buyer does not receive because the fee is taken in shares. Default: 0. */
  readonly withheldSharesMicros?: bigint;
  readonly valueMicros: bigint;
  readonly feesMicros: bigint;
};

/** A market's ids as the contracts of its version compute them. Condition ids of v2 have 31 bytes, as in Gamma. */
export type MarketIdentity = MarketIds;

/** The chain as the local venue's operator uses it. */
export type VenueChain = Pick<
  ChainWallets,
  'sharesOf' | 'collateralOf' | 'approvalsOf' | 'isValidSignature' | 'moveSharesAway' | 'mintShares'
> & {
  /** JSON-RPC address on 127.0.0.1, without a trailing slash. */
  readonly rpcUrl: string;
  /** Pure: a slug has the same ids on every chain. The version is v1 unless given, here and below. */
  identify(slug: string, version?: MarketVersion): MarketIdentity;
  /** Prepares the condition and gives the market maker shares of it. Safe to repeat. */
  prepareMarket(slug: string, version?: MarketVersion): Promise<void>;
  /**
   * Resolves when the fill is mined.
   * @throws RejectedByUpstreamError when the contract refuses it (balance, approval, signature)
   */
  settle(fill: ChainFill): Promise<{ readonly transactionHash: string }>;
  /** Reports the market's result, after which shares can be redeemed. `VOID` pays half for each. Safe to repeat. */
  resolve(slug: string, winner: Outcome | 'VOID', version?: MarketVersion): Promise<void>;
};
