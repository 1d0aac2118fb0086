import type { ChainWallets } from '#infra/shared/local-chain.ts';
import type { Outcome } from '#lib/domain/market/market.ts';

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

/** One fill that the exchange contract carries out: shares one way, cash the other, the fee out of the taker's cash. */
export type ChainFill = {
  readonly order: SignedVenueOrder;
  /** Address of the exchange contract: the order's signing domain. */
  readonly exchange: string;
  /** What was matched: it counts for price and limit. */
  readonly sharesMicros: bigint;
  /** Of these, what a buyer does not get because the fee is kept in shares; nothing unless given. */
  readonly withheldSharesMicros?: bigint;
  readonly valueMicros: bigint;
  readonly feesMicros: bigint;
};

/** What identifies a market on chain: ids that the ConditionalTokens contract itself would compute. */
export type MarketIdentity = { readonly conditionId: string; readonly tokenIds: Readonly<Record<Outcome, string>> };

/** The chain as the local venue uses it: its operator's side. */
export type VenueChain = Pick<ChainWallets, 'sharesOf' | 'collateralOf' | 'approvalsOf' | 'isValidSignature'> & {
  /** JSON-RPC address on 127.0.0.1, without a trailing slash. */
  readonly rpcUrl: string;
  /** Pure: the same slug is the same market, on every chain. */
  identify(slug: string): MarketIdentity;
  /** Prepares the condition on chain and gives the market maker shares and cash to trade with. Safe to repeat. */
  prepareMarket(slug: string): Promise<void>;
  /** Carries a fill out and waits until it is mined. Refused by the contract (balance, approval, signature): it throws. */
  settle(fill: ChainFill): Promise<{ readonly transactionHash: string }>;
  /** Reports the result of the market, after which shares can be redeemed. Safe to repeat. */
  resolve(slug: string, winner: Outcome): Promise<void>;
};
