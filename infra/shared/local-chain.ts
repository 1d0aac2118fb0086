import type { Outcome } from '#lib/domain/market/market.ts';

export type ChainAccountRequest = {
  /** Address of the key that signs for it; for type 0 the wallet itself. */
  readonly owner: string;
  /** 0 EOA, 1 proxy, 2 safe, 3 deposit wallet (venue §2.3). */
  readonly signatureType: 0 | 1 | 2 | 3;
  /** The wallet is topped up to this; ten thousand dollars unless given. */
  readonly cashMicros?: bigint;
  /** Without approvals nothing can be bought, sold or redeemed; given unless told otherwise. */
  readonly isApproved?: boolean;
  /** What a wallet of type 0 has for gas; 100 POL unless given. */
  readonly gasWei?: bigint;
};

export type ApprovalChange = {
  readonly wallet: string;
  readonly exchange: string;
  readonly shares?: boolean;
  readonly collateralMicros?: bigint;
};

/** An amount of shares of one outcome in one wallet. */
export type ShareMove = {
  readonly wallet: string;
  readonly slug: string;
  readonly outcome: Outcome;
  readonly sharesMicros: bigint;
};

/**
 * Wallets on the local chain: balances, approvals, and everything that can happen to them besides trading at the venue.
 */
export type ChainWallets = {
  sharesOf(wallet: string, tokenId: string): Promise<bigint>;
  collateralOf(wallet: string): Promise<bigint>;
  /** May the exchange move the wallet's shares, and how much of its cash? */
  approvalsOf(
    wallet: string,
    exchange: string,
  ): Promise<{ readonly shares: boolean; readonly collateralMicros: bigint }>;
  /** Does the wallet's contract (type 3) accept this signature of this digest? */
  isValidSignature(wallet: string, digest: string, signature: string): Promise<boolean>;
  /** Makes a wallet that can trade. Its address follows from owner and type. Safe to repeat. */
  createAccount(request: ChainAccountRequest): Promise<{ readonly wallet: string }>;
  /** Gives or takes an approval, as the wallet itself. */
  setApproval(change: ApprovalChange): Promise<void>;
  mintCash(wallet: string, micros: bigint): Promise<void>;
  /** Shares from the market maker's stock, bought from nobody. */
  mintShares(move: ShareMove): Promise<void>;
  /** Shares leave the wallet without the exchange knowing: sold elsewhere, or fewer than recorded. */
  moveSharesAway(move: ShareMove): Promise<void>;
  /** Redeems whatever the wallet holds of a resolved market, as the venue's own redeemer does it. */
  redeem(wallet: string, slug: string): Promise<{ readonly transactionHash: string }>;
};
