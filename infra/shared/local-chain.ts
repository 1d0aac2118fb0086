import type { MarketVersion, Outcome } from '#lib/domain/market/market.ts';

export type ChainAccountRequest = {
  /** Address of the key that signs for it; for type 0 the wallet itself. */
  readonly owner: string;
  /** 0 EOA, 1 proxy, 2 safe, 3 deposit wallet (venue §2.3). */
  readonly signatureType: 0 | 1 | 2 | 3;
  /** Cash is added up to this amount. Default: 10,000 dollars. */
  readonly cashMicros?: bigint;
  /** Trading and redemption need approvals. Default: true. */
  readonly isApproved?: boolean;
  /** Market versions whose contracts are approved. An approval for v1 does not hold for v2. Default: both. */
  readonly versions?: readonly MarketVersion[];
  /** Gas of the owner, for types 0 to 2. Default: 100 POL. */
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
  /** Default: v1. */
  readonly version?: MarketVersion;
  readonly outcome: Outcome;
  readonly sharesMicros: bigint;
};

/** Wallets on the local chain: balances, approvals, and operations outside the venue. */
export type ChainWallets = {
  sharesOf(wallet: string, tokenId: string): Promise<bigint>;
  collateralOf(wallet: string): Promise<bigint>;
  /** Whether the exchange may move the wallet's shares, and how much of its cash. */
  approvalsOf(
    wallet: string,
    exchange: string,
  ): Promise<{ readonly shares: boolean; readonly collateralMicros: bigint }>;
  /** Whether the wallet's contract (type 3) accepts this signature of this digest. */
  isValidSignature(wallet: string, digest: string, signature: string): Promise<boolean>;
  /** Creates a wallet that can trade. Its address follows from owner and type. Safe to repeat. */
  createAccount(request: ChainAccountRequest): Promise<{ readonly wallet: string }>;
  /** Grants or revokes an approval, sent by the wallet. */
  setApproval(change: ApprovalChange): Promise<void>;
  mintCash(wallet: string, micros: bigint): Promise<void>;
  /** Shares from the market maker's stock, without a trade. */
  mintShares(move: ShareMove): Promise<void>;
  /** Moves shares out of the wallet without the venue: sold elsewhere, or fewer than recorded. */
  moveSharesAway(move: ShareMove): Promise<void>;
  /** Redeems all shares of a resolved market that pay, as the venue's redeemer does. */
  redeem(wallet: string, slug: string, version?: MarketVersion): Promise<{ readonly transactionHash: string }>;
};

/** A signed batch of a deposit wallet, as the relayer submits it. */
export type SignedBatch = {
  readonly wallet: string;
  readonly nonce: bigint;
  /** Unix seconds. */
  readonly deadlineS: bigint;
  readonly calls: readonly { readonly target: string; readonly data: string }[];
  readonly signature: string;
};

/** What happens on the chain after a market's end, other than by the wallet's own transactions. */
export type ChainSettlement = {
  /** Mines blocks until everything so far is final. */
  finalize(): Promise<void>;
  /**
   * Reports the market's result before the venue does. `VOID` pays half for each. Safe to repeat: the first one counts.
   */
  resolve(slug: string, winner: Outcome | 'VOID', version?: MarketVersion): Promise<void>;
  /** Blocks from now on have the time from there on. For a clock that a test moves; never back. */
  moveTimeTo(atMs: number): Promise<void>;
  /** Pauses the contract that redeems and merges shares of v1. */
  setRedeemPaused(isPaused: boolean): Promise<void>;
  /** The wallet approves the venue's own redeemer, which then redeems all it holds of the market. */
  autoRedeem(wallet: string, slug: string, version?: MarketVersion): Promise<{ readonly transactionHash: string }>;
  /** As the relayer: deploys the deposit wallet of this owner. Safe to repeat. */
  createDepositWallet(owner: string): Promise<{ readonly wallet: string }>;
  batchNonceOf(wallet: string): Promise<bigint>;
  ownerOf(wallet: string): Promise<string>;
  /** As the relayer, by the factory of deposit wallets. @throws RejectedByUpstreamError when it reverts */
  executeBatch(batch: SignedBatch): Promise<{ readonly transactionHash: string }>;
};
