import type { MarketVersion } from '#lib/domain/market/market.ts';

/** `redeem` covers merging too. Version 2 has the same contracts for neg-risk markets. */
export type ApprovalPurpose = `${'sell' | 'buy' | 'redeem'}${'' | '-neg-risk' | '-v2'}`;

/** One approval that trading or settlement needs. */
export type NeededApproval = {
  /** What is not possible without it. */
  readonly purpose: ApprovalPurpose;
  /** The markets that need it. */
  readonly marketVersion: MarketVersion;
  /** The token contract that holds the approval. */
  readonly contract: string;
  /** The contract that is approved. */
  readonly spender: string;
};

export type WalletApproval = NeededApproval & { readonly isGranted: boolean };

/** The wallet on the chain, for checks before live trading. Reads only. @throws as `Wallet` */
export type WalletInspection = {
  readonly walletAddress: string;
  /** What `listApprovals` reads, known without reading. */
  readonly neededApprovals: readonly NeededApproval[];
  getChain(deadlineAtMs: number): Promise<{ readonly chainId: number; readonly blockAtMs: number }>;
  getCollateralMicros(deadlineAtMs: number): Promise<bigint>;
  /** POL of an account, in wei. */
  getGasWei(address: string, deadlineAtMs: number): Promise<bigint>;
  listApprovals(deadlineAtMs: number): Promise<readonly WalletApproval[]>;
};
